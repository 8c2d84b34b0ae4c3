import type { AgentAnalytics } from '../../server/domain/analytics';
import { axisDuration, cost, costSum, count, duration, plural, share } from '../../server/domain/format';
import { finished } from './facts';
import { rateText, trustOf } from './sample';
import { amountTicks, timeTicks, type Ticks } from './ticks';

/** What an agent is measured by; `value` is null when it is not known, `n` is what it rests on. */
export interface Measure {
  key: string;
  text: string;
  /** The same in two lines. */
  heading: readonly [string, string];
  name: string;
  n: (agent: AgentAnalytics) => number;
  value: (agent: AgentAnalytics) => number | null;
  said: (agent: AgentAnalytics) => string;
  ticks: (max: number) => Ticks;
  label: (value: number) => string;
}

export const MEASURES: readonly Measure[] = [
  {
    key: 'alone',
    text: 'Success without help',
    heading: ['Success', 'without help'],
    name: 'without_help_share',
    n: ({ outcomes }) => finished(outcomes),
    value: ({ outcomes, withoutHelp }) => (trustOf(finished(outcomes)) === 'none' ? null : withoutHelp / finished(outcomes)),
    said: ({ outcomes, withoutHelp }) => (finished(outcomes) === 0 ? 'no task' : rateText(withoutHelp, finished(outcomes))),
    ticks: () => ({ values: [0, 0.5, 1], max: 1 }),
    label: share,
  },
  {
    key: 'attempts',
    text: 'Attempts per success',
    heading: ['Attempts', 'per success'],
    name: 'attempts_per_success',
    n: ({ outcomes }) => outcomes.completed,
    value: ({ outcomes: { completed }, attemptsOfCompleted }) => (trustOf(completed) === 'none' ? null : attemptsOfCompleted / completed),
    said: ({ outcomes: { completed }, attemptsOfCompleted }) =>
      trustOf(completed) === 'none'
        ? `${plural(attemptsOfCompleted, 'attempt')} at ${count(completed)}`
        : (attemptsOfCompleted / completed).toFixed(1),
    ticks: amountTicks,
    label: (value) => count(value),
  },
  {
    key: 'median',
    text: 'Median',
    heading: ['Median', 'time'],
    name: 'median_ms',
    n: ({ durations }) => durations.n,
    value: ({ durations: { n, medianMs } }) => (trustOf(n) === 'none' ? null : medianMs),
    said: ({ durations: { n, medianMs } }) => (trustOf(n) === 'none' || medianMs === null ? 'too few' : duration(medianMs)),
    ticks: timeTicks,
    label: axisDuration,
  },
  {
    key: 'cost',
    text: 'Cost per accepted task',
    heading: ['Cost per', 'accepted task'],
    name: 'cost_per_accepted_task_usd',
    n: ({ outcomes }) => outcomes.completed,
    value: ({ outcomes: { completed }, cost: sum }) => (trustOf(completed) === 'none' || !isKnown(sum) ? null : sum.usd / completed),
    said: ({ outcomes: { completed }, cost: sum }) =>
      trustOf(completed) === 'none'
        ? completed === 0
          ? 'none accepted'
          : `${costSum(sum)} for ${count(completed)}`
        : perTask(sum, completed),
    ticks: amountTicks,
    label: cost,
  },
];

/** False when the cost of some attempt is not known, so that the sum is less than all. */
export function isKnown({ unknown, reported, estimated, free }: AgentAnalytics['cost']): boolean {
  return unknown === 0 && reported + estimated + free > 0;
}

export function perTask(sum: AgentAnalytics['cost'], completed: number): string {
  return costSum({ ...sum, usd: sum.usd / completed });
}

/** What stands in a chart in place of a value that is not known. */
export function short(measure: Measure, agent: AgentAnalytics): string {
  return measure.key === 'cost' && trustOf(measure.n(agent)) !== 'none'
    ? 'unknown'
    : measure.key === 'alone'
      ? measure.said(agent)
      : 'too few';
}
