import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { isFinal, taskName } from '../../server/domain/task';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { StandingBanner } from '../kit/standingBanner';
import type { PanelModel } from './panelModel';
import type { Panel } from './usePanel';

/** Loading faster than this shows nothing, so that nothing flickers. */
const PATIENCE_MS = 150;

/** Grey outlines of what comes. */
export function LoadingView() {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={`loading${isSlow ? ' slow' : ''}`} role="status" aria-label={l10n.t('Reading the evidence')}>
      <div class="outline top" />
      <div class="outline side" />
      <div class="outline middle" />
      <div class="outline bottom" />
    </div>
  );
}

export function ErrorView({ panel, error }: { panel: Panel; error: string }) {
  return (
    <div class="empty" role="alert">
      <p>
        <Icon name="error" tone="bad" /> {l10n.t('The evidence cannot be shown: {0}', error)}
      </p>
      <Button kind="primary" onClick={() => panel.store.reload()}>
        {l10n.t('Try Again')}
      </Button>
      <Button onClick={() => panel.open('log')}>{l10n.t('Show Log')}</Button>
    </div>
  );
}

export function EmptyView({ panel, model }: { panel: Panel; model: PanelModel }) {
  const { task } = model.proof;
  const text = isFinal(task.status)
    ? l10n.t('{0} ended without evidence.', taskName(task))
    : l10n.t('No evidence yet. Pictures, metrics and files appear here the moment an agent hands them in.');
  return (
    <div class="empty">
      <p>{text}</p>
      <Button onClick={() => panel.open('logs')}>{l10n.t('Show Logs')}</Button>
      <Button onClick={() => panel.open('details')}>{l10n.t('Show Details')}</Button>
    </div>
  );
}

/** Said while the tower cannot be reached, or a question to it failed: the last data stays. */
export function StaleBanner({ panel }: { panel: Panel }) {
  const { staleSince, error } = panel.evidence;
  return (
    <StandingBanner
      staleSince={staleSince}
      error={error === undefined ? undefined : l10n.t('Not up to date: {0}', error)}
      onRetry={() => panel.store.reload()}
      run={(command) => panel.store.tell('panel/run', { command })}
    />
  );
}
