import * as vscode from 'vscode';
import { budgetNews, isStillMet } from '../server/domain/budget';
import type { MetBudget } from '../server/domain/spent';
import { clock, plural } from '../server/domain/format';
import type { TowerEvent, TowerRecord } from '../server/domain/event';
import { calmLine } from '../server/domain/needsYou';
import type { Tower } from '../server/domain/ports';
import { shorten } from '../server/domain/text';
import { lastAttempt, openAttempt, taskName, type Task } from '../server/domain/task';
import { Command, View } from './manifest';
import type { NotifyKind, Settings } from './settings';
import type { TowerHost } from './towerHost';
import { agentName } from '../server/domain/rows/row';
import { failure, reviewFact } from '../server/domain/rows/taskRow';

/** What was answered meanwhile is not shown, so wait a little. ms */
const WAIT = 5_000;
/** The least time between two toasts of a kind, ms. */
const APART = 60_000;
/** Away from the window for this long, ms, and what finished is told on return. */
const AWAY = 120_000;

interface Toast {
  text: string;
  /** The first button opens the exact thing. */
  buttons: Record<string, () => unknown>;
}

/** Tells a person who is needed: rarely, merged, and never what they did themselves. */
export class Notifications implements vscode.Disposable {
  private readonly waiting = new Map<NotifyKind, Set<string>>();
  private readonly timers = new Map<NotifyKind, NodeJS.Timeout>();
  private readonly open = new Set<NotifyKind>();
  private readonly last = new Map<NotifyKind, number>();
  private readonly subscriptions: vscode.Disposable[];
  private listening: { dispose(): void }[] = [];
  private away: { since: number; completed: number; failed: number } | undefined;

  constructor(
    private readonly host: TowerHost,
    private readonly settings: Settings,
  ) {
    this.subscriptions = [
      host.onDidChange(() => this.follow()),
      vscode.window.onDidChangeWindowState(({ focused }) => this.focus(focused)),
    ];
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    const { tower } = this.host;
    if (!tower) return void (this.listening = []);
    this.listening = [
      tower.onDidCommit((records) => this.take(records)),
      tower.onDidChangeLive(({ trouble }) => {
        if (typeof trouble === 'string' && this.host.isOwner) void sayTrouble(trouble);
      }),
    ];
  }

  private take(records: readonly TowerRecord[]): void {
    for (const { events, by } of records) {
      for (const event of events) {
        this.count(event);
        const kind = by.kind === 'person' ? undefined : kindOf(event);
        if (kind && this.settings.notify(kind)) this.expect(kind, aboutOf(event));
      }
    }
  }

  private expect(kind: NotifyKind, id: string): void {
    const ids = this.waiting.get(kind) ?? new Set();
    this.waiting.set(kind, ids.add(id));
    if (this.timers.has(kind)) return;
    const wait = Math.max(WAIT, (this.last.get(kind) ?? -Infinity) + APART - Date.now());
    this.timers.set(
      kind,
      setTimeout(() => this.show(kind), wait),
    );
  }

  private show(kind: NotifyKind): void {
    this.timers.delete(kind);
    const ids = [...(this.waiting.get(kind) ?? [])];
    const { tower } = this.host;
    // One window tells: the one that runs the tower.
    if (!tower || !this.host.isOwner) return;
    if (this.open.has(kind))
      return void this.timers.set(
        kind,
        setTimeout(() => this.show(kind), WAIT),
      );
    this.waiting.delete(kind);
    const still = ids.filter((id) => stillSo(tower, kind, id));
    const toast = still.length > 0 ? toastOf(tower, kind, still) : undefined;
    if (toast) void this.say(kind, toast);
  }

  private async say(kind: NotifyKind, { text, buttons }: Toast): Promise<void> {
    this.open.add(kind);
    this.last.set(kind, Date.now());
    const mute = "Don't Show Again";
    const names = [...Object.keys(buttons), ...(kind === 'parked' || kind === 'finished' ? [mute] : [])];
    const picked = await vscode.window.showInformationMessage(text, ...names);
    this.open.delete(kind);
    if (picked === mute) await this.settings.mute(kind);
    else if (picked !== undefined) await buttons[picked]?.();
  }

  private count(event: TowerEvent): void {
    if (!this.away || event.type !== 'AttemptEnded') return;
    if (event.then.status === 'completed') this.away.completed++;
    if (event.then.status === 'failed') this.away.failed++;
  }

  private focus(focused: boolean): void {
    if (!focused) {
      this.away ??= { since: Date.now(), completed: 0, failed: 0 };
      return;
    }
    const { away } = this;
    this.away = undefined;
    if (!away || Date.now() - away.since < AWAY || away.completed + away.failed === 0 || !this.settings.notify('finished')) return;
    const text = `While you were away: ${away.completed} completed, ${away.failed} failed.`;
    void this.say('finished', { text, buttons: { Show: () => vscode.commands.executeCommand(`${View.tasks}.focus`) } });
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of [...this.listening, ...this.subscriptions]) subscription.dispose();
  }
}

