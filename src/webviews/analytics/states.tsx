import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../kit/button';
import { StandingBanner } from '../kit/standingBanner';
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
  const what = analytics ? l10n.t('Not up to date') : l10n.t('The figures could not be computed');
  return (
    <StandingBanner
      staleSince={staleSince}
      error={error === undefined ? undefined : `${what}: ${error}`}
      onRetry={() => panel.store.reload()}
      run={(command) => panel.store.tell('panel/run', { command })}
    />
  );
}
