import { AnalyticsFilter } from '../../server/domain/analytics';
import type { KeptAnalytics } from '../protocol';

/** What the panel shows first: a week by day; the agents as a table. */
export const FIRST: KeptAnalytics = { days: 7, filter: { group: 'day' }, tables: ['worth'], views: {} };

/** What was kept, as far as it can be used; anything else is as at the start. */
export function restoredKept(kept: unknown): KeptAnalytics {
  if (typeof kept !== 'object' || kept === null) return FIRST;
  const { days, filter, tables, views } = kept as Partial<Record<keyof KeptAnalytics, unknown>>;
  const known = AnalyticsFilter.omit({ from: true, to: true }).safeParse(filter);
  return {
    days: isRange(days) ? days : FIRST.days,
    filter: known.success ? known.data : FIRST.filter,
    tables: Array.isArray(tables) ? tables.filter((id) => typeof id === 'string') : FIRST.tables,
    views: isRecord(views)
      ? Object.fromEntries(Object.entries(views).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
      : {},
  };
}

/** What the tower is asked for now: whole days of this machine's calendar, the last one being today. */
export function filterOf({ days, filter }: KeptAnalytics, now: number): AnalyticsFilter {
  if (days === 'all') return filter;
  if (typeof days === 'object') return { ...filter, from: days.from, to: days.to };
  return { ...filter, from: dayFrom(now, 1 - days), to: dayFrom(now, 1) };
}

/** The first moment of a day, counted from the one of `now`. */
export function dayFrom(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** True when some finished tasks are left out by choice. */
export function isNarrowed({ days, filter }: KeptAnalytics): boolean {
  return days !== 'all' || hasFilter(filter);
}

export function hasFilter({ agents, kinds, folder }: KeptAnalytics['filter']): boolean {
  return (agents?.length ?? 0) > 0 || (kinds?.length ?? 0) > 0 || folder !== undefined;
}

function isRange(days: unknown): days is KeptAnalytics['days'] {
  if (days === 'all' || (typeof days === 'number' && Number.isInteger(days) && days > 0)) return true;
  return isRecord(days) && Number.isInteger(days.from) && Number.isInteger(days.to) && Number(days.from) < Number(days.to);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
