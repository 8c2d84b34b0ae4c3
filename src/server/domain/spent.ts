import * as z from 'zod';
import { addSums, attemptCost, moveCost, noCosts, type Cost, type CostSum } from './cost';
import type { Attempt } from './task';

/** A calendar day of the tower's machine: its date, its first moment and the first one after it, ms. */
export const Day = z.object({ day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/), from: z.int(), until: z.int() });
export type Day = z.infer<typeof Day>;

/** A budget that was met: of one agent (its id), or without it of all; almost or wholly used, when it was this much. */
export const MetBudget = z.object({ agent: z.string().optional(), level: z.enum(['near', 'used']), limitUsd: z.number() });
export type MetBudget = z.infer<typeof MetBudget>;

/** What was spent on a day. */
export interface DaySpent extends Day {
  /** By agent. Amounts as they were told that day; the counts are of attempts that ended that day. */
  agents: Record<string, CostSum>;
  /** What was said of it already, so that it is said once. */
  met: MetBudget[];
}

/** The calendar day of a moment (ms) on this machine. Rules decide it once and write it down: folding knows no time zone. */
export function localDay(now: number): Day {
  const at = new Date(now);
  const [year, month, date] = [at.getFullYear(), at.getMonth(), at.getDate()];
  const text = [year, month + 1, date].map((part) => String(part).padStart(2, '0')).join('-');
  return { day: text, from: new Date(year, month, date).getTime(), until: new Date(year, month, date + 1).getTime() };
}

/** A day on which nothing was spent yet. */
export function newDay(day: Day): DaySpent {
  return { ...day, agents: {}, met: [] };
}

/** What was spent on the day of `now`, ms; undefined when nothing was. */
export function spentToday(spent: readonly DaySpent[], now: number): DaySpent | undefined {
  const last = spent.at(-1);
  return last && now < last.until ? last : undefined;
}

/** All that was spent on a day. */
export function totalSpent(day: Pick<DaySpent, 'agents'> | undefined): CostSum {
  return addSums(Object.values(day?.agents ?? {}));
}

/** Counts the cost of an attempt, which said another one or none before. */
export function spend(day: Pick<DaySpent, 'agents' | 'from'>, attempt: Attempt, cost: Cost): void {
  const before = attemptCost(attempt);
  const sum = (day.agents[attempt.agentId] ??= noCosts());
  moveCost(sum, before, cost);
  // It was counted as it ended: what came late changes its basis.
  if (attempt.endedAt === undefined || attempt.endedAt < day.from) return;
  sum[before?.basis ?? 'unknown']--;
  sum[cost.basis]++;
}

/** Counts an attempt that ended, by the basis of what it cost. */
export function countEnded({ agents }: Pick<DaySpent, 'agents'>, attempt: Attempt): void {
  (agents[attempt.agentId] ??= noCosts())[attemptCost(attempt)?.basis ?? 'unknown']++;
}
