import { monotonicFactory } from 'ulid';

/** The time, as a value that tests can set. */
export interface Clock {
  /** Wall clock, integer ms since 1970. */
  now(): number;
  /** Monotonic ms; never goes back, does not count against the wall clock. */
  monotonic(): number;
}

/** The longest time that a timer of Node takes, ms; a longer one rings at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

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
  const next = monotonicFactory(chanceSource());
  return () => next(clock.now());
}

/** Chance from 0 to below 1, eight bits of it. Drawn many at a time: the system is asked once for some hundred ULIDs. */
function chanceSource(): () => number {
  const drawn = new Uint8Array(4096);
  let at = drawn.length;
  return () => {
    if (at === drawn.length) {
      crypto.getRandomValues(drawn);
      at = 0;
    }
    return (drawn[at++] ?? 0) / 256;
  };
}
