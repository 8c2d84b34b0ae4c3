import { hostname } from 'node:os';
import * as vscode from 'vscode';
import { Context } from './manifest';
import { statusText } from './statusText';
import type { TowerHost } from './towerHost';
import { Churn } from './tree/churn';

/** The one status-bar item, and the context keys that menus read. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('tasktower.status', vscode.StatusBarAlignment.Left, 10);
  private readonly churn = new Churn(() => {
    this.draw();
    // The status bar needs no silence.
    return false;
  });
  private readonly subscriptions: vscode.Disposable[];
  private listening: { dispose(): void }[] = [];
  private drawn = '';
  /** The machine that the tower listens on, where it is not the one that is looked at. */
  private readonly machine = vscode.env.remoteName === undefined ? undefined : hostname();

  constructor(private readonly host: TowerHost) {
    this.item.name = 'Tasktower';
    this.subscriptions = [this.item, this.churn, host.onDidChange(() => this.follow())];
    this.follow();
    this.item.show();
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    const { tower } = this.host;
    this.listening = tower
      ? [tower.onDidCommit(() => this.churn.touch('state')), tower.onDidChangeLive(() => this.churn.touch('live'))]
      : [];
    this.draw();
  }

  private draw(): void {
    const { state } = this.host;
    const status = statusText(state, Date.now(), this.machine);
    const paused = state.kind === 'running' && state.board.queue.state !== 'open';
    const approval = state.kind === 'running' && state.board.queue.approval === true;
    const { personRole } = this.host;
    const now = JSON.stringify([status, state.kind, paused, approval, personRole]);
    if (now === this.drawn) return;
    this.drawn = now;
    const { text, tooltip, command, background } = status;
    this.item.text = text;
    const lines = new vscode.MarkdownString();
    for (const line of tooltip) lines.appendText(line).appendMarkdown('\n\n');
    this.item.tooltip = lines;
    this.item.command = command;
    this.item.backgroundColor = background && new vscode.ThemeColor(`statusBarItem.${background}Background`);
    this.item.accessibilityInformation = { label: `Tasktower: ${text.replace(/\$\([^)]*\)/g, '').trim()}. ${tooltip[0] ?? ''}` };
    void vscode.commands.executeCommand('setContext', Context.state, state.kind);
    void vscode.commands.executeCommand('setContext', Context.paused, paused);
    void vscode.commands.executeCommand('setContext', Context.approval, approval);
    void vscode.commands.executeCommand('setContext', Context.role, personRole);
  }

  dispose(): void {
    for (const subscription of [...this.listening, ...this.subscriptions]) subscription.dispose();
  }
}
