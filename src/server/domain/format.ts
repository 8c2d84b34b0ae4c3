/** How times, shares, counts and sizes are written everywhere a person reads them. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in its two largest units: `840ms` `4.2s` `45s` `2m 15s` `1h 05m` `3d 4h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.max(0, Math.floor(ms))}ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m ${pad(Math.floor((ms % MINUTE) / SECOND))}s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h ${pad(Math.floor((ms % HOUR) / MINUTE))}m`;
  return `${Math.floor(ms / DAY)}d ${Math.floor((ms % DAY) / HOUR)}h`;
}

/** A duration in steps of a minute, for rows that must not flicker: `<1m` `12m` `3h` `2d`. */
export function coarse(ms: number): string {
  if (ms < MINUTE) return '<1m';
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** How long ago: `<1m ago`, `3h ago`; over a week the date. */
export function ago(at: number, now: number, locale?: string): string {
  if (now - at >= 7 * DAY) return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }).format(at);
  return `${coarse(Math.max(0, now - at))} ago`;
}

/** The time of day, and the day when it is not today: `14:05`, `3 Nov 14:05`. */
export function clock(at: number, now: number, locale?: string): string {
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
  if (new Date(at).toDateString() === new Date(now).toDateString()) return time;
  return `${new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' }).format(at)} ${time}`;
}

/** Progress 0..1 in whole percent; 100% only when it is exact. */
export function percent(share: number): string {
  return `${share >= 1 ? 100 : Math.min(99, Math.floor(share * 100))}%`;
}

/** A grouped whole number: `1,204`. */
export function count(value: number, locale = 'en'): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** `1 task`, `3 tasks`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Bytes, 1000-based with three digits: `840 B` `1.1 MB`. */
export function bytes(value: number): string {
  let [size, unit] = [value, 'B'];
  for (const next of ['kB', 'MB', 'GB']) {
    // What rounds to 1000 is the next unit's.
    if (size < (unit === 'B' ? 1000 : 999.5)) break;
    [size, unit] = [size / 1000, next];
  }
  return `${unit === 'B' || size >= 100 ? Math.round(size) : size.toPrecision(size >= 10 ? 3 : 2)} ${unit}`;
}

/** Reported cost: two decimals from $1, below it two significant digits, `unknown` when it is not known. */
export function cost(usd: number | undefined): string {
  if (usd === undefined) return 'unknown';
  if (usd === 0) return '$0.00';
  if (usd < 0.001) return '<$0.001';
  return `$${usd >= 0.995 ? usd.toFixed(2) : usd.toPrecision(2)}`;
}

/** Tokens, compact above 9,999: `41.2k tokens`. */
export function tokens(value: number): string {
  if (value >= 999_950) return `${(value / 1_000_000).toFixed(1)}M tokens`;
  return value > 9_999 ? `${(value / 1000).toFixed(1)}k tokens` : plural(value, 'token');
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
