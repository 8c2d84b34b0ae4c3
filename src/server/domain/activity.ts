import * as l10n from '@vscode/l10n';
import { type Board } from './board';
import { budgetNews } from './budget';
import type { ComparisonHead } from './comparison';
import { evidenceLabel, type Evidence } from './evidence';
import type { TowerEvent, TowerRecord } from './event';
import { clock } from './format';
import { percentText } from './requirement';
import { oneLine, agentName } from './rows/row';
import { openAttempt, type Task } from './task';

/** What kind of thing happened, to filter by. */
export const ACTIVITY_KINDS = ['tasks', 'asks', 'evidence', 'verdicts', 'agents'] as const;
export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

/** Something that happened, in words. */
export interface Activity {
  /** Its record and its place in it: `120.0`. */
  id: string;
  /** ms */
  at: number;
  kind: ActivityKind;
  icon: string;
  tone?: 'good' | 'bad' | 'ask' | 'running' | 'parked' | 'quiet';
  taskId?: string;
  number?: number;
  agentId?: string;
  evidenceId?: string;
  attempt?: number;
  /** What happened, after `#12` or the agent's name: `login@1280x800 changed by 2.3%`. */
  text: string;
  /** For pieces that come many at a time: `pictures received`. */
  many?: string;
}

type Told = Pick<Activity, 'kind' | 'icon' | 'text'> & Partial<Activity>;

/** What a record tells people, on the board as it is after it; most events are nobody's news. */
export function activitiesOf(board: Board, { seq, at, events }: Pick<TowerRecord, 'seq' | 'at' | 'events'>): Activity[] {
  return events.flatMap((event, index) => {
    const told = agentNews(board, event) ?? taskNews(board, event, at);
    return told ? [{ id: `${seq}.${index}`, at, ...told }] : [];
  });
}

function agentNews(board: Board, event: TowerEvent): Told | undefined {
  switch (event.type) {
    case 'AgentPresent':
      return {
        ...{ kind: 'agents', agentId: event.agentId, text: event.present ? l10n.t('is online') : l10n.t('went offline') },
        ...(event.present ? { icon: 'plug', tone: 'good' } : { icon: 'debug-disconnect', tone: 'quiet' }),
      };
    case 'AgentFailed':
    case 'AgentBroken':
      return {
        kind: 'agents',
        agentId: event.agentId,
        icon: 'error',
        tone: 'bad',
        text: l10n.t('failed: {0}', oneLine(event.message, 120)),
      };
    case 'AgentLimited':
      return {
        kind: 'agents',
        agentId: event.agentId,
        icon: 'law',
        tone: 'parked',
        text: l10n.t('met a limit until {0}', clock(event.until, board.at)),
      };
    case 'BudgetMet':
      return { kind: 'tasks', icon: 'law', tone: event.level === 'used' ? 'bad' : 'ask', text: budgetNews(board, event, board.at) };
    default:
      return undefined;
  }
}

function taskNews(board: Board, event: TowerEvent, at: number): Told | undefined {
  if (event.type === 'TaskCreated') {
    const { id, number, title } = event.task;
    return { kind: 'tasks', icon: 'add', taskId: id, number, text: l10n.t('created: {0}', oneLine(title, 120)) };
  }
  if (!('taskId' in event)) return undefined;
  const task = board.tasks.get(event.taskId);
  if (!task) return undefined;
  const told = newsOf(board, task, event, at);
  const n = 'attempt' in event && typeof event.attempt === 'number' ? event.attempt : openAttempt(task)?.n;
  return told && { taskId: task.id, number: task.number, ...(n === undefined ? {} : { attempt: n }), ...told };
}

function newsOf(board: Board, task: Task, event: Extract<TowerEvent, { taskId: string }>, at: number): Told | undefined {
  switch (event.type) {
    case 'AttemptStarted': {
      const { agentId } = event.attempt;
      return { kind: 'tasks', icon: 'play', tone: 'running', agentId, text: l10n.t('started by {0}', agentName(board, agentId)) };
    }
    case 'InputAsked':
      return { kind: 'asks', icon: 'question', tone: 'ask', text: l10n.t('asks: {0}', oneLine(event.question.text, 120)) };
    case 'InputAnswered':
      return { kind: 'asks', icon: 'reply', text: l10n.t('answered: {0}', oneLine(event.answer, 80)) };
    case 'TaskRetried':
      return { kind: 'tasks', icon: 'debug-rerun', text: l10n.t('retried') };
    case 'TaskCancelled':
      return { kind: 'tasks', icon: 'circle-slash', tone: 'quiet', text: l10n.t('cancelled') };
    case 'TaskSignedOff':
      return event.verdict === 'accepted'
        ? { kind: 'verdicts', icon: 'check', tone: 'good', text: l10n.t('accepted') }
        : { kind: 'verdicts', icon: 'request-changes', tone: 'bad', text: note(l10n.t('rejected'), event.note) };
    case 'EvidenceAdded':
      return received(event.evidence);
    case 'EvidenceCompared':
      return compared(pieceOf(task, event.evidenceId), event.comparison);
    case 'EvidenceJudged': {
      const [first] = event.evidenceIds;
      const piece = first === undefined ? undefined : pieceOf(task, first);
      if (!piece || event.verdict === 'unreviewed') return undefined;
      const what = event.evidenceIds.length === 1 ? evidenceLabel(piece) : l10n.t('{0} pictures', event.evidenceIds.length);
      const place = { evidenceId: piece.id };
      return event.verdict === 'accepted'
        ? { kind: 'verdicts', icon: 'check', tone: 'good', ...place, text: l10n.t('{0} accepted', what) }
        : { kind: 'verdicts', icon: 'request-changes', tone: 'bad', ...place, text: note(l10n.t('{0} rejected', what), event.note) };
    }
    case 'AttemptEnded':
      return ended(event, at);
    default:
      return undefined;
  }
}

