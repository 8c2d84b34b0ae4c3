import * as l10n from '@vscode/l10n';
import type { AgentAnalytics } from '../../server/domain/analytics';
import { axisDuration, cost, costSum, count, counted, duration, share } from '../../server/domain/format';
import { finished } from './facts';
import { rateText, trustOf } from './sample';
import { amountTicks, timeTicks, type Ticks } from './ticks';
import { word } from '../../server/domain/words';

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
    text: l10n.t('Success without help'),
    heading: [l10n.t('Success'), l10n.t('without help')],
    name: 'without_help_share',
    n: ({ outcomes }) => finished(outcomes),
    value: ({ outcomes, withoutHelp }) => (trustOf(finished(outcomes)) === 'none' ? null : withoutHelp / finished(outcomes)),
    said: ({ outcomes, withoutHelp }) => (finished(outcomes) === 0 ? l10n.t('no task') : rateText(withoutHelp, finished(outcomes))),
    ticks: () => ({ values: [0, 0.5, 1], max: 1 }),
    label: share,
  },
  {
    key: 'attempts',
    text: l10n.t('Attempts per success'),
    heading: [l10n.t('Attempts'), l10n.t('per success')],
    name: 'attempts_per_success',
    n: ({ outcomes }) => outcomes.completed,
    value: ({ outcomes: { completed }, attemptsOfCompleted }) => (trustOf(completed) === 'none' ? null : attemptsOfCompleted / completed),
    said: ({ outcomes: { completed }, attemptsOfCompleted }) =>
      trustOf(completed) === 'none'
        ? l10n.t('{0} at {1}', counted(attemptsOfCompleted, l10n.t('{0} attempt'), l10n.t('{0} attempts')), count(completed))
        : (attemptsOfCompleted / completed).toFixed(1),
    ticks: amountTicks,
    label: (value) => count(value),
  },
  {
    key: 'median',
    text: l10n.t('Median'),
    heading: [l10n.t('Median'), l10n.t('time')],
    name: 'median_ms',
    n: ({ durations }) => durations.n,
    value: ({ durations: { n, medianMs } }) => (trustOf(n) === 'none' ? null : medianMs),
    said: ({ durations: { n, medianMs } }) => (trustOf(n) === 'none' || medianMs === null ? l10n.t('too few') : duration(medianMs)),
    ticks: timeTicks,
    label: axisDuration,
  },
  {
    key: 'cost',
    text: l10n.t('Cost per accepted task'),
    heading: [l10n.t('Cost per'), l10n.t('accepted task')],
    name: 'cost_per_accepted_task_usd',
    n: ({ outcomes }) => outcomes.completed,
    value: ({ outcomes: { completed }, cost: sum }) => (trustOf(completed) === 'none' || !isKnown(sum) ? null : sum.usd / completed),
    said: ({ outcomes: { completed }, cost: sum }) =>
      trustOf(completed) === 'none'
        ? completed === 0
          ? l10n.t('none accepted')
          : l10n.t('{0} for {1}', costSum(sum), count(completed))
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
    ? word('unknown')
    : measure.key === 'alone'
      ? measure.said(agent)
      : l10n.t('too few');
}
