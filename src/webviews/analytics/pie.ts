import type { OutcomeCounts } from '../../server/domain/analytics';
import { count } from '../../server/domain/format';
import { OUTCOMES } from './colours';
import { finished } from './facts';

/** A slice with its angles, and its label's place from the middle, CSS pixels to the right and down. */
export interface Slice {
  key: keyof OutcomeCounts;
  text: string;
  colour: string;
  value: number;
  /** Clockwise from the top. */
  start: number;
  end: number;
  label: string;
  x: number;
  y: number;
  align: 'left' | 'right';
}

export const RADIUS = 40;
/** Between a slice and its label, CSS pixels. */
const GAP = 6;
/** About the width of a letter, CSS pixels. */
const LETTER = 6.2;
/** Half of a label's two lines, CSS pixels. */
const HALF = 13;

/** The outcomes as slices: completed first, with counts at the labels. */
export function slicesOf(outcomes: OutcomeCounts): Slice[] {
  const total = finished(outcomes);
  let start = 0;
  const slices = [...OUTCOMES]
    .reverse()
    .filter(({ key }) => outcomes[key] > 0)
    .map(({ key, text, colour }) => {
      const value = outcomes[key];
      const end = start + (value / total) * 2 * Math.PI;
      const middle = (start + end) / 2;
      const slice: Slice = {
        ...{ key, text, colour, value, start, end, label: `${text}\n${count(value)}` },
        ...{ x: 0, y: -Math.cos(middle) * (RADIUS + GAP + HALF), align: Math.sin(middle) < -1e-9 ? 'right' : 'left' },
      };
      start = end;
      return slice;
    });
  for (const side of ['left', 'right'] as const) {
    const labels = slices.filter(({ align }) => align === side);
    keepApart(labels);
    for (const label of labels) label.x = distance(label.y) * (side === 'left' ? 1 : -1);
  }
  return slices;
}

/** How far right of the middle the pie stands, so that there is as much room left of its labels as right of them, CSS pixels. */
export function pieOffset(slices: readonly Slice[]): number {
  const reach = (align: Slice['align']): number =>
    Math.max(RADIUS, ...slices.filter((slice) => slice.align === align).map(({ x, text }) => Math.abs(x) + text.length * LETTER));
  return (reach('right') - reach('left')) / 2;
}

/** How far to the side a label at a height must stand, so that it does not touch the pie. */
function distance(y: number): number {
  const nearest = Math.max(0, Math.abs(y) - HALF);
  return Math.sqrt(Math.max(0, (RADIUS + GAP) ** 2 - nearest ** 2));
}

/** Moves labels of one side away from each other, upwards from the lowest. */
function keepApart(slices: Slice[]): void {
  const [lowest, ...others] = slices.sort((a, b) => b.y - a.y);
  if (!lowest) return;
  let below = lowest.y;
  for (const slice of others) {
    slice.y = Math.min(slice.y, below - 2 * HALF);
    below = slice.y;
  }
}
