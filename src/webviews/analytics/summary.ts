import { costSum, count, duration, share } from '../../server/domain/format';
import { taskCount, type Facts } from './facts';
import { rateText, trustOf } from './sample';

/** The one line under the toolbar: `34 finished · 29 completed (85%) · median 3m 10s · ~$3.18 + 4 unknown · 82% of runs reported usage`. */
export function summaryLine(facts: Facts): string {
  const { outcomes, durations, cost, usage } = facts.analytics;
  const total = taskCount(facts);
  const isRate = trustOf(total) !== 'none';
  const { medianMs, n } = durations;
  return [
    `${count(total)} finished`,
    `${count(outcomes.completed)} completed${isRate ? ` (${share(outcomes.completed / total)})` : ''}`,
    ...(medianMs !== null && trustOf(n) !== 'none' ? [`median ${duration(medianMs)}`] : []),
    ...(usage.attempts > 0 ? [costSum(cost), usageText(usage)] : []),
  ].join(' · ');
}

function usageText({ told, attempts }: { told: number; attempts: number }): string {
  if (trustOf(attempts) === 'none') return `${rateText(told, attempts)} runs reported usage`;
  return `${share(told / attempts)} of runs reported usage (${count(told)} of ${count(attempts)})`;
}
