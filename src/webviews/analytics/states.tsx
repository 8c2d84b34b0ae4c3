import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { clock } from '../../server/domain/format';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { isNarrowed } from './kept';
import { QUESTIONS } from './questions';
import type { Panel } from './usePanel';

/** Loading faster than this shows nothing, so that nothing flickers, ms. */
const PATIENCE_MS = 150;

/** Grey outlines of what comes. */
export function LoadingView() {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={`charts loading${isSlow ? ' slow' : ''}`} role="status" aria-label={l10n.t('Reading the history')}>
      {QUESTIONS.map(({ id }) => (
        <div key={id} class="outline" />
      ))}
    </div>
  );
}

/** Nothing has finished yet, or nothing of what was asked for. */
export function EmptyView({ panel }: { panel: Panel }) {
  const { facts, kept, keep, store } = panel;
  if (facts && facts.analytics.kinds.length > 0 && isNarrowed(kept))
    return (
      <div class="empty">
        <p>{l10n.t('No finished task matches.')}</p>
        <Button onClick={() => keep({ days: 'all', filter: { group: kept.filter.group } })}>{l10n.t('Show All')}</Button>
      </div>
    );
  return (
    <div class="empty">
      <p>{l10n.t('Charts start with the first finished task.')}</p>
      <Button
        kind="primary"
        disabled={store.whyNot('tasktower.createTask')}
        onClick={() => store.tell('panel/run', { command: 'tasktower.createTask' })}
      >
        {l10n.t('New Task')}
      </Button>
    </div>
  );
}

/** Said while the tower cannot be reached, or a question to it failed: the last data stays. */
export function Banner({ panel }: { panel: Panel }) {
  const { staleSince, error, analytics } = panel.figures;
  if (staleSince === undefined && error === undefined) return null;
  const text =
    staleSince === undefined
      ? `${analytics ? l10n.t('Not up to date') : l10n.t('The figures could not be computed')}: ${error ?? ''}`
      : l10n.t('Not connected since {0}. Showing the last known board.', clock(staleSince, Date.now()));
  return (
    <div class="banner" role="status">
      <Icon name={staleSince === undefined ? 'warning' : 'debug-disconnect'} tone="ask" />
      <span>{text}</span>
      <Button onClick={() => panel.store.reload()}>{staleSince === undefined ? l10n.t('Try Again') : l10n.t('Reconnect')}</Button>
    </div>
  );
}
