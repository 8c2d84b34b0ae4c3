import * as l10n from '@vscode/l10n';
import { count, share } from '../../server/domain/format';

/** Below this many there is no rate, only the counts. */
export const MIN_RATE = 3;
/** Below this many a value is marked as small, and nothing is ranked by it. */
export const MIN_RANK = 10;
export const SMALL_SAMPLE = l10n.t('Small sample: read with care.');

/** How far a figure that rests on `n` can be trusted. */
export type Trust = 'none' | 'small' | 'full';

export function trustOf(n: number): Trust {
  return n < MIN_RATE ? 'none' : n < MIN_RANK ? 'small' : 'full';
}

/** A rate with its counts, or the counts alone of too few: `85% (29 of 34)`, `2 of 2`. */
export function rateText(part: number, of: number): string {
  const counts = l10n.t('{0} of {1}', count(part), count(of));
  return trustOf(of) === 'none' ? counts : `${share(part / of)} (${counts})`;
}

/** Lines of a tooltip, with a warning when they rest on few. */
export function tip(n: number, ...lines: string[]): string {
  return (trustOf(n) === 'small' ? [...lines.slice(0, 2), SMALL_SAMPLE] : lines.slice(0, 3)).join('\n');
}
