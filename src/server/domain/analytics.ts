import * as z from 'zod';
import type { CostSum } from './cost';
import { line } from './text';

/**
 * Which finished tasks are counted, and how. Times are ms; `to` is excluded. Without `from`: since the first thing that ended;
 * without `to`: today too.
 */
export const AnalyticsFilter = z.strictObject({
  from: z.int().optional(),
  to: z.int().optional(),
  group: z.enum(['day', 'week', 'month']).default('day'),
  /** Agent ids. */
  agents: z.array(z.string().max(80)).max(200).optional(),
  kinds: z.array(line(40)).max(200).optional(),
  folder: line(1000).optional(),
});
export type AnalyticsFilter = z.infer<typeof AnalyticsFilter>;

/**
 * Tasks by how they ended. Each counts once: when it ended last, with the agent of its last attempt. A declined attempt is none.
 * A deleted task goes on counting until the history is built anew, which it is from what is left.
 */
export interface OutcomeCounts {
  completed: number;
  failed: number;
  cancelled: number;
}

/**
 * Times of completed tasks from creation to end, ms; null when there are none. Median and p95 are times that a task really took: the
 * smallest one that at least that share of the tasks did not exceed (nearest rank; definition 1 of Hyndman and Fan, "Sample Quantiles
 * in Statistical Packages", 1996, https://doi.org/10.2307/2684934).
 */
export interface DurationStats {
  /** How many completed tasks the figures rest on. */
  n: number;
  averageMs: number | null;
  medianMs: number | null;
  p95Ms: number | null;
  /** Time that agents worked, and all the rest: in the queue, parked, between attempts, for a person. Together the sum of the times. */
  runningMs: number;
  waitingMs: number;
}

/** A day, week (from Monday) or month of the machine's calendar, whole; only what lies in the range is counted. */
export interface AnalyticsPeriod {
  /** Its first moment, ms. */
  from: number;
  /** The first moment after it. */
  to: number;
  outcomes: OutcomeCounts;
  durations: DurationStats;
  /** By agent id and by model (`''` = not told), of attempts that ended in it. */
  costByAgent: Record<string, CostSum>;
  costByModel: Record<string, CostSum>;
}

/** How one agent did. */
export interface AgentAnalytics {
  agentId: string;
  /** Tasks that ended with its attempt as the last one. */
  outcomes: OutcomeCounts;
  /** Tasks completed by its first attempt, without a person's answer, retry or rejection. */
  withoutHelp: number;
  /** All its own attempts at the tasks it completed. */
  attemptsOfCompleted: number;
  durations: DurationStats;
  /**
   * Of the time of the range, ms: at work on something; with nothing but questions to a person open; there with nothing to do.
   * Attempts at the same time count once, and all do, whatever kinds and folder are filtered by: an agent has its time only once.
   */
  busyMs: number;
  waitingMs: number;
  idleMs: number;
  /** Of its attempts that ended in the range, whatever became of them. */
  cost: CostSum;
  /** Its last errors, the newest first, at most 3. */
  errors: { taskId: string; number: number; at: number; message: string }[];
}

/** What the charts and `/api/analytics` show. */
export interface Analytics {
  /** The range that was counted, ms. */
  from: number;
  to: number;
  outcomes: OutcomeCounts;
  /** The same of the range of equal length before; absent without `from`, and when no task was there before it. */
  before?: OutcomeCounts;
  durations: DurationStats;
  /** Every period of the range, oldest first; empty ones too. */
  periods: AnalyticsPeriod[];
  agents: AgentAnalytics[];
  cost: CostSum;
  /** Attempts that ended in the range, and how many of them told tokens or cost. */
  usage: { attempts: number; told: number };
  /** What there is to filter by, whatever the filter. */
  kinds: string[];
  folders: string[];
}

/** How long tasks like one took: the last completed ones of the same kind whose last attempt was by the same agent. */
export interface Estimate {
  /** `''` = whoever did them. */
  agentId: string;
  kind: string;
  /** How many it rests on: {@link MIN_ESTIMATE} to {@link MAX_ESTIMATE}. */
  n: number;
  /** Of the running times of the attempts that completed them, ms; nearest rank. */
  medianMs: number;
}

/** The fewest and the most like tasks that an estimate rests on. */
export const MIN_ESTIMATE = 3;
export const MAX_ESTIMATE = 100;

/** How long like tasks took, if enough of them did; without an agent, whoever did them. */
export type EstimateOf = (agentId: string | undefined, kind: string) => Estimate | undefined;

/** Estimates to look up. */
export function estimatesBy(estimates: readonly Estimate[]): EstimateOf {
  const byPair = new Map(estimates.map((one) => [`${one.agentId}/${one.kind}`, one]));
  return (agentId, kind) => byPair.get(`${agentId ?? ''}/${kind}`);
}
