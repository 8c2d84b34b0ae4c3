import * as l10n from '@vscode/l10n';
import { costSumInLine, count, duration, share } from '../../server/domain/format';
import { taskCount, type Facts } from './facts';
import { rateText, trustOf } from './sample';

/** The one line under the toolbar: `34 finished · 29 completed (85%) · median 3m 10s · ~$3.18 + 4 unknown · 82% of runs reported usage`. */
export function summaryLine(facts: Facts): string {
  const { outcomes, durations, cost, usage } = facts.analytics;
  const total = taskCount(facts);
  const isRate = trustOf(total) !== 'none';
  const { medianMs, n } = durations;
  return [
    l10n.t('{0} finished', count(total)),
    isRate
      ? l10n.t('{0} completed ({1})', count(outcomes.completed), share(outcomes.completed / total))
      : l10n.t('{0} completed', count(outcomes.completed)),
    ...(medianMs !== null && trustOf(n) !== 'none' ? [l10n.t('median {0}', duration(medianMs))] : []),
    ...(usage.attempts > 0 ? [costSumInLine(cost), usageText(usage)] : []),
  ].join(' · ');
}

function usageText({ told, attempts }: { told: number; attempts: number }): string {
  if (trustOf(attempts) === 'none') return l10n.t('{0} runs reported usage', rateText(told, attempts));
  return l10n.t('{0} of runs reported usage ({1} of {2})', share(told / attempts), count(told), count(attempts));
}
