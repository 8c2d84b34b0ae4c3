import { atShare, median } from './statistics';

/** What a figure is held to: a bound on its ratio to the peer, or on its own value. */
export interface Goal {
  of: 'ratio' | 'value';
  is: '≥' | '≤' | '<';
  bound: number;
}

/** At least, at most so many times what the peer has. */
export const ratioAtLeast = (bound: number): Goal => ({ of: 'ratio', is: '≥', bound });
export const ratioAtMost = (bound: number): Goal => ({ of: 'ratio', is: '≤', bound });
/** In the unit of the figure. */
export const atLeast = (bound: number): Goal => ({ of: 'value', is: '≥', bound });
export const atMost = (bound: number): Goal => ({ of: 'value', is: '≤', bound });
export const below = (bound: number): Goal => ({ of: 'value', is: '<', bound });

/** What was measured, in `unit`; a peer's samples stand beside ours, pair by pair. */
export interface Measured {
  metric: string;
  unit: string;
  ours: readonly number[];
  peer?: { name: string; samples: readonly number[] };
  goal?: Goal;
}

/** One line of `--json`. The ratio is the median of the pairs' ratios, so that what slows both sides down does not count. */
export interface Figure {
  name: string;
  metric: string;
  unit: string;
  ours: number;
  peer: number | null;
  peerName: string | null;
  ratio: number | null;
  goal: string | null;
  ok: boolean | null;
}

/** The figure of a benchmark's samples. */
export function figureOf(name: string, { metric, unit, ours, peer, goal }: Measured): Figure {
  const ratio = peer ? median(ours.map((value, pair) => value / (peer.samples[pair] ?? NaN))) : null;
  const value = median(ours);
  return {
    ...{ name, metric, unit, ours: value },
    ...{ peer: peer ? median(peer.samples) : null, peerName: peer?.name ?? null, ratio },
    ...(goal ? { goal: goalText(goal, unit), ok: holds(goal, goal.of === 'ratio' ? (ratio ?? NaN) : value) } : { goal: null, ok: null }),
  };
}

/** The figure as a line for people, with the 99th percentile of each side. */
export function figureLine({ metric, unit, ours, peer, peerName, ratio, goal, ok }: Figure, measured: Measured): string {
  const side = (value: number, samples: readonly number[]): string =>
    samples.length > 1 ? `${short(value)} ${unit} (p99 ${short(atShare(samples, 0.99))})` : `${short(value)} ${unit}`;
  const parts = [metric.padEnd(44), side(ours, measured.ours)];
  if (peer !== null) parts.push(`${peerName ?? ''} ${side(peer, measured.peer?.samples ?? [])}`, `ratio ${short(ratio ?? NaN)}×`);
  if (goal !== null) parts.push(`goal ${goal}: ${ok ? 'ok' : 'MISSED'}`);
  return parts.join('   ');
}

function holds({ is, bound }: Goal, value: number): boolean {
  if (is === '≥') return value >= bound;
  return is === '≤' ? value <= bound : value < bound;
}

function goalText({ of, is, bound }: Goal, unit: string): string {
  return of === 'ratio' ? `${is} ${bound}×` : `${is} ${bound.toLocaleString('en')} ${unit}`;
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
