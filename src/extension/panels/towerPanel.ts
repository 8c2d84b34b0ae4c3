import * as vscode from 'vscode';
import type { You } from '../../server/domain/commandRole';
import type { WindowTower } from '../../server/sharedTower';
import type { Panel } from '../manifest';
import type { Settings } from '../settings';
import type { TowerHost } from '../towerHost';
import { userName } from '../userName';
import { PanelLink } from './panelLink';
import { panelHtml } from './panelHtml';

export interface TowerPanelParts {
  context: vscode.ExtensionContext;
  host: TowerHost;
  settings: PanelSettings;
}

/** The settings that every page takes up. */
export type PanelSettings = Pick<Settings, 'singleKeys' | 'onDidChange'>;

/** What a page is: its bundle `dist/webviews/<page>.js`, and the title that a person hears. */
interface Page {
  id: (typeof Panel)[keyof typeof Panel];
  page: string;
  title: string;
}

/** A page of ours in an editor tab, one at most, restored after a reload; it follows the tower over its own channel. */
export abstract class TowerPanel<Kept> implements vscode.WebviewPanelSerializer<Kept>, vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private link: PanelLink | undefined;
  /** Since when what the page shows is not followed, ms; null = it is. */
  private staleSince: number | null = null;
  private readonly subscriptions: vscode.Disposable[];

  protected constructor(
    protected readonly parts: TowerPanelParts,
    private readonly page: Page,
  ) {
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(page.id, this),
      parts.host.onDidChange(() => this.follow()),
      parts.settings.onDidChange(() => this.link && this.tell()),
    ];
  }

  /** The text on the tab. */
  protected abstract titleNow(): string;
  /** Takes in what is left of the page before the reload. @returns false when there is nothing to show. */
  protected abstract restore(kept: Kept | undefined): boolean;
  /** What the page says beside the board; `panel/ready` asks for `tell`. */
  protected abstract hear(method: string, params: object): void;
  /** Tells the page what to show: once ahead of its asking, when it asks, and when settings change. */
  protected abstract tell(): void;

  protected get tower(): WindowTower {
    return this.parts.host.here;
  }

  /** Folders beside the page's own that it may read from. */
  protected resources(_tower: WindowTower): vscode.Uri[] {
    return [];
  }

  /** Whether the page has anything to show of another tower. */
  protected outlives(_before: WindowTower, _now: WindowTower): boolean {
    return true;
  }

  /** Opens the tab, or comes to the front with what `tell` says now. */
  protected open(): void {
    if (this.panel) {
      this.panel.reveal(undefined, false);
      return this.told();
    }
    const { tower } = this;
    const options = { enableScripts: true, localResourceRoots: this.roots(tower) };
    this.adopt(vscode.window.createWebviewPanel(this.page.id, this.titleNow(), vscode.ViewColumn.Active, options));
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: Kept | undefined): Promise<void> {
    if (!this.restore(state)) return void panel.dispose();
    await this.parts.host.start();
    if (!this.parts.host.tower) return void panel.dispose();
    panel.webview.options = { enableScripts: true, localResourceRoots: this.roots(this.tower) };
    this.adopt(panel);
  }

  protected notify(method: string, params: unknown): void {
    this.link?.notify(method, params);
  }

  /** The address of a file or folder as the page can load it. */
  protected address(path: string): string {
    return this.panel?.webview.asWebviewUri(vscode.Uri.file(path)).toString() ?? '';
  }

  private roots(tower: WindowTower): vscode.Uri[] {
    return [vscode.Uri.joinPath(this.parts.context.extensionUri, 'dist', 'webviews'), ...this.resources(tower)];
  }

  private adopt(panel: vscode.WebviewPanel): void {
    const { extensionUri } = this.parts.context;
    this.panel?.dispose();
    this.panel = panel;
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(extensionUri, 'media', `tab-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => {
      if (this.panel !== panel) return;
      this.link?.dispose();
      this.panel = undefined;
      this.link = undefined;
    });
    this.follow();
    panel.webview.html = panelHtml(panel.webview, extensionUri, this.page.page, this.page.title);
    if (!this.link) return;
    // Before the board, so that what is drawn first is what the person left or asked for.
    this.tell();
    this.link.ahead();
  }

  /** Follows the tower that the window has now. */
  private follow(): void {
    const { panel } = this;
    const { tower } = this.parts.host;
    if (panel && this.link && !tower) this.meet();
    if (!panel || !tower) return;
    if (this.link && !this.outlives(this.link.tower, this.tower)) return void panel.dispose();
    if (!this.link)
      this.link = new PanelLink(panel.webview, this.tower, (method, params) =>
        method === 'panel/ready' ? this.told() : this.hear(method, params),
      );
    else this.link.turnTo(this.tower);
    this.meet();
  }

  private told(): void {
    if (!this.panel) return;
    this.panel.title = this.titleNow();
    this.meet();
    this.tell();
  }

  /** Tells the page since when the tower is away, if it is, and who works here; their role may have changed. */
  private meet(): void {
    const { state } = this.parts.host;
    if (state.kind !== 'running') this.staleSince ??= Date.now();
    else this.staleSince = state.standing.role === 'reconnecting' ? state.standing.since : null;
    this.notify('panel/stale', { since: this.staleSince });
    const you: You = this.link?.tower.you ?? { name: userName() };
    this.notify('panel/you', you);
  }

  dispose(): void {
    this.link?.dispose();
    this.panel?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
