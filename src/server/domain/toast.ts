import * as l10n from '@vscode/l10n';
import type { Board } from './board';
import { budgetNews, isStillMet } from './budget';
import type { TowerEvent } from './event';
import { ago, clock, counted, since } from './format';
import { agentName } from './rows/row';
import { failure, reviewFact } from './rows/taskRow';
import type { MetBudget } from './spent';
import { lastAttempt, openAttempt, taskName, type Task } from './task';
import { cleanLine, shorten } from './text';
import { word } from './words';

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
  if (!task) return kind === 'agent' ? l10n.t('It is well again.') : l10n.t('It is no longer on the board.');
  if (kind === 'question' && task.status === 'running') return l10n.t('Answered {0}.', ago(task.since, now));
  return l10n.t('#{0} is {1} since {2}.', task.number, word(task.status), since(task.since, now));
}

const MANY: Readonly<Record<Exclude<NewsKind, 'limit' | 'agent'>, (tasks: string) => string>> = {
  question: (tasks) => l10n.t('{0} ask you something.', tasks),
  review: (tasks) => l10n.t('{0} are ready for review.', tasks),
  failed: (tasks) => l10n.t('{0} failed.', tasks),
  parked: (tasks) => l10n.t('{0} are parked.', tasks),
};

/** The toast about what is still so. @param folder the path of the window's folder. */
export function toastOf(board: Board, kind: NewsKind, ids: readonly string[], folder: string | undefined, now: number): Toast | undefined {
  const [id = ''] = ids;
  if (kind === 'limit') {
    // Of several, the last one says the most.
    const text = budgetNews(board, JSON.parse(ids.at(-1) ?? '{}') as MetBudget, now);
    const buttons = [
      { text: l10n.t('Raise Limit...'), command: Command.raiseLimit },
      { text: l10n.t('Show Cost'), command: Command.openAnalytics },
    ];
    return { text: `${placeOf(folder)}${text}`, buttons };
  }
  if (ids.length > 1) {
    const text =
      kind === 'agent'
        ? l10n.t('{0} agents need you.', ids.length)
        : MANY[kind](counted(ids.length, l10n.t('{0} task'), l10n.t('{0} tasks')));
    return { text: `${placeOf(folder)}${text}`, buttons: [{ text: l10n.t('Show Next'), command: Command.nextNeedsMe }] };
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
  const output = { text: l10n.t('Show Output'), command: Command.showAgentOutput, id };
  const message = cleanLine(agent.failure?.message ?? '');
  const login = /In a terminal, run: (.+)$/.exec(message)?.[1];
  if (login !== undefined)
    return {
      text: l10n.t('{0} needs you to sign in. Run: {1}', agent.name, login),
      buttons: [{ text: l10n.t('Open Terminal'), type: login }, output],
    };
  return { text: `${agent.name}: ${shorten(message, 200)}`, buttons: [output] };
}

function taskText(board: Board, kind: keyof typeof MANY, task: Task, now: number): string {
  const name = taskName(task);
  switch (kind) {
    case 'question':
      return l10n.t('{0} asks: {1}', name, shorten(openAttempt(task)?.question?.text ?? '', 120));
    case 'review':
      return l10n.t('{0} is ready for review: {1}.', name, reviewFact(lastAttempt(task)));
    case 'parked': {
      const who = agentName(board, lastAttempt(task)?.agentId);
      return l10n.t("{0} is parked until {1}: {2}'s quota is used up. It resumes by itself.", name, clock(task.notBefore ?? now, now), who);
    }
    case 'failed':
      return l10n.t(
        '{0} failed after {1}: {2}',
        name,
        counted(task.attempts.length, l10n.t('{0} attempt'), l10n.t('{0} attempts')),
        failure(task),
      );
  }
}

function taskButtons(kind: keyof typeof MANY, task: Task): ToastButton[] {
  const { id } = task;
  const show = { text: l10n.t('Show Task'), command: Command.showDetails, id };
  switch (kind) {
    case 'question':
      return [{ text: l10n.t('Answer...'), command: Command.answerTask, id }, show];
    case 'review': {
      const hasEvidence = (lastAttempt(task)?.evidence.length ?? 0) > 0;
      return [{ text: l10n.t('Review'), command: hasEvidence ? Command.openEvidence : Command.showDetails, id }];
    }
    case 'parked':
      return [show];
    case 'failed':
      return [
        { text: l10n.t('Show Logs'), command: Command.showLogs, id },
        { text: l10n.t('Retry'), command: Command.retryTask, id },
      ];
  }
}
