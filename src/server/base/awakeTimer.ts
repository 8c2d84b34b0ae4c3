import type { Disposable } from './disposables';

/** Later than this, ms, means that the process was stopped or blocked, or the machine slept. */
export const LATE = 2_000;
/** The longest slice that a wait is counted in, ms. */
const SLICE = 1_000;

/** Rings after `ms` in which this process ran. Time in which it stood still does not count: others could not reach it then. */
export class AwakeTimer implements Disposable {
  private left: number;
  private readonly slice: number;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly ms: number,
    private readonly ring: () => void,
  ) {
    this.left = ms;
    this.slice = Math.max(1, Math.min(SLICE, ms / 10));
    // However late a slice ends, it counts as one.
    this.timer = setInterval(() => this.pass(), this.slice);
  }

  /** Begins anew. */
  restart(): void {
    this.left = this.ms;
  }

  /** Does not keep the process alive. */
  unref(): this {
    this.timer.unref();
    return this;
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private pass(): void {
    this.left -= this.slice;
    if (this.left > 0) return;
    this.dispose();
    this.ring();
  }
}
