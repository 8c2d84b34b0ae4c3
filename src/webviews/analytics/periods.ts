import * as l10n from '@vscode/l10n';
import type { AnalyticsPeriod } from '../../server/domain/analytics';
import { day } from '../../server/domain/format';
import type { Facts } from './facts';
import { dateLanguage } from '../../server/domain/language';

const DAY_MS = 86_400_000;
/** Up to this many days are told by their weekday. */
const WEEKDAYS = 7;
/** No axis has more labels; those that overlap are left out on drawing. */
const MOST_LABELS = 40;

const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const STYLES = {
  date: DATE,
  day: { weekday: 'short', ...DATE },
  month: { month: 'long' },
  shortMonth: { month: 'short' },
  monthOfYear: { month: 'long', year: 'numeric' },
  shortMonthOfYear: { month: 'short', year: 'numeric' },
  weekday: { weekday: 'long' },
  shortWeekday: { weekday: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
/** Making one takes longer than a thousand uses of it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function dateText(at: number, locale = dateLanguage(), style: keyof typeof STYLES): string {
  const key = `${locale ?? ''} ${style}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, STYLES[style]);
  formats.set(key, format);
  return format.format(at);
}

function isDaily({ kept }: Pick<Facts, 'kept'>): boolean {
  return kept.filter.group === 'day';
}

/** A period on an axis: `Tue 3`, `3 Nov`, `Nov`, `Nov 2026`. */
export function periodLabel(facts: Facts, period: AnalyticsPeriod, isNarrow = false): string {
  const { periods } = facts.analytics;
  const { locale } = facts;
  if (facts.kept.filter.group === 'month') {
    const years = new Set(periods.map(({ from }) => new Date(from).getFullYear()));
    return dateText(period.from, locale, years.size > 1 ? 'shortMonthOfYear' : 'shortMonth');
  }
  if (!isDaily(facts) || periods.length > WEEKDAYS) return day(period.from, locale);
  const weekday = dateText(period.from, locale, 'shortWeekday');
  return isNarrow ? weekday : `${weekday} ${new Date(period.from).getDate()}`;
}

/** A period in full, for tables and tooltips: `Tue, 3 Nov 2026`, `3 Nov 2026 to 9 Nov 2026`, `November 2026`. */
export function periodName(facts: Facts, { from, to }: AnalyticsPeriod): string {
  const { locale } = facts;
  if (facts.kept.filter.group === 'month') return dateText(from, locale, 'monthOfYear');
  if (isDaily(facts)) return dateText(from, locale, 'day');
  return l10n.t('{0} to {1}', dateText(from, locale, 'date'), dateText(to - DAY_MS / 2, locale, 'date'));
}

/** A period inside a sentence: `on Tuesday`, `on 3 Nov`, `in the week of 3 Nov`, `in November`. */
export function periodPhrase(facts: Facts, { from }: AnalyticsPeriod): string {
  const { locale } = facts;
  if (facts.kept.filter.group === 'month')
    return l10n.t({ message: 'in {0}', args: [dateText(from, locale, 'month')], comment: ['A month'] });
  if (!isDaily(facts)) return l10n.t('in the week of {0}', day(from, locale));
  if (facts.analytics.periods.length > WEEKDAYS) return l10n.t('on {0}', day(from, locale));
  return l10n.t('on {0}', dateText(from, locale, 'weekday'));
}

/** The x axis of all charts over time: one place a period, empty ones too. */
export function periodAxis(facts: Facts, isNarrow = false): { domain: number[]; values: number[]; labels: string[] } {
  const { periods } = facts.analytics;
  const domain = periods.map((_, index) => index);
  const step = Math.ceil(periods.length / MOST_LABELS);
  const values = domain.filter((index) => index % step === 0);
  return { domain, values, labels: values.map((index) => labelOf(facts, index, isNarrow)) };
}

function labelOf(facts: Facts, index: number, isNarrow: boolean): string {
  const period = facts.analytics.periods[index];
  return period ? periodLabel(facts, period, isNarrow) : '';
}

/** The range inside a sentence: `in 7 days`, `in all`, `from 1 Nov to 7 Nov`. */
export function rangePhrase({ kept, locale }: Pick<Facts, 'kept' | 'locale'>): string {
  const { days } = kept;
  if (days === 'all') return l10n.t('in all');
  if (typeof days === 'number') return days === 1 ? l10n.t('in {0} day', days) : l10n.t('in {0} days', days);
  return l10n.t('from {0} to {1}', day(days.from, locale), day(days.to - DAY_MS / 2, locale));
}
