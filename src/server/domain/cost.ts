import * as z from 'zod';
import type { Attempt, Task } from './task';

/** Where a figure of money comes from. `reported`: the agent said it; `estimated`: tokens times a price; `free`: a model the user marked so. */
export const CostBasis = z.enum(['reported', 'estimated', 'free', 'unknown']);
export type CostBasis = z.infer<typeof CostBasis>;

/** What an attempt cost, US dollars; null only when it is unknown. */
export const Cost = z.object({ usd: z.number().nonnegative().nullable(), basis: CostBasis });
export type Cost = z.infer<typeof Cost>;

export const UNKNOWN_COST: Cost = { usd: null, basis: 'unknown' };
export const FREE: Cost = { usd: 0, basis: 'free' };

/** Costs added up. `usd` is the sum of what is known; `estimatedUsd` the estimated part of it. */
export interface CostSum {
  usd: number;
  estimatedUsd: number;
  /** How many of each basis. */
  reported: number;
  estimated: number;
  free: number;
  unknown: number;
}

/** The sum of no costs. */
export function noCosts(): CostSum {
  return { usd: 0, estimatedUsd: 0, reported: 0, estimated: 0, free: 0, unknown: 0 };
}

/** Adds costs up. An attempt without one is unknown. */
export function sumCosts(costs: Iterable<Cost | undefined>): CostSum {
  const sum = noCosts();
  for (const cost of costs) {
    sum[cost?.basis ?? 'unknown']++;
    moveCost(sum, undefined, cost);
  }
  return sum;
}

/** Adds sums up. */
export function addSums(sums: Iterable<CostSum>): CostSum {
  const total = noCosts();
  for (const sum of sums) for (const key of KEYS) total[key] = usd(total[key] + sum[key]);
  return total;
}

const KEYS = Object.keys(noCosts()) as (keyof CostSum)[];

/** Changes the amounts of `sum`, not its counts, by what one cost is more than it was `before`. */
export function moveCost(sum: CostSum, before: Cost | undefined, after: Cost | undefined): void {
  sum.usd = usd(sum.usd + (after?.usd ?? 0) - (before?.usd ?? 0));
  sum.estimatedUsd = usd(sum.estimatedUsd + estimated(after) - estimated(before));
}

function estimated(cost: Cost | undefined): number {
  return cost?.basis === 'estimated' ? (cost.usd ?? 0) : 0;
}

/** Dollars without the dust of binary fractions, so that ten times $0.10 are $1. */
export function usd(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

/** What an attempt cost as far as it was told; undefined when nothing was. */
export function attemptCost({ cost, usage }: Pick<Attempt, 'cost' | 'usage'>): Cost | undefined {
  // Records from before costs were decided carry what the agent said alone.
  return cost ?? (usage?.costUsd === undefined ? undefined : { usd: usage.costUsd, basis: 'reported' });
}

/** What the attempts of a task cost; undefined when there is none yet that could have told. */
export function taskCost({ attempts }: Pick<Task, 'attempts'>): CostSum | undefined {
  const costs = attempts.flatMap((attempt) => {
    const cost = attemptCost(attempt);
    const isOpen = attempt.endedAt === undefined;
    // Declined work was not done, and work that goes on may still tell.
    return cost || !(isOpen || attempt.outcome === 'declined') ? [cost] : [];
  });
  return costs.length > 0 ? sumCosts(costs) : undefined;
}
