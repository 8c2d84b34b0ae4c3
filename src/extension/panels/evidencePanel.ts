import * as vscode from 'vscode';
import type { SharedTower } from '../../server/sharedTower';
import type { FromEvidence, KeptState, Mode, OpenElsewhere, ShowEvidence } from '../../webviews/protocol';
import { Panel } from '../manifest';
import type { Settings } from '../settings';
import type { TowerHost } from '../towerHost';
import { PanelLink } from './panelLink';
import { panelHtml } from './panelHtml';

const MODE = 'evidence.mode';

export interface EvidencePanelParts {
  context: vscode.ExtensionContext;
  host: TowerHost;
  settings: Pick<Settings, 'singleKeys'>;
  /** Opens something of a task elsewhere in the editor. */
  open: (what: OpenElsewhere) => Promise<void>;
  report: (work: () => Promise<unknown>) => unknown;
}

/** The Evidence panel: the proof of one task in an editor tab, restored after a reload. */
export class EvidencePanel implements vscode.WebviewPanelSerializer<KeptState>, vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private link: PanelLink | undefined;
  private wanted: Omit<ShowEvidence, 'evidenceBase' | 'thumbBase'> | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly parts: EvidencePanelParts) {
    this.subscriptions = [vscode.window.registerWebviewPanelSerializer(Panel.evidence, this), parts.host.onDidChange(() => this.follow())];
  }

  /** Shows the proof of a task beside the code, at one piece if it is named. */
  show(taskId: string, piece: { evidenceId?: string; attempt?: number } = {}): void {
    this.wanted = { taskId, ...piece };
    if (this.panel) {
      this.panel.reveal(undefined, false);
      return this.tell();
    }
    const { tower, extension } = this;
    const options = { enableScripts: true, localResourceRoots: this.roots(tower, extension) };
    this.adopt(vscode.window.createWebviewPanel(Panel.evidence, this.title(taskId), vscode.ViewColumn.Active, options));
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: KeptState | undefined): Promise<void> {
    this.wanted = state?.taskId === undefined ? undefined : { taskId: state.taskId };
    if (this.wanted === undefined) return void panel.dispose();
    await this.parts.host.start();
    if (!this.parts.host.tower) return void panel.dispose();
    panel.webview.options = { enableScripts: true, localResourceRoots: this.roots(this.tower, this.extension) };
    this.adopt(panel);
  }

  private get tower(): SharedTower {
    return this.parts.host.here;
  }

  private get extension(): vscode.Uri {
    return this.parts.context.extensionUri;
  }

  private roots({ folders }: SharedTower, extension: vscode.Uri): vscode.Uri[] {
    return [vscode.Uri.joinPath(extension, 'dist', 'webviews'), vscode.Uri.file(folders.evidence), vscode.Uri.file(folders.thumbs)];
  }

  private adopt(panel: vscode.WebviewPanel): void {
    this.panel?.dispose();
    this.panel = panel;
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(this.extension, 'media', `tab-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => {
      if (this.panel !== panel) return;
      this.link?.dispose();
      this.panel = undefined;
      this.link = undefined;
    });
    this.follow();
    panel.webview.html = panelHtml(panel.webview, this.extension, 'evidence', 'Evidence');
  }

  /** Follows the tower that the window has now. */
  private follow(): void {
    const { panel } = this;
    const { state, tower } = this.parts.host;
    if (!panel || !tower) return;
    if (!this.link)
      this.link = new PanelLink(panel.webview, this.tower, (method, params) => this.hear(method as keyof FromEvidence, params));
    else this.link.refresh();
    const since = state.kind === 'running' && state.standing.role === 'reconnecting' ? state.standing.since : null;
    this.link.notify('panel/stale', { since });
  }

  private hear(method: keyof FromEvidence, params: object): void {
    switch (method) {
      case 'panel/ready':
        return this.tell();
      case 'panel/thumb':
        return void this.tower.thumbnail((params as FromEvidence['panel/thumb']).sha256).catch(() => undefined);
      case 'panel/mode':
        return void this.parts.context.globalState.update(MODE, (params as FromEvidence['panel/mode']).mode);
      case 'panel/open':
        void this.parts.report(() => this.parts.open(params as OpenElsewhere));
    }
  }

  private tell(): void {
    const { panel, wanted } = this;
    if (!panel || !wanted) return;
    const { folders } = this.tower;
    panel.title = this.title(wanted.taskId);
    const address = (path: string): string => panel.webview.asWebviewUri(vscode.Uri.file(path)).toString();
    const mode = this.parts.context.globalState.get<Mode>(MODE);
    const show: ShowEvidence = {
      ...wanted,
      ...{ evidenceBase: address(folders.evidence), thumbBase: address(folders.thumbs) },
      ...(mode ? { mode } : {}),
      singleKeys: this.parts.settings.singleKeys,
    };
    this.link?.notify('panel/show', show);
  }

  private title(taskId: string): string {
    const task = this.tower.board.tasks.get(taskId);
    return task ? `Evidence #${task.number}` : 'Evidence';
  }

  dispose(): void {
    this.link?.dispose();
    this.panel?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
