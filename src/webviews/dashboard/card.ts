import * as l10n from '@vscode/l10n';
import { agentIdOf } from '../../server/domain/agent';
import type { Estimate, EstimateOf } from '../../server/domain/analytics';
import { join, oneLine, runningMs, type Scene } from '../../server/domain/rows/row';
import { failure, reason, reviewFact, taskIcon, taskRow } from '../../server/domain/rows/taskRow';
import { sumCosts } from '../../server/domain/cost';
import { ago, clock, costSum, duration, percent } from '../../server/domain/format';
import type { TaskRow } from '../../server/domain/query';
import { queuePosition } from '../../server/domain/order';
import { isFinal, lastAttempt, openAttempt, taskName, type Status, type Task } from '../../server/domain/task';
import { waitReason } from '../../server/domain/waiting';
import { proofLine, type ProofItem } from '../evidence/proofLine';
import { actorName, word } from '../../server/domain/words';

/** A button of a card: what it says, and the command of the editor that it runs. */
export interface CardAction {
  text: string;
  icon: string;
  command: string;
  isPrimary?: boolean;
  /** An icon alone: two texts are enough. */
  isIcon?: boolean;
}

/** One task as the Dashboard shows it. Times that run are told as what they began at. */
export interface Card {
  id: string;
  number: number;
  name: string;
  /** For the editor's own menu; what the tree's rows have. */
  contextValue: string;
  icon: string;
  tone: string;
  status: Status;
  /** `!!` urgent, `!` high, `-` low. */
  badge: string;
  badgeText: string;
  /** `Running · Code Gen · attempt 1`. */
  meta: string;
  /** 0..1; null = under way, and not known; undefined = no bar. */
  progress: number | null | undefined;
  progressText: string;
  /** Why it waits, failed or asks. */
  fact: string;
  /** When the time that runs began, ms, without the time it waited for a person. */
  runningFrom: number | undefined;
  /** `3m 30s` of like tasks, and how many they were. */
  estimate: Estimate | undefined;
  proof: readonly (Pick<ProofItem, 'state' | 'text'> & { name: string })[];
  cost: string;
  actions: readonly CardAction[];
  /** All of it, for a screen reader. */
  spoken: string;
}

const STATUS: Readonly<Record<Status, string>> = {
  running: l10n.t('Running'),
  input_required: l10n.t('Needs input'),
  review: l10n.t('In review'),
  parked: l10n.t('Parked'),
  pending: l10n.t('Pending'),
  completed: l10n.t('Completed'),
  failed: l10n.t('Failed'),
  cancelled: l10n.t('Cancelled'),
};
const BADGE_TEXTS = {
  urgent: l10n.t('Urgent priority'),
  high: l10n.t('High priority'),
  normal: '',
  low: l10n.t('Low priority'),
} as const;
/** How a priority is written beside a name. */
export const BADGES = { urgent: '!!', high: '!', normal: '', low: '-' } as const;
const TONES: Readonly<Record<string, string>> = {
  'charts.blue': 'running',
  'charts.green': 'good',
  'charts.red': 'bad',
  'charts.yellow': 'busy',
  'charts.purple': 'parked',
  'list.warningForeground': 'ask',
  disabledForeground: 'quiet',
};

/** The word for a status. */
export function statusText(status: Status): string {
  return STATUS[status];
}

/** The name of a kit's tone for a theme colour of the trees. */
export function toneOf(color: string | undefined): string {
  return TONES[color ?? ''] ?? 'quiet';
}

export function cardOf(scene: Scene, task: Task, estimateOf: EstimateOf): Card {
  const { board, now } = scene;
  const attempt = lastAttempt(task);
  const open = openAttempt(task);
  const row = taskRow(scene, task);
  const { icon, color } = taskIcon(task);
  const going = progressOf(scene, task);
  const agentId = attempt?.agentId ?? (task.agent === undefined ? undefined : agentIdOf(task.agent));
  const agent = (agentId === undefined ? undefined : board.agents.get(agentId)?.name) ?? task.agent ?? agentId ?? '';
  const worked = open ? runningMs(open, now) : 0;
  const state =
    task.status === 'running' && task.phase !== undefined && task.phase !== 'working'
      ? l10n.t('Running, {0}', word(task.phase))
      : STATUS[task.status];
  return {
    id: task.id,
    number: task.number,
    name: taskName(task),
    contextValue: row.contextValue,
    icon: icon.replace('~', ' codicon-modifier-'),
    tone: toneOf(color),
    status: task.status,
    badge: BADGES[task.priority],
    badgeText: BADGE_TEXTS[task.priority],
    meta: join(state, agent, attempt && task.status !== 'pending' ? l10n.t('attempt {0}', attempt.n) : undefined),
    ...going,
    fact: factOf(scene, task),
    runningFrom: open && task.status === 'running' ? now - worked : undefined,
    estimate: isFinal(task.status) ? undefined : estimateOf(agentId, task.kind),
    proof: proofOf(task),
    cost: costOf(task),
    actions: actionsOf(task),
    spoken: row.spoken,
  };
}

