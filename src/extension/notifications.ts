import * as vscode from 'vscode';
import type { Log } from '../server/base/log';
import type { TowerEvent, TowerRecord } from '../server/domain/event';
import { Command, View } from './manifest';
import type { NotifyKind, Settings } from './settings';
import { playSound } from './sound';
import { isStillSo, newsOf, sinceThen, toastOf, type NewsKind, type ToastButton } from '../server/domain/toast';
import { ToastQueue } from './toastQueue';
import type { TowerHost } from './towerHost';
import { word } from '../server/domain/words';
import { showError, showInformation } from './messages';

/** Away from the window for this long, ms, and what finished is told on return. */
const AWAY = 120_000;
const MUTE = vscode.l10n.t("Don't Show Again");
/** Kinds that a person may want no more of, as they ask for nothing. */
const MUTABLE: ReadonlySet<NotifyKind> = new Set(['parked', 'finished']);

/** Tells a person who is needed: rarely, merged, and never what they did themselves. */
export class Notifications implements vscode.Disposable {
  private readonly queue = new ToastQueue<NewsKind>((kind, ids) => this.show(kind, ids));
  /** Kinds with a toast that was not closed. */
  private readonly open = new Set<NotifyKind>();
  private readonly subscriptions: vscode.Disposable[];
  private listening: { dispose(): void }[] = [];
  private away: { since: number; completed: number; failed: number } | undefined;

  constructor(
    private readonly host: TowerHost,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      host.onDidChange(() => this.follow()),
      vscode.window.onDidChangeWindowState(({ focused, active }) => this.watch(focused && active)),
    ];
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    const { tower } = this.host;
    if (!tower) return void (this.listening = []);
    this.listening = [
      tower.onDidCommit((records) => this.take(records)),
      tower.onDidChangeLive(({ trouble }) => {
        if (typeof trouble === 'string' && this.host.tells) void sayTrouble(trouble);
      }),
    ];
  }

  private take(records: readonly TowerRecord[]): void {
    for (const { events, by } of records) {
      for (const event of events) {
        this.count(event);
        const news = by.kind === 'person' ? undefined : newsOf(event);
        if (news && this.settings.notify(news.kind)) this.queue.add(news.kind, news.id);
      }
    }
  }

  private show(kind: NewsKind, ids: readonly string[]): 'shown' | 'nothing' | 'later' {
    const { tower } = this.host;
    // One window tells: the one that runs the tower.
    if (!tower || !this.host.tells) return 'nothing';
    // The editor hides a toast by itself, but only while somebody is there to see it; of either we hear nothing.
    if (this.open.has(kind) && !vscode.window.state.focused) return 'later';
    const still = ids.filter((id) => isStillSo(tower.board, kind, id, Date.now()));
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const toast = still.length > 0 ? toastOf(tower.board, kind, still, folder, Date.now()) : undefined;
    if (!toast) return 'nothing';
    const mayPress = (button: ToastButton): boolean => !('command' in button) || this.host.whyNot(button.command) === undefined;
    void this.say(kind, toast.text, toast.buttons.filter(mayPress), still);
    return 'shown';
  }

  private async say(kind: NotifyKind, text: string, buttons: readonly ToastButton[], ids: readonly string[] = []): Promise<void> {
    if (this.settings.sound) void this.sound();
    const names = [...buttons.map((button) => button.text), ...(MUTABLE.has(kind) ? [MUTE] : [])];
    this.open.add(kind);
    const picked = await showInformation(text, ...names);
    this.open.delete(kind);
    if (picked === MUTE) return this.settings.mute(kind);
    const button = buttons.find((one) => one.text === picked);
    if (button) await this.press(kind, button, ids);
  }

  private async press(kind: NotifyKind, button: ToastButton, ids: readonly string[]): Promise<void> {
    if ('type' in button) {
      const terminal = vscode.window.createTerminal();
      terminal.show();
      // Typed, not run: a person looks at it first.
      return terminal.sendText(button.type, false);
    }
    const [id] = ids;
    const { tower } = this.host;
    // A toast may lie there for hours.
    if (tower && kind !== 'finished' && ids.length === 1 && id !== undefined && !isStillSo(tower.board, kind, id, Date.now())) {
      vscode.window.setStatusBarMessage(sinceThen(tower.board, kind, id, Date.now()), 6000);
      if (tower.board.tasks.has(id)) return void (await vscode.commands.executeCommand(Command.showDetails, id));
    }
    await vscode.commands.executeCommand(button.command, ...(button.id === undefined ? [] : [button.id]));
  }

  private async sound(): Promise<void> {
    if (!(await playSound())) this.log.warn('tasktower.notify.sound is on, but nothing on this machine plays a sound.');
  }

  private count(event: TowerEvent): void {
    if (!this.away || event.type !== 'AttemptEnded') return;
    if (event.then.status === 'completed') this.away.completed++;
    if (event.then.status === 'failed') this.away.failed++;
  }

  private watch(isHere: boolean): void {
    if (!isHere) {
      this.away ??= { since: Date.now(), completed: 0, failed: 0 };
      return;
    }
    const { away } = this;
    this.away = undefined;
    if (!away || Date.now() - away.since < AWAY || !this.host.tells || !this.settings.notify('finished')) return;
    const facts = (['completed', 'failed'] as const).flatMap((outcome) => (away[outcome] > 0 ? [`${away[outcome]} ${word(outcome)}`] : []));
    if (facts.length === 0) return;
    void this.say('finished', vscode.l10n.t('While you were away: {0}.', facts.join(', ')), [
      { text: vscode.l10n.t('Show'), command: `${View.tasks}.focus` },
    ]);
  }

  dispose(): void {
    this.queue.dispose();
    for (const subscription of [...this.listening, ...this.subscriptions]) subscription.dispose();
  }
}

/** Nothing new starts until someone makes room, so this is told whatever the settings say. */
async function sayTrouble(trouble: string): Promise<void> {
  const remove = vscode.l10n.t('Delete Old Evidence...');
  if ((await showError(trouble, remove)) === remove) await vscode.commands.executeCommand(Command.deleteOld);
}
