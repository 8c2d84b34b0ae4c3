import * as l10n from '@vscode/l10n';
import { GROUPS } from './groups';
import type { TaskRow } from '../../server/domain/query';
import { waitingTasks } from '../../server/domain/order';
import { tasksIn, type Board } from '../../server/domain/board';
import { openAttempt, type Task } from '../../server/domain/task';
import { rowOf } from '../../server/domain/taskRow';

/** How the list is ordered. */
export const SORTS = [
  { key: 'queue', text: l10n.t('Queue') },
  { key: 'newest', text: l10n.t('Newest') },
  { key: 'oldest', text: l10n.t('Oldest') },
  { key: 'changed', text: l10n.t('Last change') },
] as const;
export type Sort = (typeof SORTS)[number]['key'];

/** One row of the virtual list: a heading, cards side by side, or one line. */
export type ListRow =
  | { kind: 'heading'; key: string; title: string; count: number }
  | { kind: 'cards'; key: string; tasks: readonly Task[] }
  | { kind: 'line'; key: string; task: TaskRow }
  | { kind: 'more'; key: string; count: number };

export const HEIGHTS: Readonly<Record<ListRow['kind'], number>> = { heading: 32, cards: 104, line: 28, more: 36 };

/** How many of the newest finished tasks are cards still, with their buttons; the others are lines. */
const RECENT = 4;

export interface ListInput {
  /** Unfinished tasks that match, in the order of the board. */
  open: readonly Task[];
  finished: { rows: readonly TaskRow[]; total: number };
  /** A task of the board; older ones have been archived. */
  task: (id: string) => Task | undefined;
  sort: Sort;
  layout: 'cards' | 'table';
  columns: number;
}

/** Unfinished tasks as the trees order them. */
export function openTasks(board: Board): Task[] {
  return [
    ...tasksIn(board, 'running').sort((a, b) => startOf(a) - startOf(b)),
    ...tasksIn(board, 'input_required'),
    ...tasksIn(board, 'review'),
    ...tasksIn(board, 'parked'),
    ...waitingTasks(board),
  ];
}

function startOf(task: Task): number {
  return openAttempt(task)?.startedAt ?? task.since;
}

/** The rows of the list: groups when it stands in queue order, else one list. */
export function rowsOf({ open, finished, task, sort, layout, columns }: ListInput): ListRow[] {
  const rows: ListRow[] = [];
  const put = (tasks: readonly Task[]): void => {
    if (layout === 'table') for (const task of tasks) rows.push({ kind: 'line', key: task.id, task: rowOf(task) });
    else
      for (let at = 0; at < tasks.length; at += columns)
        rows.push({ kind: 'cards', key: tasks[at]?.id ?? '', tasks: tasks.slice(at, at + columns) });
  };
  if (sort === 'queue')
    for (const { title, statuses } of GROUPS) {
      const tasks = open.filter(({ status }) => statuses.includes(status));
      if (tasks.length === 0) continue;
      rows.push({ kind: 'heading', key: title, title, count: tasks.length });
      put(tasks);
    }
  else {
    if (open.length > 0) rows.push({ kind: 'heading', key: l10n.t('Open'), title: l10n.t('Open'), count: open.length });
    put([...open].sort(COMPARE[sort]));
  }
  if (finished.total > 0) {
    rows.push({ kind: 'heading', key: l10n.t('Finished'), title: l10n.t('Finished'), count: finished.total });
    const recent = layout === 'cards' ? recentOf(finished.rows, task) : [];
    put(recent);
    for (const row of finished.rows.slice(recent.length)) rows.push({ kind: 'line', key: row.id, task: row });
    const left = finished.total - finished.rows.length;
    if (left > 0) rows.push({ kind: 'more', key: 'more', count: left });
  }
  return rows;
}

/** The newest finished tasks, as far as the board has them. */
function recentOf(rows: readonly TaskRow[], task: ListInput['task']): Task[] {
  const recent: Task[] = [];
  for (const { id } of rows.slice(0, RECENT)) {
    const one = task(id);
    if (!one) break;
    recent.push(one);
  }
  return recent;
}

const COMPARE: Readonly<Record<Exclude<Sort, 'queue'>, (a: Task, b: Task) => number>> = {
  newest: (a, b) => b.createdAt - a.createdAt || b.number - a.number,
  oldest: (a, b) => a.createdAt - b.createdAt || a.number - b.number,
  changed: (a, b) => b.since - a.since,
};

/** The tasks of the list one after another, for the keys. */
export function idsOf(rows: readonly ListRow[]): { id: string; row: number; column: number }[] {
  return rows.flatMap((row, index) => {
    if (row.kind === 'cards') return row.tasks.map(({ id }, column) => ({ id, row: index, column }));
    return row.kind === 'line' ? [{ id: row.task.id, row: index, column: 0 }] : [];
  });
}

/** Where an arrow key leads from a task: left and right within a row of cards, up and down by rows. */
export function stepFrom(rows: readonly ListRow[], current: string | undefined, key: string): string | undefined {
  const all = idsOf(rows);
  const at = all.findIndex(({ id }) => id === current);
  const here = all[at];
  if (!here) return all[0]?.id;
  switch (key) {
    case 'ArrowLeft':
    case 'k':
      return all[Math.max(0, at - 1)]?.id;
    case 'ArrowRight':
    case 'j':
      return all[Math.min(all.length - 1, at + 1)]?.id;
    case 'Home':
      return all[0]?.id;
    case 'End':
      return all.at(-1)?.id;
    case 'ArrowDown': {
      const below = all.find(({ row }) => row > here.row);
      const inRow = all.filter(({ row }) => row === below?.row);
      return (inRow.find(({ column }) => column === here.column) ?? inRow.at(-1) ?? here).id;
    }
    case 'ArrowUp': {
      const above = all.findLast(({ row }) => row < here.row);
      const inRow = all.filter(({ row }) => row === above?.row);
      return (inRow.find(({ column }) => column === here.column) ?? inRow.at(-1) ?? here).id;
    }
    default:
      return undefined;
  }
}
