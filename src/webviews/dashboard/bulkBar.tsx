import { useState } from 'preact/hooks';
import { count } from '../../server/domain/format';
import { Button, IconButton } from '../kit/button';
import { Select } from '../kit/select';
import { carryOut, fits, type BulkAction } from './bulk';
import { statusOf } from './selected';
import type { Dashboard } from './useDashboard';

const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;

/** What to do with the tasks that are selected; each button says how many it is for. */
export function BulkBar({ dashboard }: { dashboard: Dashboard }) {
  const { selection, select, selectAll, store, matching, frozen, say, openDialog } = dashboard;
  const [isBusy, setBusy] = useState(false);
  if (selection.size === 0) return null;
  const idsFor = (action: BulkAction): string[] => [...selection].filter((id) => fits(action, statusOf(dashboard, id)));
  const act = async (action: BulkAction): Promise<void> => {
    setBusy(true);
    say(await carryOut(store, action, idsFor(action)));
    setBusy(false);
    select([]);
  };
  const [retries, cancels, changes] = [
    idsFor({ type: 'retry' }).length,
    idsFor({ type: 'cancel' }).length,
    idsFor({ type: 'priority', priority: 'high' }).length,
  ];
  const off = frozen ?? (isBusy ? 'It is being done.' : undefined);
  return (
    <div class="bulk" role="toolbar" aria-label="Selected tasks">
      <span aria-live="polite">{count(selection.size)} selected</span>
      {selection.size < matching ? (
        <Button kind="link" onClick={() => void selectAll()}>
          Select all {count(matching)} that match
        </Button>
      ) : null}
      <Button disabled={off ?? (retries === 0 ? 'None of them has ended.' : undefined)} onClick={() => void act({ type: 'retry' })}>
        Retry {count(retries)}
      </Button>
      <Button disabled={off ?? (cancels === 0 ? 'All of them have ended.' : undefined)} onClick={() => openDialog('cancel')}>
        Cancel {count(cancels)}…
      </Button>
      {changes > 0 ? (
        <Select
          label={`Priority of ${count(changes)}`}
          current=""
          options={[{ key: '', text: `Priority of ${count(changes)}` }, ...PRIORITIES.map((key) => ({ key, text: key }))]}
          onChange={(key) => {
            const priority = PRIORITIES.find((one) => one === key);
            if (priority && !off) void act({ type: 'priority', priority });
          }}
        />
      ) : null}
      <IconButton icon="close" label="Clear selection (Esc)" onClick={() => select([])} />
    </div>
  );
}
