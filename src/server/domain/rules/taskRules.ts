import type { Board } from '../board';
import { findTask, tasksIn } from '../board';
import type { Command } from '../command';
import type { TowerEvent } from '../event';
import { rankAtEnd, ranksBefore } from '../order';
import { Refusal } from '../refusal';
import { isFinal, lastAttempt, openAttempt, taskName, type Task, type TaskSpec } from '../task';
import { startAttempt } from './attemptRules';
import { taskOf, wrongState, type Decision, type RuleContext } from './context';
import { spawnedFrom, type Creator } from './spawnRules';
import { phrase } from '../phrase';

type Ask<T extends Command['type']> = Extract<Command, { type: T }>;

/** A new task at the end of its priority. */
export function createTask(context: RuleContext, { spec, parent }: Ask<'CreateTask'>): Decision {
  return [{ type: 'TaskCreated', task: newTask(context, spec, parent), prompt: spec.prompt }];
}

/** A task whose work goes on elsewhere: created and running in one record, with a lease of its own. */
export function reportTask(context: RuleContext, { spec, agent, leaseMs }: Ask<'ReportTask'>): Decision {
  const task = newTask(context, spec);
  const created: TowerEvent = { type: 'TaskCreated', task, prompt: spec.prompt };
  return [created, ...startAttempt(context, task, agent, leaseMs)];
}

function newTask(context: RuleContext, spec: TaskSpec, parent?: Creator): Task {
  const { board, by, now, newId } = context;
  const { prompt: _, after, continues, ...rest } = spec;
  return {
    ...rest,
    ...goingOn(board, continues, spec),
    ...spawnedFrom(context, parent),
    id: newId(),
    number: board.nextNumber,
    rank: rankAtEnd(board, spec.priority, board.nextNumber),
    kind: spec.kind ?? spec.skills[0] ?? 'task',
    after: dependencies(board, after),
    createdBy: by,
    createdAt: now,
    status: 'pending',
    tries: 0,
    attempts: [],
    since: now,
  };
}

/** What a task takes over from the one it goes on from. */
function goingOn(board: Board, ref: string | undefined, spec: TaskSpec): Pick<Task, 'continues' | 'agent' | 'folder'> {
  if (ref === undefined) return {};
  const before = findTask(board, ref);
  if (!before) throw new Refusal('not_found', phrase('It cannot go on from {0}: there is no such task.', ref));
  const agent = lastAttempt(before)?.agentId;
  if (!isFinal(before.status) && before.status !== 'review') {
    wrongState('{0} is {1}. Send its agent a message, or wait until it has ended.', before);
  }
  if (agent === undefined)
    throw new Refusal('conflict', phrase('{0} was never worked on, so there is nothing to go on from.', taskName(before)));
  const folder = spec.folder ?? before.folder;
  return { continues: before.id, agent: spec.agent ?? agent, ...(folder === undefined ? {} : { folder }) };
}

function dependencies(board: Board, refs: readonly string[], of?: Task): string[] {
  const ids = refs.map((ref) => {
    const other = findTask(board, ref);
    if (!other) throw new Refusal('not_found', phrase('It cannot wait for {0}: there is no such task.', ref));
    if (of && reaches(board, other, of.id)) {
      throw new Refusal('conflict', phrase('{0} cannot wait for {1}, which waits for it.', taskName(of), taskName(other)));
    }
    return other.id;
  });
  return [...new Set(ids)];
}

/** True when `from` waits for `goal`, directly or through others. */
function reaches(board: Board, from: Task, goal: string): boolean {
  const seen = new Set<string>();
  const open = [from.id];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === goal) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(board.tasks.get(id)?.after ?? []));
  }
  return false;
}

export function editTask({ board }: RuleContext, { taskId, patch }: Ask<'EditTask'>): Decision {
  const task = taskOf(board, taskId);
  // Work that is only reported may turn out to be about something else while it goes on.
  const renamed = openAttempt(task)?.leaseMs !== undefined && Object.keys(patch).every((field) => field === 'title');
  if (task.status !== 'pending' && task.status !== 'parked' && !renamed)
    wrongState('{0} is {1} and cannot be edited. Only a task that waits can be edited.', task);
  const after = patch.after && dependencies(board, patch.after, task);
  return [{ type: 'TaskEdited', taskId: task.id, patch: { ...patch, ...(after ? { after } : {}) } }];
}

