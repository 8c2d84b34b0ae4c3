import { isFinal, type Status } from '../../server/domain/task';
import type { Dashboard } from './useDashboard';

/** The tasks that a key or button is for: the selected ones, else the one with the focus. */
export function targetsOf({ selection, current }: Pick<Dashboard, 'selection' | 'current'>): string[] {
  return selection.size > 0 ? [...selection] : current === undefined ? [] : [current];
}

/** How a task stands. What was selected with all that match and is not loaded has ended. */
export function statusOf({ store }: Pick<Dashboard, 'store'>, id: string): Status {
  return store.task(id)?.status ?? store.finished.rows.find((row) => row.id === id)?.status ?? 'completed';
}

/** Those of `ids` that go on, or wait to. */
export function openOf(dashboard: Pick<Dashboard, 'store'>, ids: readonly string[]): string[] {
  return ids.filter((id) => !isFinal(statusOf(dashboard, id)));
}
