import type { Then } from './event';
import type { ErrorKind, Task } from './task';

/** First pause before an automatic retry, ms; it doubles with each try up to the longest. */
const BACKOFF_FIRST = 10_000;
const BACKOFF_LONGEST = 10 * 60_000;
/** No limit of an agent is believed to last longer, ms. */
export const LONGEST_LIMIT = 40 * 86_400_000;
/** Crashes in a row after which an agent is not started again by itself. */
const MAX_CRASHES = 5;

/** Errors that another try may cure. The rest needs a person first, or must not run twice. */
const RETRYABLE: ReadonlySet<ErrorKind> = new Set(['agent_error', 'timeout', 'stalled', 'verification']);

/** What becomes of a task whose attempt failed at `now`. `retryAt`: when a spent quota returns, ms. */
export function afterFailure(task: Task, kind: ErrorKind, now: number, retryAt?: number): Then {
  if (kind === 'limit') return { status: 'parked', notBefore: limitedUntil(1, now, retryAt), parkedFor: 'quota' };
  const tries = task.tries + 1;
  if (!RETRYABLE.has(kind) || tries >= (task.limits.attempts ?? 1)) return { status: 'failed' };
  return { status: 'parked', notBefore: now + doubling(BACKOFF_FIRST, tries - 1, BACKOFF_LONGEST), parkedFor: 'backoff' };
}

/** When a crashed agent is started again, ms, or undefined after too many crashes in a row. */
export function restartAt(crashes: number, now: number): number | undefined {
  return crashes >= MAX_CRASHES ? undefined : now + doubling(1000, crashes - 1, 60_000);
}

/** Until when an agent that met a limit gets no work, ms: when it returns, in 40 days at most, else 1 min, doubling with each limit in a row. */
export function limitedUntil(limits: number, now: number, retryAt?: number): number {
  const until = retryAt ?? now + doubling(60_000, limits - 1, 30 * 60_000);
  return Math.min(Math.max(until, now + 1_000), now + LONGEST_LIMIT);
}

/** Until when an agent that declined is passed over: 30 s, doubling. */
export function passedOverUntil(declines: number, now: number): number {
  return now + doubling(30_000, declines - 1, BACKOFF_LONGEST);
}

function doubling(first: number, times: number, longest: number): number {
  return Math.min(longest, first * 2 ** Math.min(times, 30));
}

/** Failures that say something of the agent rather than of the task. */
const TELLING: ReadonlySet<ErrorKind> = new Set(['agent_error', 'spawn_failed', 'auth_required', 'protocol_error', 'timeout']);

/** True when a failure of this kind counts for the circuit breaker of its agent. */
export function isTelling(kind: ErrorKind | undefined): boolean {
  return kind !== undefined && TELLING.has(kind);
}
