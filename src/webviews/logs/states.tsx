import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { compact, count } from '../../server/domain/format';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { StandingBanner } from '../kit/standingBanner';
import type { LogsModel } from './logsModel';

/** Loading faster than this shows nothing, so that nothing flickers. */
const PATIENCE_MS = 150;
const OUTLINES = [52, 38, 64, 30, 47, 58, 35, 61, 42, 55];

/** Grey outlines of what comes. */
export function LoadingView() {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={`loading${isSlow ? ' slow' : ''}`} role="status" aria-label={l10n.t('Reading the log')}>
      {OUTLINES.map((width) => (
        <div key={width} class="outline" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

export function EmptyView({ model }: { model: LogsModel }) {
  return (
    <div class="empty">
      <p>{model.isUnfiltered ? l10n.t('No log yet. Lines appear here the moment an agent sends one.') : l10n.t('No lines match.')}</p>
      {model.isUnfiltered ? null : <Button onClick={() => model.clearFilter()}>{l10n.t('Clear Filter')}</Button>}
    </div>
  );
}

export function ErrorView({ model, error }: { model: LogsModel; error: string }) {
  return (
    <div class="empty" role="alert">
      <p>
        <Icon name="error" tone="bad" /> {l10n.t('The log cannot be shown: {0}', error)}
      </p>
      <Button kind="primary" onClick={() => model.reload()}>
        {l10n.t('Try Again')}
      </Button>
      <Button onClick={() => model.tell('panel/open', { what: 'log', taskId: '' })}>{l10n.t('Show Log')}</Button>
    </div>
  );
}

/** Said while the tower cannot be reached, or a question to it failed: the last lines stay. */
export function Banner({ model }: { model: LogsModel }) {
  const { staleSince, error: standing } = model.tower;
  const error = standing ?? (model.cache.lines.length > 0 ? model.reader.error : undefined);
  return (
    <StandingBanner
      staleSince={staleSince}
      error={error === undefined ? undefined : l10n.t('Not up to date: {0}', error)}
      shown="lines"
      onRetry={() => model.reload()}
      run={(command) => model.tell('panel/run', { command })}
    />
  );
}

/** How many lines have come since the view was paused. */
export function Pill({ model }: { model: LogsModel }) {
  const { newLines, isFollowing, cache } = model.reader;
  if (isFollowing || (newLines === 0 && !cache.hasNewer)) return null;
  return (
    <button
      type="button"
      class="pill"
      title={newLines > 0 ? l10n.t('{0} new lines', count(newLines)) : undefined}
      aria-keyshortcuts="End"
      onClick={() => model.follow()}
    >
      {newLines > 1
        ? l10n.t('{0} new lines, End', compact(newLines))
        : newLines === 1
          ? l10n.t('{0} new line, End', 1)
          : l10n.t('Newest lines, End')}
    </button>
  );
}

const MESSAGE_MS = 4_000;

/** What was just done, with its way back. */
export function MessageLine({ model }: { model: LogsModel }) {
  const { message } = model;
  useEffect(() => {
    if (!message || message.undo) return;
    const timer = setTimeout(() => model.say(undefined), MESSAGE_MS);
    return () => clearTimeout(timer);
  }, [message, model]);
  if (!message) return null;
  return (
    <div class="message" role="status">
      <span>{message.text}</span>
      {message.undo ? (
        <Button kind="link" onClick={message.undo.run}>
          {message.undo.label}
        </Button>
      ) : null}
    </div>
  );
}
