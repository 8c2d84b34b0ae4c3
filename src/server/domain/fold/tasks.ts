import { hold, indexDependencies, indexProof, type Board } from '../board';
import type { Then, TowerEvent, TowerRecord } from '../event';
import { headOf } from '../comparison';
import type { Cost } from '../cost';
import type { Evidence } from '../evidence';
import { countEnded, spend } from '../spent';
import type { Actor, Attempt, Task } from '../task';
import { countOutcome } from './agents';
import { enter, forgetDependencies, reorder } from './places';

/** Events about one task on the board. */
export type TaskEvent = Exclude<Extract<TowerEvent, { taskId: string }>, { type: 'TaskPurged' }>;

/** Folds an event about one task. */
export function applyToTask(board: Board, task: Task, event: TaskEvent, { at, by }: TowerRecord): void {
  switch (event.type) {
    case 'TaskEdited': {
      const { prompt: _, agent, after, ...patch } = event.patch;
      reorder(board, task, () => Object.assign(task, patch));
      if (agent === null) delete task.agent;
      else if (agent !== undefined) task.agent = agent;
      if (after) {
        forgetDependencies(board, task);
        task.after = [...after];
        indexDependencies(board, task);
      }
      return;
    }
    case 'TaskReordered':
      return reorder(board, task, () => Object.assign(task, { rank: event.rank, priority: event.priority }));
    case 'TaskPutFirst':
      reorder(board, task, () => (task.startNow = true));
      if (task.status === 'parked') enter(board, task, 'pending', at);
      return;
    case 'TaskUnparked':
      return enter(board, task, 'pending', at);
    case 'TaskCancelled':
      task.endedBy = by;
      return enter(board, task, 'cancelled', at);
    case 'TaskRetried':
      task.tries = 0;
      if (event.agent === null) delete task.agent;
      else if (event.agent !== undefined) task.agent = event.agent;
      // Without a note of its own, a retry carries what the person asked for when rejecting.
      if (event.note !== undefined) task.note = event.note;
      return enter(board, task, 'pending', at);
    case 'TaskSignedOff':
      task.endedBy = by;
      if (event.verdict === 'accepted') {
        delete task.note;
        return enter(board, task, 'completed', at);
      }
      if (event.note !== undefined) task.note = event.note;
      task.error = rejection(event.note);
      return enter(board, task, 'failed', at);
    case 'TaskDismissed':
      task.dismissed = true;
      return;
    case 'AttemptStarted':
      task.attempts.push(structuredClone(event.attempt));
      hold(board, event.attempt.agentId, task.id);
      enter(board, task, 'running', at);
      task.phase = event.attempt.acceptedAt === undefined ? 'starting' : 'working';
      return;
    default: {
      const attempt = task.attempts[event.attempt - 1];
      if (!attempt) return;
      applyToAttempt(board, task, attempt, event, at, by);
      if (PROOF.has(event.type)) indexProof(board, task);
    }
  }
}

/** The error of a task whose result a person rejected. */
export function rejection(note: string | undefined): { kind: 'verification'; message: string } {
  return { kind: 'verification', message: note ? `Rejected: ${note}` : 'Rejected without a note.' };
}

const PROOF: ReadonlySet<TaskEvent['type']> = new Set(['EvidenceAdded', 'EvidenceCompared', 'EvidenceJudged', 'BaselineRecorded']);

type AttemptEvent = Extract<TaskEvent, { attempt: number }>;

