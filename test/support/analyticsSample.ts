import type { AgentAnalytics, Analytics, AnalyticsPeriod, DurationStats, OutcomeCounts } from '../../src/server/domain/analytics';
import type { CostSum } from '../../src/server/domain/cost';
import type { Facts } from '../../src/webviews/analytics/facts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const NO_COST: CostSum = { usd: 0, estimatedUsd: 0, reported: 0, estimated: 0, free: 0, unknown: 0 };
export const costs = (usd: number, change: Partial<CostSum> = {}): CostSum => ({ ...NO_COST, usd, reported: usd > 0 ? 1 : 0, ...change });
export const outcomes = (completed: number, failed = 0, cancelled = 0): OutcomeCounts => ({ completed, failed, cancelled });
export const times = (n: number, medianMs = 190 * SECOND, waiting = 0.18): DurationStats =>
  n === 0
    ? { n, averageMs: null, medianMs: null, p95Ms: null, runningMs: 0, waitingMs: 0 }
    : {
        ...{ n, medianMs, averageMs: medianMs * 1.3, p95Ms: medianMs * 2.6 },
        ...{ runningMs: n * medianMs * 1.3 * (1 - waiting), waitingMs: n * medianMs * 1.3 * waiting },
      };

/** The first moment of a day of November 2026; the 2nd is a Monday. */
export const day = (date: number): number => new Date(2026, 10, date).getTime();

export function period(date: number, change: Partial<AnalyticsPeriod> = {}): AnalyticsPeriod {
  const ended = change.outcomes ?? outcomes(0);
  return {
    ...{ from: day(date), to: day(date + 1), outcomes: ended, durations: times(ended.completed) },
    ...{ costByAgent: {}, costByModel: {}, ...change },
  };
}

export function agent(agentId: string, change: Partial<AgentAnalytics> = {}): AgentAnalytics {
  const ended = change.outcomes ?? outcomes(0);
  return {
    ...{ agentId, outcomes: ended, withoutHelp: ended.completed, attemptsOfCompleted: ended.completed, durations: times(ended.completed) },
    ...{ busyMs: 0, waitingMs: 0, idleMs: 0, cost: NO_COST, errors: [], ...change },
  };
}

/** A week in which nothing happened, changed as a test needs it. */
export function analytics(change: Partial<Analytics> = {}): Analytics {
  return {
    ...{ from: day(2), to: day(9), outcomes: outcomes(0), durations: times(0), agents: [], cost: NO_COST },
    periods: [2, 3, 4, 5, 6, 7, 8].map((date) => period(date)),
    ...{ usage: { attempts: 0, told: 0 }, kinds: [], folders: [], ...change },
  };
}

export const NAMES: Readonly<Record<string, string>> = { kimi: 'Kimi', browser: 'Browser', 'code-gen': 'Code Gen', codex: 'Codex' };

/** What the charts are made of: the last seven days by day, unless said otherwise. */
export function facts(change: Partial<Analytics> = {}, kept: Partial<Facts['kept']> = {}): Facts {
  return {
    analytics: analytics(change),
    kept: { days: 7, filter: { group: 'day' }, ...kept },
    agentName: (id) => NAMES[id] ?? id,
    locale: 'en-GB',
  };
}

/** The week of the specification: 34 finished, 29 completed, most on Tuesday. */
export function week(): Analytics {
  const kimi = (usd: number, change: Partial<CostSum> = {}): CostSum => costs(usd, { reported: 2, ...change });
  const about = (usd: number): CostSum => costs(usd, { reported: 0, estimated: 1, estimatedUsd: usd });
  const day2 = { kimi: kimi(0.36), 'code-gen': costs(0.3) };
  const day3 = { kimi: kimi(0.54), browser: about(0.2), 'code-gen': costs(0.42), codex: costs(0, { unknown: 2 }) };
  const day4 = { kimi: kimi(0.27), browser: about(0.2), codex: costs(0, { unknown: 2 }) };
  const day5 = { kimi: kimi(0.09), 'code-gen': costs(0.8) };
  const model = (sums: Record<string, CostSum>): Record<string, CostSum> =>
    Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name === 'codex' ? '' : `${name}-large`, sum]));
  const spent = (costByAgent: Record<string, CostSum>) => ({ costByAgent, costByModel: model(costByAgent) });
  return analytics({
    outcomes: outcomes(29, 3, 2),
    before: outcomes(28, 4, 2),
    durations: times(29),
    periods: [
      period(2, { outcomes: outcomes(6, 1), ...spent(day2) }),
      period(3, { outcomes: outcomes(10, 1, 1), durations: times(10, 220 * SECOND), ...spent(day3) }),
      period(4, { outcomes: outcomes(7, 0, 1), durations: times(7, 150 * SECOND, 0.4), ...spent(day4) }),
      period(5, { outcomes: outcomes(4, 1), durations: times(4, 260 * SECOND), ...spent(day5) }),
      period(6, { outcomes: outcomes(2), durations: times(2, 170 * SECOND) }),
      period(7),
      period(8),
    ],
    agents: [
      agent('kimi', {
        ...{ outcomes: outcomes(14, 1), withoutHelp: 12, attemptsOfCompleted: 16, durations: times(14) },
        ...{ busyMs: 8 * HOUR, waitingMs: HOUR, idleMs: 11 * HOUR, cost: costs(1.26, { reported: 17 }) },
      }),
      agent('browser', {
        ...{ outcomes: outcomes(10, 1, 1), withoutHelp: 9, attemptsOfCompleted: 11, durations: times(10, 240 * SECOND) },
        ...{
          busyMs: 12.2 * HOUR,
          waitingMs: 2 * HOUR,
          idleMs: 5.8 * HOUR,
          cost: costs(1.4, { reported: 10, estimated: 2, estimatedUsd: 0.4 }),
        },
      }),
      agent('code-gen', {
        ...{ outcomes: outcomes(4, 1, 1), withoutHelp: 2, attemptsOfCompleted: 7, durations: times(4, 130 * SECOND) },
        ...{ busyMs: 3 * HOUR, idleMs: 16 * HOUR, cost: costs(1.52, { reported: 8 }) },
      }),
      agent('codex', {
        ...{ outcomes: outcomes(1), withoutHelp: 1, attemptsOfCompleted: 1, durations: times(1) },
        ...{ busyMs: 20 * MINUTE, idleMs: 2 * HOUR, cost: costs(0, { unknown: 4 }) },
      }),
    ],
    cost: costs(3.18, { reported: 26, estimated: 2, estimatedUsd: 0.4, unknown: 4 }),
    usage: { attempts: 34, told: 28 },
    kinds: ['review', 'task'],
    folders: ['/home/you/bakery'],
  });
}
