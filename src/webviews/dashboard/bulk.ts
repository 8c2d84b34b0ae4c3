import type { CommandInput } from '../../server/domain/command';
import { plural } from '../../server/domain/format';
import { isFinal, type Priority, type Status } from '../../server/domain/task';
import type { DashboardStore } from './dashboardStore';

/** How many commands are under way at once. */
const AT_ONCE = 8;

/** What can be done with many tasks at a time. */
export type BulkAction = { type: 'retry' } | { type: 'cancel' } | { type: 'priority'; priority: Priority };

/** True when an action makes sense for a task of that status. */
export function fits({ type }: BulkAction, status: Status): boolean {
  if (type === 'retry') return isFinal(status);
  if (type === 'cancel') return !isFinal(status);
  return status === 'pending' || status === 'parked';
}

function commandOf(action: BulkAction, taskId: string): CommandInput {
  switch (action.type) {
    case 'retry':
      return { type: 'RetryTask', taskId };
    case 'cancel':
      return { type: 'CancelTask', taskId };
    case 'priority':
      return { type: 'EditTask', taskId, patch: { priority: action.priority } };
  }
}

/** Carries an action out on each task and says in words what came of it: `37 retried. 2 skipped: already running.` */
export async function carryOut(store: Pick<DashboardStore, 'execute'>, action: BulkAction, ids: readonly string[]): Promise<string> {
  let done = 0;
  const refused: string[] = [];
  const left = [...ids];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      try {
        await store.execute(commandOf(action, id));
        done++;
      } catch (error) {
        refused.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const verb = action.type === 'retry' ? 'retried' : action.type === 'cancel' ? 'cancelled' : `${action.priority} now`;
  const [why] = refused;
  return `${plural(done, 'task')} ${verb}.${why === undefined ? '' : ` ${refused.length} skipped: ${why}`}`;
}
