import * as l10n from '@vscode/l10n';
import type { AnalyticsPeriod } from '../../server/domain/analytics';
import { addSums, noCosts, type CostSum } from '../../server/domain/cost';
import { REST, SERIES } from './colours';
import type { Facts } from './facts';

/** What one agent or model cost; the last one may be all the others. */
export interface CostSeries {
  text: string;
  /** In exports. */
  name: string;
  colour: string;
  agentId?: string;
  sum: (period: AnalyticsPeriod) => CostSum;
}

/** Agents or models, the dearest first; from the sixth on they are one. */
export function seriesOf(facts: Facts, view: string): CostSeries[] {
  const { periods } = facts.analytics;
  const totals = new Map<string, CostSum>();
  for (const period of periods)
    for (const [key, sum] of Object.entries(costsOf(period, view))) totals.set(key, addSums([totals.get(key) ?? noCosts(), sum]));
  const keys = [...totals].sort(([, a], [, b]) => b.usd - a.usd).map(([key]) => key);
  const own = keys.slice(0, SERIES.length).map((key, index): CostSeries => {
    const text = view === 'model' ? key || l10n.t('Model not told') : facts.agentName(key);
    return {
      text,
      name: text,
      colour: SERIES[index] ?? REST.colour,
      ...(view === 'model' ? {} : { agentId: key }),
      sum: (period) => costsOf(period, view)[key] ?? noCosts(),
    };
  });
  const others = keys.slice(SERIES.length);
  if (others.length === 0) return own;
  const rest = (period: AnalyticsPeriod): CostSum => addSums(others.map((key) => costsOf(period, view)[key] ?? noCosts()));
  return [...own, { text: REST.text, name: 'other', colour: REST.colour, sum: rest }];
}

/** What a period cost in all. */
export function sumOf(period: AnalyticsPeriod, view: string): CostSum {
  return addSums(Object.values(costsOf(period, view)));
}

function costsOf({ costByAgent, costByModel }: AnalyticsPeriod, view: string): Record<string, CostSum> {
  return view === 'model' ? costByModel : costByAgent;
}
