import { noCosts, usd, type CostSum } from '../domain/cost';
import { BASES } from './analyticsSchema';

/** Costs added up by some number: of an agent, of a model. */
export class CostsBy {
  private readonly sums = new Map<number, CostSum>();

  /** @param basis the code of where it comes from; null = nothing was told. */
  add(key: number, basis: number | null, amount: number | null): void {
    let sum = this.sums.get(key);
    if (!sum) this.sums.set(key, (sum = noCosts()));
    const name = (basis === null ? undefined : BASES[basis]) ?? 'unknown';
    sum[name]++;
    sum.usd += amount ?? 0;
    if (name === 'estimated') sum.estimatedUsd += amount ?? 0;
  }

  /** The sums by the words of their numbers. */
  named(wordOf: (key: number) => string): Record<string, CostSum> {
    return Object.fromEntries([...this.sums].map(([key, sum]) => [wordOf(key), rounded(sum)]));
  }
}

function rounded(sum: CostSum): CostSum {
  return { ...sum, usd: usd(sum.usd), estimatedUsd: usd(sum.estimatedUsd) };
}
