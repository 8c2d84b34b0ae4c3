import { useState } from 'preact/hooks';
import type { Status } from '../../server/domain/task';
import { plural } from '../../server/domain/format';
import { errorText } from '../kit/errorText';
import { Button, IconButton } from '../kit/button';
import { Dialog } from '../kit/dialog';
import { Select } from '../kit/select';
import { carryOut, fits, type BulkAction } from './bulk';
import { idsOf } from './list';
import type { Dashboard } from './useDashboard';

const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;

/** What to do with the tasks that are selected; each button says how many it is for. */
export function BulkBar({ dashboard }: { dashboard: Dashboard }) {
  const { selection, select, store, matching, state, frozen, say, dialog, openDialog } = dashboard;
  const [isBusy, setBusy] = useState(false);
  if (selection.size === 0) return null;
  const statuses = new Map<string, Status>();
  for (const id of selection) {
    const status = store.task(id)?.status ?? store.finished.rows.find((row) => row.id === id)?.status;
    // Selected with all that match, and not on the board: it has ended.
    statuses.set(id, status ?? 'completed');
  }
  const idsFor = (action: BulkAction): string[] => [...statuses].flatMap(([id, status]) => (fits(action, status) ? [id] : []));
  const act = async (action: BulkAction): Promise<void> => {
    setBusy(true);
    say(await carryOut(store, action, idsFor(action)));
    setBusy(false);
    select([]);
  };
  const selectAll = async (): Promise<void> => {
    try {
      const open = idsOf(dashboard.rows).map(({ id }) => id);
      select([...open, ...(await store.allFinished())]);
    } catch (error) {
      say(errorText(error));
    }
  };
  const [retries, cancels, changes] = [
    idsFor({ type: 'retry' }).length,
    idsFor({ type: 'cancel' }).length,
    idsFor({ type: 'priority', priority: 'high' }).length,
  ];
  const running = [...statuses.values()].filter((status) => status === 'running' || status === 'input_required').length;
  const off = frozen ?? (isBusy ? 'It is being done.' : undefined);
  return (
    <div class="bulk" role="toolbar" aria-label="Selected tasks">
      <span aria-live="polite">{selection.size} selected</span>
      {selection.size < matching ? (
        <Button kind="link" onClick={() => void selectAll()}>
          Select all {matching} that match
        </Button>
      ) : null}
      <Button disabled={off ?? (retries === 0 ? 'None of them has ended.' : undefined)} onClick={() => void act({ type: 'retry' })}>
        Retry {retries}
      </Button>
      <Button disabled={off ?? (cancels === 0 ? 'All of them have ended.' : undefined)} onClick={() => openDialog('cancel')}>
        Cancel {cancels}…
      </Button>
      {changes > 0 ? (
        <Select
          label={`Priority of ${changes}`}
          current=""
          options={[{ key: '', text: `Priority of ${changes}` }, ...PRIORITIES.map((key) => ({ key, text: key }))]}
          onChange={(key) => {
            const priority = PRIORITIES.find((one) => one === key);
            if (priority && !off) void act({ type: 'priority', priority });
          }}
        />
      ) : null}
      <IconButton icon="close" label="Clear selection (Esc)" onClick={() => select([])} />
      {dialog === 'cancel' ? (
        <Dialog
          title={`Cancel ${plural(cancels, 'task')}?`}
          onClose={() => openDialog(undefined)}
          actions={
            <>
              <Button
                kind="primary"
                onClick={() => {
                  openDialog(undefined);
                  void act({ type: 'cancel' });
                }}
              >
                Cancel {plural(cancels, 'Task')}
              </Button>
              <Button onClick={() => openDialog(undefined)}>Keep Them</Button>
            </>
          }
        >
          <p>
            {running === 0
              ? 'None of them is running.'
              : running === 1
                ? '1 of them is running and will be stopped.'
                : `${running} of them are running and will be stopped.`}
            {state.search.trim() ? ` They match "${state.search.trim()}".` : ''}
          </p>
        </Dialog>
      ) : null}
    </div>
  );
}
