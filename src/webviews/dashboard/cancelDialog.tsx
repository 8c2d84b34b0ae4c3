import * as l10n from '@vscode/l10n';
import { counted } from '../../server/domain/format';
import { openAttempt, taskName } from '../../server/domain/task';
import { agentName } from '../../server/domain/rows/row';
import { Button } from '../kit/button';
import { Dialog } from '../kit/dialog';
import { carryOut } from './bulk';
import { openOf, statusOf, targetsOf } from './selected';
import type { Dashboard } from './useDashboard';

/** Asks before tasks are cancelled, naming the one or counting the many. */
export function CancelDialog({ dashboard }: { dashboard: Dashboard }) {
  const { store, select, say, openDialog } = dashboard;
  const ids = openOf(dashboard, targetsOf(dashboard));
  const { title, text, verb, keep } = ids.length === 1 && ids[0] !== undefined ? oneTask(dashboard, ids[0]) : manyTasks(dashboard, ids);
  const close = (): void => openDialog(undefined);
  const cancel = async (): Promise<void> => {
    close();
    say(await carryOut(store, { type: 'cancel' }, ids));
    select([]);
  };
  return (
    <Dialog
      title={title}
      onClose={close}
      actions={
        <>
          <Button kind="primary" onClick={() => void cancel()}>
            {verb}
          </Button>
          <Button onClick={close}>{keep}</Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}

interface Words {
  title: string;
  text: string;
  verb: string;
  keep: string;
}

function oneTask({ store, scene }: Dashboard, id: string): Words {
  const task = store.task(id);
  const attempt = task && openAttempt(task);
  const who = scene && attempt ? agentName(scene.board, attempt.agentId) : undefined;
  return {
    title: l10n.t('Cancel {0}?', task ? taskName(task) : l10n.t('the task')),
    text: who === undefined ? l10n.t('Nobody is working on it.') : l10n.t('{0} is working on it and will be stopped.', who),
    verb: l10n.t('Cancel Task'),
    keep: who === undefined ? l10n.t('Keep It') : l10n.t('Keep Running'),
  };
}

function manyTasks(dashboard: Dashboard, ids: readonly string[]): Words {
  const running = ids.filter((id) => ['running', 'input_required'].includes(statusOf(dashboard, id))).length;
  const search = dashboard.state.search.trim();
  const stopped =
    running === 0
      ? l10n.t('None of them is running.')
      : running === 1
        ? l10n.t('{0} of them is running and will be stopped.', running)
        : l10n.t('{0} of them are running and will be stopped.', running);
  return {
    title: l10n.t('Cancel {0}?', counted(ids.length, l10n.t('{0} task'), l10n.t('{0} tasks'))),
    text: search ? `${stopped} ${l10n.t('They match "{0}".', search)}` : stopped,
    verb: counted(ids.length, l10n.t('Cancel {0} Task'), l10n.t('Cancel {0} Tasks')),
    keep: l10n.t('Keep Them'),
  };
}
