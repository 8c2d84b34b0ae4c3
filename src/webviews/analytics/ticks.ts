/** Marks of an axis that begins at 0: round values, the largest not below `max`. */
export interface Ticks {
  values: number[];
  max: number;
}

const MOST = 4;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 7, 14, 30, 60, 120].map((n) => n * DAY),
];

/** Whole numbers only. */
export function countTicks(max: number): Ticks {
  return ticks(Math.max(1, max), Math.max(1, decimalStep(max)));
}

export function amountTicks(max: number): Ticks {
  return max > 0 ? ticks(max, decimalStep(max)) : { values: [0], max: 1 };
}

/** Times, ms, in steps that a clock has. */
export function timeTicks(max: number): Ticks {
  const least = Math.max(max, SECOND);
  return ticks(least, TIME_STEPS.find((step) => least / step <= MOST) ?? decimalStep(least / DAY) * DAY);
}

/** The smallest of 1, 2, 5 times a power of ten that needs no more than `MOST` steps. */
function decimalStep(max: number): number {
  if (max <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(max / MOST));
  return power * ([1, 2, 5].find((n) => max / (n * power) <= MOST) ?? 10);
}

function ticks(max: number, step: number): Ticks {
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  const values = Array.from({ length: steps + 1 }, (_, n) => Number((n * step).toPrecision(12)));
  return { values, max: values.at(-1) ?? step };
}
