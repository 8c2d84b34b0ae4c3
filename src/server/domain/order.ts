import type { Board } from './board';
import { type Priority, type Task } from './task';

const BAND: Record<Priority, number> = { urgent: 0, high: 1, normal: 2, low: 3 };

/** The one order of waiting tasks: start-now first, then priority, then rank, then age. */
export function compareWaiting(a: Placed, b: Placed): number {
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

/** The rank with which a new task stands last in its priority. `number`: its own. */
export function rankAtEnd(board: Board, priority: Priority, number: number): number {
  const at = placeOf(board, { priority, rank: Infinity, number: Infinity });
  const last = board.tasks.get(board.waiting[at - 1] ?? '');
  return last?.priority === priority && !last.startNow ? Math.max(number, last.rank) : number;
}

/** New ranks, so that a task stands before another one of a priority. */
export type Ranks = { task: Task; rank: number }[];

/** Two ranks nearer than this leave no room between them. */
const NARROW = 1e-6;

/**
 * The ranks to change so that `moved` stands before `before` (undefined = last) in a priority: mostly its own alone.
 * Where the gap is used up, as many neighbours move apart as it takes.
 */
export function ranksBefore(board: Board, priority: Priority, before: Task | undefined, moved: Task): Ranks {
  const at = placeOf(board, goal(priority, before, moved));
  for (let reach = 0; ; reach = reach * 2 + 1) {
    const left = neighbours(board, at - 1, -1, reach + 1, priority, moved);
    const right = neighbours(board, at, 1, reach + 1, priority, moved);
    const lower = left[reach]?.rank;
    const upper = right[reach]?.rank;
    const between = [...left.slice(0, reach).reverse(), moved, ...right.slice(0, reach)];
    const step = stepOf(lower, upper, between.length);
    if (step < NARROW) continue;
    const first = lower !== undefined ? lower + step : upper !== undefined ? upper - step * between.length : moved.number;
    return between.map((task, index) => ({ task, rank: first + index * step }));
  }
}

/** What a task is put before: another one, or an edge of its priority when only one of the two was put first. */
function goal(priority: Priority, before: Task | undefined, moved: Task): Placed {
  const startNow = moved.startNow ?? false;
  if (before && (before.startNow ?? false) === startNow) return before;
  const edge = before && !startNow ? -Infinity : Infinity;
  return { priority, rank: edge, number: edge, startNow };
}

/** Up to `most` tasks of a priority from a place of the queue on, leaving out the one that moves. */
function neighbours(board: Board, from: number, step: 1 | -1, most: number, priority: Priority, moved: Task): Task[] {
  const found: Task[] = [];
  for (let at = from; found.length < most; at += step) {
    const task = board.tasks.get(board.waiting[at] ?? '');
    if (!task || task.priority !== priority || (task.startNow ?? false) !== (moved.startNow ?? false)) break;
    if (task.id !== moved.id) found.push(task);
  }
  return found;
}

function stepOf(lower: number | undefined, upper: number | undefined, count: number): number {
  return lower === undefined || upper === undefined ? 1 : (upper - lower) / (count + 1);
}

type Placed = Pick<Task, 'priority' | 'rank' | 'number' | 'startNow'>;

function placeOf(board: Board, task: Placed): number {
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
