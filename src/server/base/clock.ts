import { monotonicFactory } from 'ulid';

/** The time, as a value that tests can set. */
export interface Clock {
  /** Wall clock, integer ms since 1970. */
  now(): number;
  /** Monotonic ms; never goes back, does not count against the wall clock. */
  monotonic(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** A clock whose wall time, which begins at `since` (ms) or later, goes on when the one under it is set back. */
export function steadyClock(clock: Clock, since: number): Clock {
  let last = Math.max(since, clock.now());
  let seen = clock.monotonic();
  return {
    now: () => {
      const monotonic = clock.monotonic();
      last = Math.max(clock.now(), last + (monotonic - seen));
      seen = monotonic;
      return Math.trunc(last);
    },
    monotonic: () => clock.monotonic(),
  };
}

/** A source of ULIDs that never repeats or goes back within this process. */
export function ulidSource(clock: Clock = systemClock): () => string {
  const next = monotonicFactory();
  return () => next(clock.now());
}
