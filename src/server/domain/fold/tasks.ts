import { hold, indexDependencies, type Board } from '../board';
import type { Then, TowerEvent, TowerRecord } from '../event';
import type { Attempt, Task } from '../task';
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
      if (event.note === undefined) delete task.note;
      else task.note = event.note;
      return enter(board, task, 'pending', at);
    case 'TaskSignedOff':
      task.endedBy = by;
      if (event.verdict === 'accepted') return enter(board, task, 'completed', at);
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
      if (attempt) applyToAttempt(board, task, attempt, event, at, by);
    }
  }
}

/** The error of a task whose result a person rejected. */
export function rejection(note: string | undefined): { kind: 'verification'; message: string } {
  return { kind: 'verification', message: note ? `Rejected: ${note}` : 'Rejected without a note.' };
}

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
    case 'CancelAsked':
      attempt.cancelAskedAt = at;
      if (event.reason !== undefined) attempt.cancelReason = event.reason;
      stopWaiting(attempt, at);
      if (task.status === 'input_required') enter(board, task, 'running', at);
      task.phase = 'cancelling';
      task.endedBy = by;
      return;
    case 'UsageReported':
      attempt.usage = { ...attempt.usage, ...event.usage };
      return;
    case 'EvidenceAdded':
      attempt.evidence.push({ ...event.evidence });
      return;
    case 'ResultReported':
      attempt.summary = event.result.slice(0, 200);
      if (event.late) attempt.lateResult = true;
      return;
    case 'AttemptEnded':
      return endAttempt(board, task, attempt, event, at);
  }
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
  countOutcome(board.agents.get(attempt.agentId), event.outcome);
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
