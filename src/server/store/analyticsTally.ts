import type { DurationStats, OutcomeCounts } from '../domain/analytics';
import { ENDS } from './analyticsSchema';

/** Counts tasks by their end, and times of the completed ones. */
export class Tally {
  readonly outcomes: OutcomeCounts = { completed: 0, failed: 0, cancelled: 0 };
  private readonly times: number[] = [];
  private sum = 0;
  private runningMs = 0;

  /** @param end the code of how it ended. @param ms from its creation to its end. @param runningMs how much of that it was worked on. */
  add(end: number, ms: number, runningMs: number): void {
    const name = ENDS[end];
    if (!name) return;
    this.outcomes[name]++;
    if (name !== 'completed') return;
    this.times.push(ms);
    this.sum += ms;
    this.runningMs += runningMs;
  }

  durations(): DurationStats {
    const { times, sum, runningMs } = this;
    const sorted = new Float64Array(times).sort();
    return {
      n: times.length,
      averageMs: times.length === 0 ? null : Math.round(sum / times.length),
      medianMs: nearestRank(sorted, 50),
      p95Ms: nearestRank(sorted, 95),
      runningMs,
      waitingMs: sum - runningMs,
    };
  }
}

/**
 * The smallest of the sorted values that at least so many percent of them do not exceed; null when there are none. Nearest rank:
 * definition 1 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996, https://doi.org/10.2307/2684934.
 */
export function nearestRank(sorted: ArrayLike<number>, percent: number): number | null {
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? null;
}