/** The requirements by name; while the work goes on, nothing is missing yet. */
function proofOf(task: Task): Card['proof'] {
  const isOver = !openAttempt(task) && task.attempts.length > 0;
  return proofLine(task, lastAttempt(task)).map(({ state, text }) => {
    const [name = text] = text.split(':');
    return { state: state === 'failed' && !isOver ? 'open' : state, name, text };
  });
}

/** What all attempts cost so far; nothing while none has told anything. */
function costOf({ attempts }: Task): string {
  return attempts.some(({ usage, cost }) => usage ?? cost) ? costSum(sumCosts(attempts.map(({ cost }) => cost))) : '';
}

function progressOf({ live }: Scene, task: Task): Pick<Card, 'progress' | 'progressText'> {
  if (task.status !== 'running') return { progress: undefined, progressText: '' };
  const going = live.tasks.get(task.id);
  const attempt = openAttempt(task);
  if (!going || going.attempt !== attempt?.n) return { progress: null, progressText: '' };
  if (going.progress !== null) return { progress: going.progress, progressText: percent(going.progress) };
  return { progress: null, progressText: going.steps > 0 ? l10n.t('step {0}', going.steps) : '' };
}

function factOf({ board, live, now }: Scene, task: Task): string {
  const attempt = lastAttempt(task);
  switch (task.status) {
    case 'running':
      return oneLine(live.tasks.get(task.id)?.step ?? live.tasks.get(task.id)?.lastLine, 120);
    case 'input_required':
      return l10n.t('Question: {0}', oneLine(attempt?.question?.text, 120));
    case 'review':
      return reviewFact(attempt);
    case 'parked':
      return join(l10n.t('Until {0}', clock(task.notBefore ?? now, now)), task.parkedFor && word(task.parkedFor));
    case 'pending':
      return join(
        task.startNow ? l10n.t('Next') : l10n.t('Queue {0}', queuePosition(board, task)),
        waitReason(board, live, task, now).text,
      );
    case 'failed':
      return join(task.error?.kind === 'verification' ? reason(task) : failure(task), ago(task.since, now));
    case 'completed':
      return join(attempt ? l10n.t('Took {0}', duration(runningMs(attempt, now))) : '', ago(task.since, now));
    case 'cancelled':
      return join(task.endedBy ? l10n.t('By {0}', actorName(task.endedBy)) : '', ago(task.since, now));
  }
}

const LOGS: CardAction = { text: l10n.t('Logs'), icon: 'output', command: 'tasktower.openLogs' };
const EVIDENCE: CardAction = { text: l10n.t('Open Evidence'), icon: 'compare-changes', command: 'tasktower.openEvidence', isIcon: true };
const RESULT: CardAction = { text: l10n.t('View Result'), icon: 'file', command: 'tasktower.openResult' };
const DOWNLOAD: CardAction = { text: l10n.t('Download Evidence'), icon: 'file-zip', command: 'tasktower.downloadEvidence' };
const CANCEL: CardAction = { text: l10n.t('Cancel'), icon: 'debug-stop', command: 'tasktower.cancelTask' };
const RETRY: CardAction = { text: l10n.t('Retry'), icon: 'debug-rerun', command: 'tasktower.retryTask' };
const START: CardAction = { text: l10n.t('Start Now'), icon: 'play', command: 'tasktower.startNow' };

/** The two buttons of a card, and one for its evidence; everything else is in its menu. */
export function actionsOf(task: Task): CardAction[] {
  const evidence = (lastAttempt(task)?.evidence.length ?? 0) > 0 ? [EVIDENCE] : [];
  switch (task.status) {
    case 'running':
      return [...evidence, LOGS, CANCEL];
    case 'input_required':
      return [...evidence, { text: l10n.t('Answer…'), icon: 'reply', command: 'tasktower.answerTask', isPrimary: true }, CANCEL];
    case 'review':
      return [{ text: l10n.t('Review'), icon: 'eye', command: 'tasktower.openEvidence', isPrimary: true }, LOGS];
    case 'parked':
    case 'pending':
      return [START, CANCEL];
    case 'failed':
      return [...evidence, { ...LOGS, text: l10n.t('Show Logs') }, RETRY];
    case 'cancelled':
      return [...evidence, RETRY];
    case 'completed':
      return evidence.length > 0 ? [...evidence, RESULT, DOWNLOAD] : [RESULT, LOGS];
  }
}

/** The same of a finished task that has left the board. */
export function finishedActions({ status, evidence }: TaskRow): CardAction[] {
  if (status === 'completed') return evidence ? [EVIDENCE, RESULT, DOWNLOAD] : [RESULT, LOGS];
  return [...(evidence ? [EVIDENCE] : []), ...(status === 'failed' ? [{ ...LOGS, text: l10n.t('Show Logs') }] : []), RETRY];
}

/** `2m 15s / ~3m 30s`, or how far it is over. */
export function elapsedText(runningFrom: number, now: number, estimate: Estimate | undefined): string {
  const worked = Math.max(0, now - runningFrom);
  const so = worked < 10_000 ? l10n.t('{0}s', Math.floor(worked / 1000)) : duration(worked);
  if (!estimate) return so;
  const over = worked - estimate.medianMs;
  return over > 0 ? join(so, l10n.t('{0} over usual', duration(over))) : `${so} / ~${duration(estimate.medianMs)}`;
}
