import { z } from 'zod';

/** Where a figure of money comes from. `reported`: the agent said it; `estimated`: tokens times a price; `free`: a model the user marked so. */
export const CostBasis = z.enum(['reported', 'estimated', 'free', 'unknown']);
export type CostBasis = z.infer<typeof CostBasis>;

/** What an attempt cost, US dollars; null only when it is unknown. */
export const Cost = z.object({ usd: z.number().nonnegative().nullable(), basis: CostBasis });
export type Cost = z.infer<typeof Cost>;

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

/** Adds costs up. An attempt without one is unknown. */
export function sumCosts(costs: Iterable<Cost | undefined>): CostSum {
  const sum: CostSum = { usd: 0, estimatedUsd: 0, reported: 0, estimated: 0, free: 0, unknown: 0 };
  for (const { usd, basis } of [...costs].map((cost) => cost ?? { usd: null, basis: 'unknown' as const })) {
    sum[basis]++;
    sum.usd += usd ?? 0;
    if (basis === 'estimated') sum.estimatedUsd += usd ?? 0;
  }
  return sum;
}
