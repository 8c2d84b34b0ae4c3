import { indexDependencies, indexTask, type Board } from '../board';
import { insertWaiting, removeWaiting } from '../order';
import { isFinal, type Status, type Task } from '../task';

/** Moves a task to a status and keeps the indexes right. */
export function enter(board: Board, task: Task, status: Status, at: number): void {
  if (task.status === 'pending') removeWaiting(board, task);
  board.byStatus[task.status].delete(task.id);
  task.status = status;
  task.since = at;
  delete task.phase;
  delete task.notBefore;
  delete task.parkedFor;
  delete task.dismissed;
  if (status !== 'pending') delete task.startNow;
  if (status === 'pending' || status === 'running') {
    delete task.error;
    delete task.endedBy;
  }
  if (isFinal(status)) forgetDependencies(board, task);
  else if (status === 'pending') indexDependencies(board, task);
  board.byStatus[status].add(task.id);
  if (status === 'pending') insertWaiting(board, task);
}

/** Changes what the order of a task rests on, and puts it at its new place. */
export function reorder(board: Board, task: Task, change: () => void): void {
  if (task.status === 'pending') removeWaiting(board, task);
  change();
  if (task.status === 'pending') insertWaiting(board, task);
}

/** Puts a task on the board, in place of an earlier copy. */
export function addTask(board: Board, task: Task): void {
  removeTask(board, task.id);
  board.tasks.set(task.id, task);
  board.numbers.set(task.number, task.id);
  board.nextNumber = Math.max(board.nextNumber, task.number + 1);
  indexTask(board, task);
}

/** Takes a task off the board. */
export function removeTask(board: Board, id: string): void {
  const task = board.tasks.get(id);
  if (!task) return;
  if (task.status === 'pending') removeWaiting(board, task);
  board.byStatus[task.status].delete(id);
  forgetDependencies(board, task);
  board.numbers.delete(task.number);
  board.proofOwed.delete(id);
  board.tasks.delete(id);
}

/** Takes what a task waits for out of the index. */
export function forgetDependencies(board: Board, task: Task): void {
  for (const id of task.after) {
    const waiting = board.dependents.get(id);
    waiting?.delete(task.id);
    if (waiting?.size === 0) board.dependents.delete(id);
  }
}