export function cancelTask({ board }: RuleContext, { taskId, reason }: Ask<'CancelTask'>): Decision {
  const task = taskOf(board, taskId);
  if (isFinal(task.status)) wrongState('{0} is {1} and cannot be cancelled. Nothing of it is running.', task);
  const attempt = openAttempt(task);
  if (!attempt) return [{ type: 'TaskCancelled', taskId: task.id }];
  if (task.phase === 'cancelling') return [];
  // Work that is only reported here learns of the cancel when it next reports.
  const asked: TowerEvent = { type: 'CancelAsked', taskId: task.id, attempt: attempt.n, ...(reason ? { reason } : {}) };
  // The work itself is over, and nobody is left to tell.
  if (task.phase !== 'checking') return [asked];
  return [asked, { type: 'AttemptEnded', taskId: task.id, attempt: attempt.n, outcome: 'cancelled', then: { status: 'cancelled' } }];
}

export function retryTask({ board }: RuleContext, { taskId, note, agent }: Ask<'RetryTask'>): Decision {
  const task = taskOf(board, taskId);
  if (!isFinal(task.status)) wrongState('{0} is {1} and cannot be retried. Wait until it has ended, or cancel it first.', task);
  return [{ type: 'TaskRetried', taskId: task.id, ...(note ? { note } : {}), ...(agent === undefined ? {} : { agent }) }];
}

export function retryFailed({ board }: RuleContext): Decision {
  return tasksIn(board, 'failed').map((task) => ({ type: 'TaskRetried', taskId: task.id }));
}

export function startNow({ board }: RuleContext, { taskId }: Ask<'StartNow'>): Decision {
  const task = taskOf(board, taskId);
  if (task.status !== 'pending' && task.status !== 'parked')
    wrongState('{0} is {1} and cannot be started. Only a task that waits can be started.', task);
  return task.startNow && task.status === 'pending' ? [] : [{ type: 'TaskPutFirst', taskId: task.id }];
}

export function reorderTask({ board }: RuleContext, { taskId, before, priority }: Ask<'ReorderTask'>): Decision {
  const task = taskOf(board, taskId);
  if (task.status !== 'pending') wrongState('{0} is {1} and cannot be moved. Only a pending task has a place in the queue.', task);
  const next = before === null ? undefined : taskOf(board, before);
  if (next?.id === task.id) return [];
  if (next && next.status !== 'pending') wrongState('{0} is {1} and has no place in the queue to stand before. Name a pending task.', next);
  const band = priority ?? next?.priority ?? task.priority;
  const anchor = next?.priority === band ? next : undefined;
  return ranksBefore(board, band, anchor, task).map(({ task: { id }, rank }) => ({
    type: 'TaskReordered',
    taskId: id,
    rank,
    priority: band,
  }));
}

export function signOff({ board }: RuleContext, { taskId, verdict, note }: Ask<'SignOff'>): Decision {
  const task = taskOf(board, taskId);
  if (task.status !== 'review') wrongState('{0} is {1} and waits for no verdict. Only a task in review does.', task);
  return [{ type: 'TaskSignedOff', taskId: task.id, verdict, ...(note ? { note } : {}) }];
}

export function dismissTask({ board }: RuleContext, { taskId }: Ask<'DismissTask'>): Decision {
  const task = taskOf(board, taskId);
  return task.dismissed ? [] : [{ type: 'TaskDismissed', taskId: task.id }];
}

export function purgeTask({ board }: RuleContext, { taskId }: Ask<'PurgeTask'>): Decision {
  const task = taskOf(board, taskId);
  if (!isFinal(task.status)) wrongState('{0} is {1} and cannot be deleted. Cancel it first.', task);
  const waiting = [...(board.dependents.get(task.id) ?? [])].flatMap((id) => board.tasks.get(id) ?? []);
  const [first] = waiting;
  if (first) throw new Refusal('conflict', phrase('{0} cannot be deleted: {1} waits for it.', taskName(task), taskName(first)));
  return [{ type: 'TaskPurged', taskId: task.id }];
}

export function archiveTasks({ board }: RuleContext, { taskIds }: Ask<'ArchiveTasks'>): Decision {
  const settled = taskIds.filter((id) => {
    const task = board.tasks.get(id);
    return task && isFinal(task.status) && !board.dependents.has(id) && !board.proofOwed.has(id);
  });
  return settled.length > 0 ? [{ type: 'TasksArchived', taskIds: settled }] : [];
}

export function recallTask({ board }: RuleContext, { task }: Ask<'RecallTask'>): Decision {
  return board.tasks.has(task.id) ? [] : [{ type: 'TaskRecalled', task }];
}
