import * as l10n from '@vscode/l10n';
import type { CommandInput } from '../../server/domain/command';
import { counted } from '../../server/domain/format';
import { isFinal, type Priority, type Status } from '../../server/domain/task';
import type { DashboardStore } from './dashboardStore';
import { word } from '../../server/domain/words';
import { spoken } from '../../server/domain/spoken';

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
        refused.push(spoken(error));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const tasks = counted(done, l10n.t('{0} task'), l10n.t('{0} tasks'));
  const said =
    action.type === 'retry'
      ? l10n.t('{0} retried.', tasks)
      : action.type === 'cancel'
        ? l10n.t('{0} cancelled.', tasks)
        : l10n.t('{0} {1} now.', tasks, word(action.priority));
  const [why] = refused;
  return why === undefined ? said : `${said} ${l10n.t('{0} skipped: {1}', refused.length, why)}`;
}
