import { systemClock, type Clock } from '../../src/server/base/clock';

/** The machine's clocks, moved by as much as they are told to. */
export class SkewedClock implements Clock {
  private wall = 0;
  private steady = 0;

  now(): number {
    return systemClock.now() + this.wall;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.steady;
  }

  /** Somebody sets the clock: `ms` forward, or back. */
  set(ms: number): void {
    this.wall += ms;
  }

  /** The machine sleeps for `ms`: all timers are late by that much. */
  sleep(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }
}