/** Nothing new starts until someone makes room, so this is told whatever the settings say. */
async function sayTrouble(trouble: string): Promise<void> {
  const remove = 'Delete Old Evidence...';
  if ((await vscode.window.showErrorMessage(trouble, remove)) === remove) await vscode.commands.executeCommand(Command.deleteOld);
}

function kindOf(event: TowerEvent): NotifyKind | undefined {
  if (event.type === 'InputAsked') return 'question';
  if (event.type === 'BudgetMet') return 'limit';
  if (event.type === 'AgentFailed') return event.restartAt === undefined ? 'agent' : undefined;
  if (event.type !== 'AttemptEnded') return undefined;
  const { status, parkedFor } = event.then;
  if (status === 'review' || status === 'failed') return status;
  return status === 'parked' && parkedFor === 'quota' ? 'parked' : undefined;
}

/** What is told about: a task, an agent, or the budget that was met. */
function aboutOf(event: TowerEvent): string {
  if (event.type === 'BudgetMet') return JSON.stringify(event);
  return 'taskId' in event ? event.taskId : 'agentId' in event ? event.agentId : '';
}

function stillSo({ board }: Tower, kind: NotifyKind, id: string): boolean {
  if (kind === 'limit') return isStillMet(board, JSON.parse(id) as MetBudget, Date.now());
  if (kind === 'agent') return board.agents.get(id)?.failure !== undefined;
  const status = board.tasks.get(id)?.status;
  return status === (kind === 'question' ? 'input_required' : kind);
}

function toastOf(tower: Tower, kind: NotifyKind, ids: readonly string[]): Toast | undefined {
  if (kind === 'limit') {
    // Of several, the last one says the most.
    const text = budgetNews(tower.board, JSON.parse(ids.at(-1) ?? '{}') as MetBudget, Date.now());
    const open = (command: string) => () => vscode.commands.executeCommand(command);
    return { text, buttons: { 'Raise Limit...': open(Command.raiseLimit), 'Show Cost': open(Command.openAnalytics) } };
  }
  const next = { 'Show Next': () => vscode.commands.executeCommand(Command.nextNeedsMe) };
  if (ids.length > 1) {
    const verbs: Partial<Record<NotifyKind, string>> = {
      question: 'ask you something',
      review: 'are ready for review',
      failed: 'failed',
      parked: 'are parked',
    };
    return {
      text: kind === 'agent' ? `${ids.length} agents are in error.` : `${plural(ids.length, 'task')} ${verbs[kind] ?? 'changed'}.`,
      buttons: next,
    };
  }
  const [id = ''] = ids;
  const task = tower.board.tasks.get(id);
  if (kind === 'agent') {
    const agent = tower.board.agents.get(id);
    return (
      agent && {
        text: `${agent.name}: ${agent.failure?.message ?? calmLine(tower.board)}`,
        buttons: { 'Show Output': () => run(Command.showAgentOutput, id) },
      }
    );
  }
  return task && toastOfTask(tower, kind, task);
}

function toastOfTask(tower: Tower, kind: NotifyKind, task: Task): Toast {
  const name = taskName(task);
  switch (kind) {
    case 'question':
      return {
        text: `${name} asks: ${shorten(openAttempt(task)?.question?.text ?? '', 120)}`,
        buttons: { 'Answer...': () => run(Command.answerTask, task.id), 'Show Task': () => run(Command.showDetails, task.id) },
      };
    case 'review': {
      const hasEvidence = (lastAttempt(task)?.evidence.length ?? 0) > 0;
      const open = hasEvidence ? Command.openEvidence : Command.showDetails;
      return { text: `${name} is ready for review: ${reviewFact(lastAttempt(task))}.`, buttons: { Review: () => run(open, task.id) } };
    }
    case 'parked': {
      const who = agentName(tower.board, task.attempts.at(-1)?.agentId);
      const until = clock(task.notBefore ?? Date.now(), Date.now());
      return {
        text: `${name} is parked until ${until}: ${who}'s quota is used up. It resumes by itself.`,
        buttons: { 'Show Task': () => run(Command.showDetails, task.id) },
      };
    }
    default:
      return {
        text: `${name} failed after ${plural(task.attempts.length, 'attempt')}: ${failure(task)}`,
        buttons: { 'Show Logs': () => run(Command.showLogs, task.id), Retry: () => run(Command.retryTask, task.id) },
      };
  }
}

function run(command: string, id: string): Thenable<unknown> {
  return vscode.commands.executeCommand(command, id);
}
