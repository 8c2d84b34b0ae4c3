import { LATE } from './base/awakeTimer';
import type { Clock } from './base/clock';
import type { Disposable } from './base/disposables';

/** The longest a timer may be set for, so that a changed wall clock is noticed, ms. */
const LONGEST = 60_000;

/** The one alarm of a tower. */
export class Alarm implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private disposed = false;

  constructor(
    private readonly clock: Clock,
    private readonly ring: (late: boolean) => void,
  ) {}

  /** Rings in `ms`, unless it rings earlier anyway. */
  within(ms: number): void {
    if (this.disposed) return;
    const dueAt = this.clock.monotonic() + Math.max(0, Math.min(ms, LONGEST));
    if (dueAt >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(
      () => {
        this.dueAt = Infinity;
        // After what came in meanwhile is read: a sign of life may be among it.
        setImmediate(() => !this.disposed && this.ring(this.clock.monotonic() - dueAt > LATE));
      },
      Math.ceil(dueAt - this.clock.monotonic()),
    );
    this.timer.unref();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }
}
