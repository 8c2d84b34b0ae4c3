import { useEffect, useState } from 'preact/hooks';
import { clock, compact, count } from '../../server/domain/format';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
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
    <div class={`loading${isSlow ? ' slow' : ''}`} role="status" aria-label="Reading the log">
      {OUTLINES.map((width) => (
        <div key={width} class="outline" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

export function EmptyView({ model }: { model: LogsModel }) {
  return (
    <div class="empty">
      <p>{model.isUnfiltered ? 'No log yet. Lines appear here the moment an agent sends one.' : 'No lines match.'}</p>
      {model.isUnfiltered ? null : <Button onClick={() => model.clearFilter()}>Clear Filter</Button>}
    </div>
  );
}

export function ErrorView({ model, error }: { model: LogsModel; error: string }) {
  return (
    <div class="empty" role="alert">
      <p>
        <Icon name="error" tone="bad" /> The log cannot be shown: {error}
      </p>
      <Button kind="primary" onClick={() => model.reload()}>
        Try Again
      </Button>
      <Button onClick={() => model.tell('panel/open', { what: 'log', taskId: '' })}>Show Log</Button>
    </div>
  );
}

/** Said while the tower cannot be reached, or a question to it failed: the last lines stay. */
export function Banner({ model }: { model: LogsModel }) {
  const { staleSince, error: standing } = model.tower;
  const error = standing ?? (model.cache.lines.length > 0 ? model.reader.error : undefined);
  if (staleSince === undefined && error === undefined) return null;
  const text =
    staleSince === undefined
      ? `Not up to date: ${error ?? ''}`
      : `Not connected since ${clock(staleSince, Date.now())}. Showing the last known lines.`;
  return (
    <div class="banner" role="status">
      <Icon name="debug-disconnect" tone="ask" />
      <span>{text}</span>
      <Button onClick={() => model.reload()}>Try Again</Button>
    </div>
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
      title={newLines > 0 ? `${count(newLines)} new lines` : undefined}
      aria-keyshortcuts="End"
      onClick={() => model.follow()}
    >
      {newLines > 0 ? `${compact(newLines)} new ${newLines === 1 ? 'line' : 'lines'}, End` : 'Newest lines, End'}
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
