import { useMemo } from 'preact/hooks';
import type { Scene } from '../../server/domain/rows/row';
import { taskMatcher, type Search } from '../../server/domain/search';
import { isFinal } from '../../server/domain/task';
import type { DashboardStore } from './dashboardStore';
import { openTasks, rowsOf, type ListRow, type Sort } from './list';

interface RowsInput {
  store: DashboardStore;
  scene: Scene | undefined;
  search: Search;
  sort: Sort;
  layout: 'cards' | 'table';
  columns: number;
}

/** The rows of the list and how many tasks match, made anew when the board or the wish changes, and not for what is only live. */
export function useRows({ store, scene, search, sort, layout, columns }: RowsInput): { rows: readonly ListRow[]; matching: number } {
  const { finished } = store;
  const seesLive = search.tokens.some(({ name }) => name === 'is');
  return useMemo(() => {
    const open = scene ? openTasks(scene.board).filter(taskMatcher(search, scene)) : [];
    const ended = { ...finished, rows: finished.rows.filter(({ id }) => isFinal(store.task(id)?.status ?? 'completed')) };
    const rows = rowsOf({ open, finished: ended, task: (id) => store.task(id), sort, layout, columns });
    return { rows, matching: open.length + finished.total };
  }, [store, scene?.board.seq, finished, search, sort, layout, columns, seesLive ? scene : undefined]);
}
