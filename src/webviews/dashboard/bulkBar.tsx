import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { count } from '../../server/domain/format';
import { Button, IconButton } from '../kit/button';
import { Select } from '../kit/select';
import { carryOut, fits, type BulkAction } from './bulk';
import { statusOf } from './selected';
import type { Dashboard } from './useDashboard';
import { word } from '../../server/domain/words';

const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;

/** What to do with the tasks that are selected; each button says how many it is for. */
export function BulkBar({ dashboard }: { dashboard: Dashboard }) {
  const { selection, select, selectAll, store, matching, whyNot, say, openDialog } = dashboard;
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
  const off = (command: string): string | undefined => whyNot(command) ?? (isBusy ? l10n.t('It is being done.') : undefined);
  return (
    <div class="bulk" role="toolbar" aria-label={l10n.t('Selected tasks')}>
      <span aria-live="polite">{l10n.t('{0} selected', count(selection.size))}</span>
      {selection.size < matching ? (
        <Button kind="link" onClick={() => void selectAll()}>
          {l10n.t('Select all {0} that match', count(matching))}
        </Button>
      ) : null}
      <Button
        disabled={off('tasktower.retryTask') ?? (retries === 0 ? l10n.t('None of them has ended.') : undefined)}
        onClick={() => void act({ type: 'retry' })}
      >
        {l10n.t('Retry {0}', count(retries))}
      </Button>
      <Button
        disabled={off('tasktower.cancelTask') ?? (cancels === 0 ? l10n.t('All of them have ended.') : undefined)}
        onClick={() => openDialog('cancel')}
      >
        {l10n.t('Cancel {0}…', count(cancels))}
      </Button>
      {changes > 0 ? (
        <Select
          label={l10n.t('Priority of {0}', count(changes))}
          current=""
          options={[{ key: '', text: l10n.t('Priority of {0}', count(changes)) }, ...PRIORITIES.map((key) => ({ key, text: word(key) }))]}
          disabled={off('tasktower.setPriority')}
          onChange={(key) => {
            const priority = PRIORITIES.find((one) => one === key);
            if (priority) void act({ type: 'priority', priority });
          }}
        />
      ) : null}
      <IconButton icon="close" label={l10n.t('Clear selection (Esc)')} onClick={() => select([])} />
    </div>
  );
}
