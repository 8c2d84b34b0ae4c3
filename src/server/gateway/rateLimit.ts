import type { Clock } from '../base/clock';

/** A token bucket for each caller. */
export class RateLimit {
  private readonly buckets = new Map<string, { left: number; at: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {}

  /** Takes one. @returns 0 when it is granted, else how many seconds to wait. */
  take(caller: string): number {
    const now = this.clock.monotonic();
    const before = this.buckets.get(caller) ?? { left: this.burst, at: now };
    const left = Math.min(this.burst, before.left + ((now - before.at) / 1000) * this.perSecond);
    this.buckets.set(caller, { left: left >= 1 ? left - 1 : left, at: now });
    if (this.buckets.size > 10_000) this.buckets.delete(this.buckets.keys().next().value ?? '');
    return left >= 1 ? 0 : (1 - left) / this.perSecond;
  }
}
