import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { nullLog } from '../../src/server/base/log';
import { AnalyticsFilter } from '../../src/server/domain/analytics';
import { TaskFilter } from '../../src/server/domain/query';
import { WorkerHistory } from '../../src/server/store/history';
import { runQuery, type HistoryQuery } from '../../src/server/store/historyQueries';
import type { Sqlite } from '../../src/server/store/sqlite';
import { below, ratioAtMost } from './figure';
import { inPairs, timed } from './pairs';
import { makePast } from './past';
import { NativeSqlite } from './nativeSqlite';
import type { Report } from './report';
import { median } from './statistics';

const TASKS = 100_000;
const PAIRS = 11;
/** Queries of a sample. */
const TIMES = 5;

/** What the screens ask of the history of 100,000 tasks, and the same statements in better-sqlite3 on the same file. */
export async function historyBench(report: Report, finished = TASKS): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const now = Date.now();
  const made = await makePast(dir, finished, now);
  await made.history.dispose();
  const { seq } = made;
  const past = { async *all() {}, taskIds: async () => [] };
  const history = new WorkerHistory({ dir, dist: resolve('dist'), seq, tail: [], past, log: nullLog, now: () => now });
  const native = new NativeSqlite(join(dir, 'history.sqlite'));
  const presence = { present: ['agent-1'], seenAt: now };
  const tasks = (filter: Partial<TaskFilter>): [() => Promise<unknown>, HistoryQuery] => {
    const whole = TaskFilter.parse({ limit: 50, order: 'newest', ...filter });
    return [() => history.tasks(whole, seq), { type: 'tasks', filter: whole }];
  };
  const analytics = (filter: Partial<AnalyticsFilter>): [() => Promise<unknown>, HistoryQuery] => {
    const whole = AnalyticsFilter.parse(filter);
    return [() => history.analytics(whole, presence, seq), { type: 'analytics', filter: whole, now, ...presence }];
  };
  const screens: Record<string, [() => Promise<unknown>, HistoryQuery]> = {
    'first page': tasks({}),
    'page in the middle': tasks({ cursor: String(finished >> 1) }),
    'failed tasks of an agent': tasks({ status: ['failed'], agents: ['agent-1'] }),
    'text search': tasks({ text: `task ${finished >> 1}` }),
    'analytics, 7 days': analytics({ from: now - 7 * 86_400_000, to: now }),
    'analytics, 30 days': analytics({ from: now - 30 * 86_400_000, to: now }),
    'analytics, all by month': analytics({ group: 'month' }),
    estimates: [() => history.estimates(seq), { type: 'estimates' }],
  };
  try {
    report.note(`${finished} tasks, ${seq} records, ${(statSync(join(dir, 'history.sqlite')).size / 1e6).toFixed(0)} MB`);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    for (const [metric, [ours, query]] of Object.entries(screens)) {
      const theirs = (): unknown => runQuery(native as unknown as Sqlite, query);
      if (JSON.stringify(await ours()) !== JSON.stringify(theirs())) throw new Error(`${metric}: the answers differ.`);
      const blocked: number[] = [];
      const samples = await inPairs(
        async () => {
          delay.reset();
          delay.enable();
          const ms = await timed(async () => {
            for (let n = 0; n < TIMES; n++) await ours();
          });
          delay.disable();
          blocked.push(delay.max / 1e6);
          return ms / TIMES;
        },
        async () => {
          const ms = await timed(() => {
            for (let n = 0; n < TIMES; n++) theirs();
          });
          return ms / TIMES;
        },
        { warmUp: 2, pairs: PAIRS },
      );
      report.add({
        metric,
        unit: 'ms',
        ours: samples.ours,
        peer: { name: NativeSqlite.label, samples: samples.peer },
        goal: ratioAtMost(3),
      });
      report.add({ metric: `${metric}: alone`, unit: 'ms', ours: [median(samples.ours)], goal: below(30) });
      report.add({ metric: `${metric}: asker blocked at most`, unit: 'ms', ours: blocked, goal: below(5) });
    }
  } finally {
    native.close();
    await history.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}
