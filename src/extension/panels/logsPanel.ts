import * as vscode from 'vscode';
import type { LogScope } from '../../server/domain/logQuery';
import type { FromLogs, KeptLogs, LogAction, OpenElsewhere, RunCommand, ToLogs } from '../../webviews/protocol';
import { lineUri } from '../documents/uris';
import { Panel } from '../manifest';
import { LogExport } from './logExport';
import { runCommand } from './runCommand';
import { TowerPanel, type TowerPanelParts } from './towerPanel';

const KEPT = 'logs.kept';

export interface LogsPanelParts extends TowerPanelParts {
  /** Opens something of a task elsewhere in the editor. */
  open: (what: OpenElsewhere) => Promise<void>;
  report: (work: () => Promise<unknown>) => unknown;
}

/** What VS Code hands to a command of the menu over a line: the line's `data-vscode-context`. */
export interface LineContext {
  key?: string;
}

/** The Logs panel: what all agents say, live. */
export class LogsPanel extends TowerPanel<unknown> {
  private scope: LogScope | undefined;
  /** The number of the wish for `scope`; one of a time before this window is another. */
  private asked = 0;
  private readonly exporting = new LogExport((progress) => this.notify('panel/exporting', progress));

  constructor(protected override readonly parts: LogsPanelParts) {
    super(parts, { id: Panel.logs, page: 'logs', title: vscode.l10n.t('Tasktower: Logs') });
  }

  /** Shows the log: as it was left, or with this filter. */
  show(scope?: LogScope): void {
    if (scope) {
      this.scope = scope;
      this.asked = Date.now();
    }
    this.open();
  }

  /** Carries out what was chosen from the menu over a line. */
  act(action: LogAction, { key = '' }: LineContext = {}): void {
    const act: ToLogs['panel/act'] = { action, key };
    this.notify('panel/act', act);
  }

  protected restore(): boolean {
    return true;
  }

  protected hear(method: keyof FromLogs, params: object): void {
    const { report, context } = this.parts;
    switch (method) {
      case 'panel/keep':
        return void context.workspaceState.update(KEPT, (params as FromLogs['panel/keep']).kept);
      case 'panel/copy':
        return void report(async () => vscode.env.clipboard.writeText((params as FromLogs['panel/copy']).text));
      case 'panel/open':
        return void report(() => this.parts.open(params as OpenElsewhere));
      case 'panel/run':
        return void report(() => runCommand(params as RunCommand));
      case 'panel/line':
        return void report(() => this.openLine(params as FromLogs['panel/line']));
      case 'panel/export':
        return void report(() => this.exporting.run(this.tower, params as FromLogs['panel/export']));
      case 'panel/stopExport':
        return this.exporting.stop();
    }
  }

  protected tell(): void {
    const kept = this.parts.context.workspaceState.get<KeptLogs>(KEPT);
    const show: ToLogs['panel/show'] = {
      asked: this.asked,
      singleKeys: this.parts.settings.singleKeys,
      ...(kept ? { kept } : {}),
      ...(this.scope ? { scope: this.scope } : {}),
    };
    this.notify('panel/show', show);
    this.notify('panel/exporting', this.exporting.progress);
  }

  protected titleNow(): string {
    return vscode.l10n.t('Tasktower: Logs');
  }

  /** Opens a line whole in an editor of its own; one that is stored cannot be changed there. */
  private async openLine({ taskId, place, text, title }: FromLogs['panel/line']): Promise<void> {
    const isJson = /^\s*[{[]/.test(text);
    const document = await (place === undefined
      ? vscode.workspace.openTextDocument({ content: text, language: isJson ? 'json' : 'plaintext' })
      : vscode.workspace.openTextDocument(lineUri(taskId, place, title, isJson ? 'json' : 'txt')));
    await vscode.window.showTextDocument(document, { preview: true });
    vscode.window.setStatusBarMessage(vscode.l10n.t('Line of {0}.', title), 4000);
  }
}
