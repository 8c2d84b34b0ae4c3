import { useEffect, useState } from 'preact/hooks';
import { clock } from '../../server/domain/format';
import { isFinal, taskName } from '../../server/domain/task';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
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
    <div class={`loading${isSlow ? ' slow' : ''}`} role="status" aria-label="Reading the evidence">
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
        <Icon name="error" tone="bad" /> The evidence cannot be shown: {error}
      </p>
      <Button kind="primary" onClick={() => panel.store.reload()}>
        Try Again
      </Button>
      <Button onClick={() => panel.open('log')}>Show Log</Button>
    </div>
  );
}

export function EmptyView({ panel, model }: { panel: Panel; model: PanelModel }) {
  const { task } = model.proof;
  const text = isFinal(task.status)
    ? `${taskName(task)} ended without evidence.`
    : 'No evidence yet. Pictures, metrics and files appear here the moment an agent hands them in.';
  return (
    <div class="empty">
      <p>{text}</p>
      <Button onClick={() => panel.open('logs')}>Show Logs</Button>
      <Button onClick={() => panel.open('details')}>Show Details</Button>
    </div>
  );
}

/** Said while the tower cannot be reached, or a question to it failed: the last data stays. */
export function StaleBanner({ panel }: { panel: Panel }) {
  const { staleSince, error } = panel.evidence;
  if (staleSince === undefined && error === undefined) return null;
  const text =
    staleSince === undefined
      ? `Not up to date: ${error ?? ''}`
      : `Not connected since ${clock(staleSince, Date.now())}. Showing the last known board.`;
  return (
    <div class="banner" role="status">
      <Icon name="debug-disconnect" tone="ask" />
      <span>{text}</span>
      <Button onClick={() => panel.store.reload()}>Try Again</Button>
    </div>
  );
}
