import * as l10n from '@vscode/l10n';
import { MIN_TREND, sparkPoints } from './sparkline';

const [WIDTH, HEIGHT] = [72, 14];

/** A line through the last values; below three values only how many there are. */
export function Sparkline({ values, title }: { values: readonly number[]; title: string }) {
  if (values.length === 0) return null;
  if (values.length < MIN_TREND) return <span class="quiet">{l10n.t('n={0}', values.length)}</span>;
  const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
  return (
    <svg
      class="sparkline"
      width={WIDTH + 4}
      height={HEIGHT + 4}
      viewBox={`-2 -2 ${WIDTH + 4} ${HEIGHT + 4}`}
      role="img"
      aria-label={l10n.t('{0}: from {1} to {2} in {3} runs', title, first, last, values.length)}
    >
      <polyline points={sparkPoints(values, WIDTH, HEIGHT)} />
    </svg>
  );
}
