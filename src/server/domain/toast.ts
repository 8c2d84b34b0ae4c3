import type { Board } from './board';
import { budgetNews, isStillMet } from './budget';
import type { TowerEvent } from './event';
import { ago, clock, plural } from './format';
import { agentName } from './rows/row';
import { failure, reviewFact } from './rows/taskRow';
import type { MetBudget } from './spent';
import { lastAttempt, openAttempt, taskName, type Task } from './task';
import { cleanLine, shorten } from './text';

/** What is told as it happens, to a person who did not ask. */
export type NewsKind = 'question' | 'review' | 'failed' | 'parked' | 'agent' | 'limit';

/** The commands of the editor that toasts offer, as package.json names them. */
const Command = {
  raiseLimit: 'tasktower.raiseLimit',
  openAnalytics: 'tasktower.openAnalytics',
  nextNeedsMe: 'tasktower.nextNeedsMe',
  showAgentOutput: 'tasktower.showAgentOutput',
  showDetails: 'tasktower.showDetails',
  answerTask: 'tasktower.answerTask',
  openEvidence: 'tasktower.openEvidence',
  showLogs: 'tasktower.showLogs',
  retryTask: 'tasktower.retryTask',
} as const;

/** A button of a toast: the command it runs, on a task or an agent; or what it types into a new terminal. */
export type ToastButton = { text: string } & ({ command: string; id?: string } | { type: string });

export interface Toast {
  text: string;
  /** The first one opens the exact thing. */
  buttons: ToastButton[];
}

/** What an event is news of; undefined = nobody's. */
export function newsOf(event: TowerEvent): { kind: NewsKind; id: string } | undefined {
  switch (event.type) {
    case 'InputAsked':
      return { kind: 'question', id: event.taskId };
    case 'BudgetMet':
      return { kind: 'limit', id: JSON.stringify(event) };
    case 'AgentFailed':
      return event.restartAt === undefined ? { kind: 'agent', id: event.agentId } : undefined;
    case 'AgentBroken':
      return { kind: 'agent', id: event.agentId };
    case 'AttemptEnded': {
      const { status, parkedFor } = event.then;
      if (status === 'review' || status === 'failed') return { kind: status, id: event.taskId };
      return status === 'parked' && parkedFor === 'quota' ? { kind: 'parked', id: event.taskId } : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether it is still as the news said at `now`, ms. */
export function isStillSo(board: Board, kind: NewsKind, id: string, now: number): boolean {
  if (kind === 'limit') return isStillMet(board, JSON.parse(id) as MetBudget, now);
  if (kind === 'agent') {
    const agent = board.agents.get(id);
    return agent?.failure !== undefined && agent.dismissed !== true;
  }
  const task = board.tasks.get(id);
  return task?.status === (kind === 'question' ? 'input_required' : kind) && task.dismissed !== true;
}

/** What became of what a toast was about: `Answered 2m ago.` */
export function sinceThen(board: Board, kind: NewsKind, id: string, now: number): string {
  const task = board.tasks.get(id);
  if (!task) return kind === 'agent' ? 'It is well again.' : 'It is no longer on the board.';
  if (kind === 'question' && task.status === 'running') return `Answered ${ago(task.since, now)}.`;
  return `#${task.number} is ${task.status.replace('_', ' ')} since ${ago(task.since, now).replace(/ ago$/, '')}.`;
}

const MANY: Readonly<Record<Exclude<NewsKind, 'limit' | 'agent'>, string>> = {
  question: 'ask you something',
  review: 'are ready for review',
  failed: 'failed',
  parked: 'are parked',
};

/** The toast about what is still so. @param folder the path of the window's folder. */
export function toastOf(board: Board, kind: NewsKind, ids: readonly string[], folder: string | undefined, now: number): Toast | undefined {
  const [id = ''] = ids;
  if (kind === 'limit') {
    // Of several, the last one says the most.
    const text = budgetNews(board, JSON.parse(ids.at(-1) ?? '{}') as MetBudget, now);
    const buttons = [
      { text: 'Raise Limit...', command: Command.raiseLimit },
      { text: 'Show Cost', command: Command.openAnalytics },
    ];
    return { text: `${placeOf(folder)}${text}`, buttons };
  }
  if (ids.length > 1) {
    const text = kind === 'agent' ? `${ids.length} agents need you.` : `${plural(ids.length, 'task')} ${MANY[kind]}.`;
    return { text: `${placeOf(folder)}${text}`, buttons: [{ text: 'Show Next', command: Command.nextNeedsMe }] };
  }
  if (kind === 'agent') return agentToast(board, id);
  const task = board.tasks.get(id);
  return task && { text: `${placeOf(task.folder ?? folder)}${taskText(board, kind, task, now)}`, buttons: taskButtons(kind, task) };
}

/** `bakery: `, so that of several windows the right one is known. */
function placeOf(folder: string | undefined): string {
  return folder === undefined ? '' : `${folder.split(/[\\/]/).findLast(Boolean) ?? folder}: `;
}

function agentToast(board: Board, id: string): Toast | undefined {
  const agent = board.agents.get(id);
  if (!agent) return undefined;
  const output = { text: 'Show Output', command: Command.showAgentOutput, id };
  const message = cleanLine(agent.failure?.message ?? '');
  const login = /In a terminal, run: (.+)$/.exec(message)?.[1];
  if (login !== undefined)
    return { text: `${agent.name} needs you to sign in. Run: ${login}`, buttons: [{ text: 'Open Terminal', type: login }, output] };
  return { text: `${agent.name}: ${shorten(message, 200)}`, buttons: [output] };
}

function taskText(board: Board, kind: keyof typeof MANY, task: Task, now: number): string {
  const name = taskName(task);
  switch (kind) {
    case 'question':
      return `${name} asks: ${shorten(openAttempt(task)?.question?.text ?? '', 120)}`;
    case 'review':
      return `${name} is ready for review: ${reviewFact(lastAttempt(task))}.`;
    case 'parked': {
      const who = agentName(board, lastAttempt(task)?.agentId);
      return `${name} is parked until ${clock(task.notBefore ?? now, now)}: ${who}'s quota is used up. It resumes by itself.`;
    }
    case 'failed':
      return `${name} failed after ${plural(task.attempts.length, 'attempt')}: ${failure(task)}`;
  }
}

function taskButtons(kind: keyof typeof MANY, task: Task): ToastButton[] {
  const { id } = task;
  const show = { text: 'Show Task', command: Command.showDetails, id };
  switch (kind) {
    case 'question':
      return [{ text: 'Answer...', command: Command.answerTask, id }, show];
    case 'review': {
      const hasEvidence = (lastAttempt(task)?.evidence.length ?? 0) > 0;
      return [{ text: 'Review', command: hasEvidence ? Command.openEvidence : Command.showDetails, id }];
    }
    case 'parked':
      return [show];
    case 'failed':
      return [
        { text: 'Show Logs', command: Command.showLogs, id },
        { text: 'Retry', command: Command.retryTask, id },
      ];
  }
}