function received(piece: Evidence): Told {
  const label = evidenceLabel(piece);
  const place = { kind: 'evidence' as const, evidenceId: piece.id };
  if (piece.kind === 'screenshot')
    return { ...place, icon: 'file-media', text: l10n.t('{0} captured', label), many: l10n.t('pictures received') };
  if (piece.kind === 'patch')
    return { ...place, icon: 'diff-multiple', text: l10n.t('{0}: a patch', label), many: l10n.t('pieces of evidence received') };
  const icon =
    piece.kind === 'metrics' ? 'graph-line' : piece.kind === 'image' ? 'file-media' : piece.kind === 'report' ? 'report' : 'file';
  return { ...place, icon, text: l10n.t('{0} received', label), many: l10n.t('pieces of evidence received') };
}

function compared(piece: Evidence | undefined, comparison: Pick<ComparisonHead, 'state' | 'ratio'>): Told | undefined {
  if (!piece) return undefined;
  const place = { kind: 'evidence' as const, evidenceId: piece.id };
  const label = evidenceLabel(piece);
  switch (comparison.state) {
    case 'changed':
      return {
        ...place,
        icon: 'compare-changes',
        tone: 'ask',
        text: l10n.t('{0} changed by {1}', label, percentText(comparison.ratio * 100)),
        many: l10n.t('pictures changed'),
      };
    case 'new':
      return { ...place, icon: 'compare-changes', text: l10n.t('{0} is new', label), many: l10n.t('new pictures') };
    case 'unreadable':
      return { ...place, icon: 'error', tone: 'bad', text: l10n.t('{0} cannot be read', label), many: l10n.t('pictures cannot be read') };
    case 'equal':
      return undefined;
  }
}

function ended({ outcome, error, then, attempt }: Extract<TowerEvent, { type: 'AttemptEnded' }>, at: number): Told | undefined {
  const why = error ? oneLine(error.message, 120) : '';
  switch (then.status) {
    case 'completed':
      return { kind: 'tasks', icon: 'pass', tone: 'good', text: l10n.t('completed') };
    case 'review':
      return { kind: 'asks', icon: 'eye', tone: 'ask', text: l10n.t('is ready for review') };
    case 'cancelled':
      return { kind: 'tasks', icon: 'circle-slash', tone: 'quiet', text: l10n.t('cancelled') };
    case 'failed':
      return { kind: 'tasks', icon: 'error', tone: 'bad', text: note(l10n.t('failed'), why) };
    case 'parked':
      return {
        kind: 'tasks',
        icon: 'debug-pause',
        tone: 'parked',
        text: note(l10n.t('parked until {0}', clock(then.notBefore ?? at, at)), why),
      };
    case 'pending':
      return outcome === 'failed'
        ? { kind: 'tasks', icon: 'debug-rerun', text: note(l10n.t('attempt {0} failed, tried again', attempt), why) }
        : undefined;
  }
}

function note(text: string, why: string | undefined): string {
  return why ? `${text}: ${oneLine(why, 120)}` : text;
}

function pieceOf(task: Task, id: string): Evidence | undefined {
  for (const { evidence } of task.attempts) for (const piece of evidence) if (piece.id === id) return piece;
  return undefined;
}

/** How long pieces of one task count as one delivery, ms. */
const TOGETHER = 10_000;

/** True for another piece of the same delivery. */
function isSame(line: Activity, { taskId, many, at }: Activity): boolean {
  return line.many === many && line.taskId === taskId && line.at - at < TOGETHER;
}

/** What came together as one line, newest first as `activities` are; other news may have come in between. */
export function merged(activities: readonly Activity[]): (Activity & { count: number })[] {
  const lines: (Activity & { count: number })[] = [];
  for (const activity of activities) {
    const at = activity.many === undefined ? -1 : lines.findLastIndex((line) => isSame(line, activity));
    const line = lines[at];
    if (line) lines[at] = { ...line, count: line.count + 1, text: `${line.count + 1} ${line.many}` };
    else lines.push({ ...activity, count: 1 });
  }
  return lines;
}
