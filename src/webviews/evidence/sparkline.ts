/** Fewer values than these are no trend. */
export const MIN_TREND = 3;

/** The points of a line through `values` in a box, for an SVG polyline; a flat line stands in the middle. */
export function sparkPoints(values: readonly number[], width: number, height: number): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const step = width / Math.max(1, values.length - 1);
  const y = (value: number): number => (most === least ? height / 2 : height - ((value - least) / (most - least)) * height);
  return values.map((value, index) => `${round(index * step)},${round(y(value))}`).join(' ');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
