import * as l10n from '@vscode/l10n';
import type { Cost, CostSum } from './cost';
import { dateLanguage } from './language';

/** How times, shares, counts, sizes and costs are written everywhere a person reads them. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in its two largest units: `840ms` `4.2s` `45s` `2m 15s` `1h 05m` `3d 4h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return l10n.t('{0}ms', Math.max(0, Math.floor(ms)));
  if (ms < 10 * SECOND) return l10n.t('{0}s', (Math.floor(ms / 100) / 10).toFixed(1));
  if (ms < MINUTE) return l10n.t('{0}s', Math.floor(ms / SECOND));
  if (ms < HOUR) return l10n.t('{0}m {1}s', Math.floor(ms / MINUTE), pad(Math.floor((ms % MINUTE) / SECOND)));
  if (ms < DAY) return l10n.t('{0}h {1}m', Math.floor(ms / HOUR), pad(Math.floor((ms % HOUR) / MINUTE)));
  return l10n.t('{0}d {1}h', Math.floor(ms / DAY), Math.floor((ms % DAY) / HOUR));
}

/** A duration in steps of a minute, for rows that must not flicker: `<1m` `12m` `3h` `2d`. */
export function coarse(ms: number): string {
  if (ms < MINUTE) return l10n.t('<1m');
  if (ms < HOUR) return l10n.t('{0}m', Math.floor(ms / MINUTE));
  if (ms < DAY) return l10n.t('{0}h', Math.floor(ms / HOUR));
  return l10n.t('{0}d', Math.floor(ms / DAY));
}

/** A round duration as an axis shows it: `0` `30s` `5m` `2h` `3d`. */
export function axisDuration(ms: number): string {
  const round = (unit: number): number => Math.round((ms / unit) * 10) / 10;
  if (ms >= DAY) return l10n.t('{0}d', round(DAY));
  if (ms >= HOUR) return l10n.t('{0}h', round(HOUR));
  if (ms >= MINUTE) return l10n.t('{0}m', round(MINUTE));
  return ms === 0 ? '0' : l10n.t('{0}s', round(SECOND));
}

/** A day without its year: `3 Nov`. */
export function day(at: number, locale = dateLanguage()): string {
  return dateFormat('day', locale).format(at);
}

/** How long ago: `<1m ago`, `3h ago`; over a week the date. */
export function ago(at: number, now: number, locale = dateLanguage()): string {
  return now - at >= 7 * DAY ? day(at, locale) : l10n.t('{0} ago', coarse(Math.max(0, now - at)));
}

/** Since when: `<1m`, `3h`; over a week the date. */
export function since(at: number, now: number, locale = dateLanguage()): string {
  return now - at >= 7 * DAY ? day(at, locale) : coarse(Math.max(0, now - at));
}

/** The time of day, and the day when it is not today: `14:05`, `3 Nov 14:05`. */
export function clock(at: number, now: number, locale = dateLanguage()): string {
  const time = dateFormat('time', locale).format(at);
  return new Date(at).toDateString() === new Date(now).toDateString() ? time : `${day(at, locale)} ${time}`;
}

const DATES = {
  day: { day: 'numeric', month: 'short' },
  time: { hour: '2-digit', minute: '2-digit' },
} as const;
/** Made once: making one takes a hundred times as long as using it. */
const dateFormats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(style: keyof typeof DATES, locale: string | undefined): Intl.DateTimeFormat {
  const key = `${style} ${locale ?? ''}`;
  const format = dateFormats.get(key) ?? new Intl.DateTimeFormat(locale, DATES[style]);
  dateFormats.set(key, format);
  return format;
}

