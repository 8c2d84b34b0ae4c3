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
    <div class={`charts loading${isSlow ? ' slow' : ''}`} role="status" aria-label="Reading the history">
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
        <p>No finished task matches.</p>
        <Button onClick={() => keep({ days: 'all', filter: { group: kept.filter.group } })}>Show All</Button>
      </div>
    );
  return (
    <div class="empty">
      <p>Charts start with the first finished task.</p>
      <Button kind="primary" onClick={() => store.tell('panel/run', { command: 'tasktower.createTask' })}>
        New Task
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
      ? `${analytics ? 'Not up to date' : 'The figures could not be computed'}: ${error ?? ''}`
      : `Not connected since ${clock(staleSince, Date.now())}. Showing the last known board.`;
  return (
    <div class="banner" role="status">
      <Icon name={staleSince === undefined ? 'warning' : 'debug-disconnect'} tone="ask" />
      <span>{text}</span>
      <Button onClick={() => panel.store.reload()}>{staleSince === undefined ? 'Try Again' : 'Reconnect'}</Button>
    </div>
  );
}
