import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AnalyticsFilter } from '../../src/server/domain/analytics';
import { below } from './figure';
import { repeated } from './pairs';
import { makePast } from './past';
import type { Report } from './report';

const DAY = 86_400_000;
const DAYS = 365;
const ROUNDS = 20;

/** How soon the charts and estimates of a long past are there, and how long the asker's thread is blocked. */
export async function analyticsBench(report: Report, finished = 100_000): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const now = Date.now();
  const filling = performance.now();
  const { history, seq } = await makePast(dir, finished, now);
  try {
    report.note(`${finished} tasks, ${seq} records, folded in ${((performance.now() - filling) / 1000).toFixed(1)} s`);
    const presence = { present: ['agent-1'], seenAt: now };
    const filters: Record<string, Partial<AnalyticsFilter>> = {
      'all by day': {},
      'all by month': { group: 'month' },
      '365 days by week': { group: 'week', from: now - DAYS * DAY, to: now },
      '30 days': { from: now - 30 * DAY, to: now },
      '7 days a year ago': { from: now - DAYS * DAY, to: now - (DAYS - 7) * DAY },
      'all of one agent': { agents: ['agent-1'] },
      'all of two kinds in a folder': { kinds: ['kind-1', 'kind-2'], folder: '/home/you/project-1' },
    };
    for (const [name, filter] of Object.entries(filters))
      await measure(report, name, () => history.analytics(AnalyticsFilter.parse(filter), presence, seq));
    await measure(report, 'estimates', () => history.estimates(seq));
    await history.dispose();
    report.note(`database ${(statSync(join(dir, 'history.sqlite')).size / 1e6).toFixed(0)} MB`);
  } finally {
    await history.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(report: Report, name: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const times = await repeated(work, { warmUp: 0, pairs: ROUNDS });
  delay.disable();
  report.add({ metric: name, unit: 'ms', ours: times, goal: below(200) });
  report.add({ metric: `${name}: asker blocked at most`, unit: 'ms', ours: [delay.max / 1e6] });
}
