import { LONGEST_LIMIT } from '../domain/policy';
import type { ErrorKind } from '../domain/task';

/** Words that are read, characters: a failure says what it is at its beginning, and expressions overflow their stack on megabytes. */
const MAX_WORDS = 4_000;
const LIMIT = /\b429\b|rate.?limit|too many requests|quota|usage limit|limit reached|hit your limit|insufficient (balance|credit)/i;
const LOGIN = /log ?in\b|logged in|authenticat|unauthori[sz]ed|invalid (api )?key|no model configured/i;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SPAN =
  /\b(?:after|in|for)[: ]+((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b[ ,]*(?:and )?)+)/i;
const CLOCK = /\bresets?(?: at)? (\d{1,2})(?::(\d\d))? ?(am|pm)?(?: ?\(([A-Za-z]+\/[A-Za-z_/]+|UTC)\)| (UTC))?/i;

/** What words of a failure, by whatever agent, are about. */
export function kindOfWords(words: string): Extract<ErrorKind, 'limit' | 'auth_required' | 'agent_error'> {
  const start = words.slice(0, MAX_WORDS);
  if (LOGIN.test(start)) return 'auth_required';
  return LIMIT.test(start) ? 'limit' : 'agent_error';
}

/** True for words of a limit, and not of a login that is missing. */
export function isLimit(words: string): boolean {
  return kindOfWords(words) === 'limit';
}

/** True for words of a login that is missing. */
export function isLogin(words: string): boolean {
  return kindOfWords(words) === 'auth_required';
}

/**
 * When a limit returns, ISO 8601, from words such as "resets at 2026-11-23T10:00:00Z", "retry after 30 seconds", "try again in 2h 5m",
 * "limit reached|1763892000" and "resets 3pm (Europe/Rome)"; undefined when they do not say.
 */
export function retryAtOf(words: string, now: number): string | undefined {
  const start = words.slice(0, MAX_WORDS);
  const at = dateIn(start) ?? spanIn(start, now) ?? clockIn(start, now) ?? epochIn(start);
  return at !== undefined && at > now && at < now + LONGEST_LIMIT ? new Date(at).toISOString() : undefined;
}

function dateIn(words: string): number | undefined {
  const [date] = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)/.exec(words) ?? [];
  return date === undefined ? undefined : Date.parse(date);
}

function epochIn(words: string): number | undefined {
  const [, seconds, ms] = /\b(?:(1[6-9]\d{8}|2\d{9})|(1[6-9]\d{11}))\b/.exec(words) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1_000;
  return ms === undefined ? undefined : Number(ms);
}

function spanIn(words: string, now: number): number | undefined {
  const [, span] = SPAN.exec(words) ?? [];
  if (span === undefined) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of span.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const name = /^(ms|milli)/i.test(unit) ? 'ms' : (unit[0] ?? '').toLowerCase();
    total += Number(amount) * (UNITS[name] ?? 0);
  }
  return now + total;
}

/** The next time that a clock in that zone shows the hour. */
function clockIn(words: string, now: number): number | undefined {
  const [, hour, minute = '0', half, zone, utc] = CLOCK.exec(words) ?? [];
  if (hour === undefined || (half === undefined && !/:/.test(words)) || Number(hour) > 23) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
  const shown = shownIn(zone ?? utc, now);
  if (!shown) return undefined;
  const offset = Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute) - Math.floor(now / 60_000) * 60_000;
  const today = Date.UTC(shown.year, shown.month - 1, shown.day, hours, Number(minute)) - offset;
  return today > now ? today : today + 86_400_000;
}

function shownIn(timeZone: string | undefined, now: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute', number> | undefined {
  try {
    const format = new Intl.DateTimeFormat('en', {
      ...(timeZone === undefined ? {} : { timeZone }),
      ...{ hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
    });
    const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts;
    return { year, month, day, hour, minute };
  } catch {
    // No zone of that name.
    return undefined;
  }
}