/** The time of day of a log line, in every language: `13:41:07.412`. */
export function logClock(at: number): string {
  const time = new Date(at);
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** Progress 0..1 in whole percent; 100% only when it is exact. */
export function percent(share: number): string {
  return `${share >= 1 ? 100 : Math.min(99, Math.floor(share * 100))}%`;
}

/** A share 0..1 of what was counted, to the nearest percent: `83%`; `<1%` above nothing, 100% only when it is exact. */
export function share(part: number): string {
  if (part > 0 && part < 0.005) return '<1%';
  return `${part >= 1 ? 100 : Math.min(99, Math.round(part * 100))}%`;
}

/** A rate with what it rests on: `83% (10 of 12)`. */
export function rate(part: number, of: number): string {
  return l10n.t('{0} ({1} of {2})', share(part / of), count(part), count(of));
}

const COUNTS = new Intl.NumberFormat('en');

/** A grouped whole number: `1,204`. */
export function count(value: number): string {
  return COUNTS.format(value);
}

/** A count where there is little room, compact above 9,999: `1,204` `41.2k` `1.3M`. */
export function compact(value: number): string {
  if (value >= 999_950) return `${(value / 1_000_000).toFixed(1)}M`;
  return value > 9_999 ? `${(value / 1000).toFixed(1)}k` : count(value);
}

/** `1 task`, `3 tasks`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A count in a sentence: `counted(3, l10n.t('{0} task'), l10n.t('{0} tasks'))`. A language without plurals says both the same way. */
export function counted(value: number, one: string, many: string): string {
  return (value === 1 ? one : many).replace('{0}', count(value));
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

/** An amount of dollars: two decimals from $1, below it two significant digits, `unknown` when it is not known. */
export function cost(usd: number | undefined): string {
  if (usd === undefined) return l10n.t('unknown');
  if (usd === 0) return '$0.00';
  if (usd < 0.001) return '<$0.001';
  // A cent has two decimals already.
  return `$${usd >= 0.995 ? usd.toFixed(2) : usd.toPrecision(2).replace(/^(0\.0[1-9])0$/, '$1')}`;
}

/** Dollars as the mark of an axis with such a distance between marks: as many decimals on each, so that all differ. */
export function axisCost(usd: number, step: number): string {
  return `$${usd.toFixed(Math.max(2, Math.ceil(-Math.log10(step) - 1e-9)))}`;
}

/** A cost with its basis: `$3.18` reported, `~$0.12` estimated, `$0.00 free`, `unknown`. */
export function costText(value: Cost | undefined): string {
  if (!value || value.usd === null || value.basis === 'unknown') return l10n.t('unknown');
  if (value.basis === 'free') return l10n.t('{0} free', cost(value.usd));
  return `${value.basis === 'estimated' ? '~' : ''}${cost(value.usd)}`;
}

/** Costs together: `~` with an estimated part, and how many are not known: `~$3.18 + 4 unknown`; `none` without a run. */
export function costSum({ usd, estimatedUsd, reported, estimated, free, unknown }: CostSum): string {
  const told = reported + estimated > 0 || usd > 0;
  if (!told && free + unknown === 0) return l10n.t('none');
  if (!told && free === 0 && unknown > 0) return l10n.t('unknown');
  // Corrections of an amount that was told on another day can leave less than nothing.
  const amount = `${estimated > 0 || estimatedUsd > 0 ? '~' : ''}${cost(Math.max(0, usd))}`;
  const sum = !told && free > 0 ? l10n.t('{0} free', amount) : amount;
  return unknown > 0 ? l10n.t('{0} + {1} unknown', sum, count(unknown)) : sum;
}

/** The same among other facts, where `unknown` alone would not say what is not known. */
export function costSumInLine(sum: CostSum): string {
  const text = costSum(sum);
  return text === cost(undefined) ? l10n.t('cost unknown') : text;
}

/** Tokens, compact above 9,999: `41.2k tokens`. */
export function tokens(value: number): string {
  if (value > 9_999) return l10n.t('{0} tokens', compact(value));
  return counted(value, l10n.t('{0} token'), l10n.t('{0} tokens'));
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