function applyToAttempt(board: Board, task: Task, attempt: Attempt, event: AttemptEvent, at: number, by: TowerRecord['by']): void {
  switch (event.type) {
    case 'AttemptAccepted':
      attempt.acceptedAt = at;
      if (task.phase === 'starting') task.phase = 'working';
      return;
    case 'InputAsked':
      attempt.question = event.question;
      attempt.askedAt = at;
      return enter(board, task, 'input_required', at);
    case 'InputAnswered':
      stopWaiting(attempt, at);
      enter(board, task, 'running', at);
      task.phase = 'working';
      return;
    case 'MessageSent':
      return;
    case 'CancelAsked':
      attempt.cancelAskedAt = at;
      if (event.reason !== undefined) attempt.cancelReason = event.reason;
      stopWaiting(attempt, at);
      if (task.status === 'input_required') enter(board, task, 'running', at);
      task.phase = 'cancelling';
      task.endedBy = by;
      return;
    case 'UsageReported':
      if (event.cost) spendToday(board, attempt, event.cost);
      attempt.usage = { ...attempt.usage, ...event.usage };
      if (event.cost) attempt.cost = event.cost;
      return;
    case 'EvidenceAdded':
      attempt.evidence.push({ ...event.evidence });
      return;
    case 'CommitNoted':
      attempt.commit = event.commit;
      return;
    case 'SessionNoted':
      attempt.session = event.session;
      return;
    case 'EvidenceCompared':
      return change(attempt, [event.evidenceId], (piece) => (piece.comparison = headOf(event.comparison)));
    case 'EvidenceJudged':
      return change(attempt, event.evidenceIds, (piece) => judge(piece, event, at, by));
    case 'BaselineRecorded':
      return change(attempt, [event.evidenceId], (piece) => recordBaseline(piece, event));
    case 'CheckStarted':
      // Whoever reports the end waits for no answer any more.
      stopWaiting(attempt, at);
      if (task.status === 'input_required') enter(board, task, 'running', at);
      task.phase = 'checking';
      return;
    case 'ResultReported':
      attempt.summary = event.result.slice(0, 200);
      if (event.late) attempt.lateResult = true;
      return;
    case 'AttemptEnded':
      return endAttempt(board, task, attempt, event, at);
  }
}

/** Without a day there is none to count it for: a single task is folded out of its own events. */
function spendToday(board: Board, attempt: Attempt, cost: Cost): void {
  const day = board.spent.at(-1);
  if (day) spend(day, attempt, cost);
}

function change(attempt: Attempt, ids: readonly string[], work: (piece: Evidence) => void): void {
  for (const piece of attempt.evidence) if (ids.includes(piece.id)) work(piece);
}

function judge(
  piece: Evidence,
  { verdict, note, baseline }: Extract<AttemptEvent, { type: 'EvidenceJudged' }>,
  at: number,
  by: Actor,
): void {
  piece.verdict = verdict;
  delete piece.note;
  delete piece.judgedBy;
  delete piece.judgedAt;
  if (verdict !== 'unreviewed') Object.assign(piece, { judgedBy: by.name, judgedAt: at, ...(note === undefined ? {} : { note }) });
  if (baseline !== undefined) piece.baseline = baseline;
}

function recordBaseline(piece: Evidence, { state, before }: Extract<AttemptEvent, { type: 'BaselineRecorded' }>): void {
  if (state === 'kept') {
    piece.baseline = 'kept';
    if (before !== undefined) piece.baselineBefore = before;
    return;
  }
  delete piece.baseline;
  delete piece.baselineBefore;
}

function endAttempt(board: Board, task: Task, attempt: Attempt, event: Extract<TowerEvent, { type: 'AttemptEnded' }>, at: number): void {
  stopWaiting(attempt, at);
  attempt.endedAt = at;
  attempt.outcome = event.outcome;
  if (event.error) attempt.error = event.error;
  const held = board.held.get(attempt.agentId);
  held?.delete(task.id);
  if (held?.size === 0) board.held.delete(attempt.agentId);
  if (event.outcome !== 'declined') task.tries++;
  const day = board.spent.at(-1);
  if (day && event.outcome !== 'declined') countEnded(day, attempt);
  if (event.then.status === 'completed') delete task.note;
  countOutcome(board.agents.get(attempt.agentId), event.outcome, event.error?.kind);
  follow(board, task, event, at);
}

function follow(
  board: Board,
  task: Task,
  { outcome, error, then }: { outcome: string; error?: Task['error']; then: Then },
  at: number,
): void {
  enter(board, task, then.status, at);
  if (then.notBefore !== undefined) task.notBefore = then.notBefore;
  if (then.parkedFor !== undefined) task.parkedFor = then.parkedFor;
  if (error && outcome !== 'declined') task.error = error;
}

function stopWaiting(attempt: Attempt, at: number): void {
  if (attempt.askedAt !== undefined) attempt.waitedMs += at - attempt.askedAt;
  delete attempt.askedAt;
  delete attempt.question;
}
