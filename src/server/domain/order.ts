import type { Board } from './board';
import { type Priority, type Task } from './task';

const BAND: Record<Priority, number> = { urgent: 0, high: 1, normal: 2, low: 3 };

/** The one order of waiting tasks: start-now first, then priority, then rank, then age. */
export function compareWaiting(a: Task, b: Task): number {
  return (
    Number(b.startNow ?? false) - Number(a.startNow ?? false) ||
    BAND[a.priority] - BAND[b.priority] ||
    a.rank - b.rank ||
    a.number - b.number
  );
}

/** Puts a pending task at its place among those that wait. */
export function insertWaiting(board: Board, task: Task): void {
  board.waiting.splice(placeOf(board, task), 0, task.id);
}

/** Takes a task out of those that wait; call it before its priority, rank or start-now change. */
export function removeWaiting(board: Board, task: Task): void {
  const place = placeOf(board, task);
  if (board.waiting[place] === task.id) board.waiting.splice(place, 1);
}

/** The place of a task in the queue: 1 = next. 0 when it does not wait. */
export function queuePosition(board: Board, task: Task): number {
  const place = placeOf(board, task);
  return board.waiting[place] === task.id ? place + 1 : 0;
}

/** The pending tasks in the order they start. */
export function* waitingTasks(board: Board): Generator<Task> {
  for (const id of board.waiting) {
    const task = board.tasks.get(id);
    if (task) yield task;
  }
}

/** A rank that puts a task before `before` (undefined = last) in its priority, or undefined when the gap is used up. */
export function rankBefore(board: Board, priority: Priority, before: Task | undefined, moved: Task): number | undefined {
  const band = [...waitingTasks(board)].filter((task) => task.priority === priority && !task.startNow && task.id !== moved.id);
  const at = before ? band.findIndex((task) => task.id === before.id) : band.length;
  const lower = band[(at < 0 ? band.length : at) - 1]?.rank;
  const upper = at < 0 ? undefined : band[at]?.rank;
  if (lower === undefined) return upper === undefined ? moved.rank : upper - 1;
  if (upper === undefined) return Math.max(lower + 1, moved.number);
  const middle = lower + (upper - lower) / 2;
  return middle > lower && middle < upper ? middle : undefined;
}

function placeOf(board: Board, task: Task): number {
  let low = 0;
  let high = board.waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = board.tasks.get(board.waiting[middle] ?? '');
    if (other && compareWaiting(other, task) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
