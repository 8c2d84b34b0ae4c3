import type { AnalyticsFilter } from '../domain/analytics';

type Group = AnalyticsFilter['group'];

const DAY = 86_400_000;
/** The most periods that are answered: days of ten years. */
export const MAX_PERIODS = 3_660;

/** The first moment of the day, week (from Monday) or month of a time, ms, in the machine's time zone. */
export function startOf(group: Group, at: number): number {
  const date = new Date(at);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  if (group === 'month') return new Date(year, month).getTime();
  return new Date(year, month, group === 'week' ? day - ((date.getDay() + 6) % 7) : day).getTime();
}

/** The first moment after the day, week or month that begins at `start`, ms. A day may have 23 or 25 hours. */
export function endOf(group: Group, start: number): number {
  const date = new Date(start);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  if (group === 'month') return new Date(year, month + 1).getTime();
  return new Date(year, month, day + (group === 'week' ? 7 : 1)).getTime();
}

/** The first moment of the next day, ms. */
export function dayAfter(at: number): number {
  return endOf('day', startOf('day', at));
}

/** Every day, week or month that has a part in the range, oldest first; `to` is excluded. */
export function periodsOf(group: Group, from: number, to: number): { from: number; to: number }[] {
  const periods: { from: number; to: number }[] = [];
  for (let start = startOf(group, from); start < to; start = endOf(group, start)) periods.push({ from: start, to: endOf(group, start) });
  return periods;
}

/** The begin of the range of the same length that ends at `from`, ms; of one of whole days by the calendar, as not all have 24 hours. */
export function beginBefore(from: number, to: number): number {
  if (startOf('day', from) !== from || startOf('day', to) !== to) return from - (to - from);
  const date = new Date(from);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - Math.round((to - from) / DAY)).getTime();
}

/** The earliest begin of a range that ends at `to` and is answered, ms. */
export function earliest(group: Group, to: number): number {
  return to - MAX_PERIODS * { day: 1, week: 7, month: 28 }[group] * DAY;
}
