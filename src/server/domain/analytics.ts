import { z } from 'zod';
import type { CostSum } from './cost';
import { line } from './text';

/** Which finished tasks are counted, and how. Times are ms; `to` is excluded. */
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

/** Tasks by how they ended. */
export interface OutcomeCounts {
  completed: number;
  failed: number;
  cancelled: number;
}

/** Times of completed tasks, ms; null when there are none. */
export interface DurationStats {
  /** How many completed tasks the figures rest on. */
  n: number;
  averageMs: number | null;
  medianMs: number | null;
  p95Ms: number | null;
  /** Time that agents worked, and time that tasks waited: in the queue, and for a person. */
  runningMs: number;
  waitingMs: number;
}

/** A day, week (from Monday) or month of the machine's calendar. */
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
  /** All its attempts at the tasks it completed. */
  attemptsOfCompleted: number;
  durations: DurationStats;
  /** Of the time of the range, ms; `idle`: it was there and had nothing to do. */
  busyMs: number;
  waitingMs: number;
  idleMs: number;
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
  /** The same of the range of equal length before; absent when nothing is known of it. */
  before?: OutcomeCounts;
  durations: DurationStats;
  /** Every period of the range, oldest first; empty ones too. */
  periods: AnalyticsPeriod[];
  agents: AgentAnalytics[];
  cost: CostSum;
  /** Attempts that ended, and how many of them told tokens or cost. */
  usage: { attempts: number; told: number };
  /** What there is to filter by, whatever the filter. */
  kinds: string[];
  folders: string[];
}

/** How long tasks like one took: the median of completed ones of the same agent and kind, at least 3 of them. */
export interface Estimate {
  agentId: string;
  kind: string;
  n: number;
  /** Running time, ms. */
  medianMs: number;
}

/** The fewest like tasks that an estimate rests on. */
export const MIN_ESTIMATE = 3;
