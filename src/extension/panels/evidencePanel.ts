import * as vscode from 'vscode';
import type { WindowTower } from '../../server/sharedTower';
import type { FromEvidence, KeptState, Mode, OpenElsewhere, ShowEvidence } from '../../webviews/protocol';
import { Panel } from '../manifest';
import { runCommand } from './runCommand';
import { TowerPanel, type TowerPanelParts } from './towerPanel';

const MODE = 'evidence.mode';

export interface EvidencePanelParts extends TowerPanelParts {
  /** Opens something of a task elsewhere in the editor. */
  open: (what: OpenElsewhere) => Promise<void>;
  report: (work: () => Promise<unknown>) => unknown;
}

/** The Evidence panel: the proof of one task. */
export class EvidencePanel extends TowerPanel<KeptState> {
  private wanted: Omit<ShowEvidence, 'evidenceBase' | 'thumbBase'> | undefined;

  constructor(protected override readonly parts: EvidencePanelParts) {
    super(parts, { id: Panel.evidence, page: 'evidence', title: vscode.l10n.t('Evidence') });
  }

  /** Shows the proof of a task beside the code, at one piece if it is named. */
  show(taskId: string, piece: { evidenceId?: string; attempt?: number } = {}): void {
    this.wanted = { taskId, ...piece, asked: Date.now() };
    this.open();
  }

  protected restore(state: KeptState | undefined): boolean {
    this.wanted = state?.taskId === undefined ? undefined : { taskId: state.taskId };
    return this.wanted !== undefined;
  }

  protected override resources({ folders }: WindowTower): vscode.Uri[] {
    return [vscode.Uri.file(folders.evidence), vscode.Uri.file(folders.thumbs)];
  }

  /** The proof of a task is of the tower that keeps it. */
  protected override outlives(before: WindowTower, now: WindowTower): boolean {
    return before.folders.evidence === now.folders.evidence;
  }

  protected hear(method: keyof FromEvidence, params: object): void {
    switch (method) {
      case 'panel/thumb':
        return void this.tower.thumbnail((params as FromEvidence['panel/thumb']).sha256).catch(() => undefined);
      case 'panel/mode':
        return void this.parts.context.globalState.update(MODE, (params as FromEvidence['panel/mode']).mode);
      case 'panel/run':
        return void this.parts.report(() => runCommand(params as FromEvidence['panel/run']));
      case 'panel/open':
        void this.parts.report(() => this.parts.open(params as OpenElsewhere));
    }
  }

  protected tell(): void {
    const { wanted } = this;
    if (!wanted) return;
    const { folders } = this.tower;
    const mode = this.parts.context.globalState.get<Mode>(MODE);
    const show: ShowEvidence = {
      ...wanted,
      ...{ evidenceBase: this.address(folders.evidence), thumbBase: this.address(folders.thumbs) },
      ...(mode ? { mode } : {}),
      singleKeys: this.parts.settings.singleKeys,
    };
    this.notify('panel/show', show);
  }

  protected titleNow(): string {
    const task = this.wanted && this.tower.board.tasks.get(this.wanted.taskId);
    return task ? vscode.l10n.t('Evidence #{0}', task.number) : vscode.l10n.t('Evidence');
  }
}
