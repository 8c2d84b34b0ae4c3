import type { Analytics, OutcomeCounts } from '../../server/domain/analytics';
import type { KeptAnalytics } from '../protocol';

/** What every chart is made of. */
export interface Facts {
  analytics: Analytics;
  /** The range and filters that were asked for. */
  kept: Pick<KeptAnalytics, 'days' | 'filter'>;
  agentName: (id: string) => string;
  /** The editor's language; absent = the page's. */
  locale?: string;
}

/** Tasks that ended in any way. */
export function finished({ completed, failed, cancelled }: OutcomeCounts): number {
  return completed + failed + cancelled;
}

/** How many tasks the charts rest on. */
export function taskCount({ analytics }: Pick<Facts, 'analytics'>): number {
  return finished(analytics.outcomes);
}
