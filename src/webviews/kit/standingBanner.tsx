import * as l10n from '@vscode/l10n';
import { clock } from '../../server/domain/format';
import { Button } from './button';
import { Icon } from './icon';

interface StandingBannerProps {
  /** Not connected since, ms. */
  staleSince: number | undefined;
  /** What is wrong while the tower can be reached: a question to it failed. */
  error: string | undefined;
  /** What stays in sight. */
  shown?: 'board' | 'lines';
  /** Asks the question again. */
  onRetry?: () => void;
  /** Carries out a command of the editor. */
  run: (command: string) => void;
}

/** Said while the tower cannot be reached, or a question to it failed: what was read last stays. */
export function StandingBanner({ staleSince, error, shown = 'board', onRetry, run }: StandingBannerProps) {
  if (staleSince === undefined && error === undefined) return null;
  return (
    <div class="banner" role="status">
      <Icon name={staleSince === undefined ? 'warning' : 'debug-disconnect'} tone="ask" />
      <span>{staleSince === undefined ? error : staleText(clock(staleSince, Date.now()), shown)}</span>
      {staleSince !== undefined ? (
        <Button onClick={() => run('tasktower.reconnect')}>{l10n.t('Reconnect')}</Button>
      ) : onRetry ? (
        <Button onClick={onRetry}>{l10n.t('Try Again')}</Button>
      ) : null}
      <Button onClick={() => run('tasktower.showLog')}>{l10n.t('Show Log')}</Button>
    </div>
  );
}

function staleText(time: string, shown: 'board' | 'lines'): string {
  return shown === 'lines'
    ? l10n.t('Not connected since {0}. Showing the last known lines.', time)
    : l10n.t('Not connected since {0}. Showing the last known board.', time);
}
