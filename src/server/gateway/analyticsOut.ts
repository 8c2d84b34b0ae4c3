import type { Analytics } from '../domain/analytics';
import type { CostSum } from '../domain/cost';
import { csvText } from '../domain/csv';
import type { AnalyticsOut, CostSumOut } from '../protocol/analytics';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Analytics as REST shows them. */
export function analyticsOut({ from, to, cost, periods, agents, ...rest }: Analytics): AnalyticsOut {
  return {
    ...{ ...rest, from: iso(from), to: iso(to), cost: sumOut(cost) },
    periods: periods.map((period) => ({
      ...{ ...period, from: iso(period.from), to: iso(period.to) },
      ...{ costByAgent: sumsOut(period.costByAgent), costByModel: sumsOut(period.costByModel) },
    })),
    agents: agents.map((agent) => ({
      ...{ ...agent, cost: sumOut(agent.cost) },
      errors: agent.errors.map((error) => ({ ...error, at: iso(error.at) })),
    })),
  };
}

/** Nothing known is no zero. */
function sumOut(sum: CostSum): CostSumOut {
  return { ...sum, usd: sum.unknown > 0 && sum.reported + sum.estimated + sum.free === 0 ? null : sum.usd };
}

function sumsOut(sums: Readonly<Record<string, CostSum>>): Record<string, CostSumOut> {
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sumOut(sum)]));
}

/** Analytics as CSV: one figure a line, named by its way through the JSON. */
export function analyticsCsv({ from, to, before, periods, agents, ...all }: AnalyticsOut): string {
  const { outcomes, durations, cost, usage } = all;
  const lines = (part: string, [begin, end]: [string, string], agent: string, model: string, figures: object) =>
    figuresOf(figures).map(([name, value]) => [part, begin, end, agent, model, name, value]);
  const length = Date.parse(to) - Date.parse(from);
  const earlier: [string, string] = [iso(Date.parse(from) - length), from];
  const rows = [
    ...lines('all', [from, to], '', '', { outcomes, durations, cost, usage }),
    ...(before ? lines('before', earlier, '', '', { outcomes: before }) : []),
    ...periods.flatMap((period) => {
      const range: [string, string] = [period.from, period.to];
      return [
        ...lines('period', range, '', '', { outcomes: period.outcomes, durations: period.durations }),
        ...Object.entries(period.costByAgent).flatMap(([agent, sum]) => lines('cost by agent', range, agent, '', { cost: sum })),
        ...Object.entries(period.costByModel).flatMap(([model, sum]) => lines('cost by model', range, '', model, { cost: sum })),
      ];
    }),
    ...agents.flatMap(({ agentId, errors: _, ...figures }) => lines('agent', [from, to], agentId, '', figures)),
  ];
  return csvText([['part', 'from', 'to', 'agent', 'model', 'figure', 'value'], ...rows]);
}

function figuresOf(value: object, path = ''): [name: string, value: number | null][] {
  return Object.entries(value).flatMap(([key, part]: [string, unknown]): [string, number | null][] => {
    if (typeof part === 'object' && part !== null) return figuresOf(part, `${path}${key}.`);
    return part === null || typeof part === 'number' ? [[`${path}${key}`, part]] : [];
  });
}
