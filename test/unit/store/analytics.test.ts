import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import {
  AnalyticsFilter,
  type AgentAnalytics,
  type Analytics,
  type DurationStats,
  type OutcomeCounts,
} from '../../../src/server/domain/analytics';
import { noCosts, type CostSum } from '../../../src/server/domain/cost';
import type { TowerRecord } from '../../../src/server/domain/event';
import { WorkerHistory, type HistoryOptions } from '../../../src/server/store/history';
import { FolderTaskFiles } from '../../../src/server/store/taskFiles';
import { cet, NOW, summer, weekendRecords } from '../../support/analyticsPast';
import { agent, RuleBench } from '../../support/ruleBench';
import { bundleScript } from '../../support/bundle';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const MIN = 60_000;
const WEEKEND = { from: summer('24T00:00'), to: cet('27T00:00') };
const HERE = { present: ['codex'], seenAt: NOW };

const outcomes = (completed: number, failed = 0, cancelled = 0): OutcomeCounts => ({ completed, failed, cancelled });
const sum = (some: Partial<CostSum>): CostSum => ({ ...noCosts(), ...some });
/** Minutes: average, median, p95, running, waiting. */
const times = (n: number, ...minutes: [number, number, number, number, number] | []): DurationStats => {
  const [averageMs = null, medianMs = null, p95Ms = null, runningMs = 0, waitingMs = 0] = minutes.map((value) => value * MIN);
  return { n, averageMs, medianMs, p95Ms, runningMs, waitingMs };
};
const filter = (some: Partial<AnalyticsFilter> = {}): AnalyticsFilter => AnalyticsFilter.parse({ ...WEEKEND, ...some });

/** Many builds, each a second longer than the one before; some work shared by two agents; too little of another kind, and failures. */
function estimateRecords(): TowerRecord[] {
  const bench = new RuleBench();
  const [one, two] = [bench.join('One'), bench.join('Two')];
  const work = (kind: string, by: string, seconds: number, fails = false): void => {
    const task = bench.create('Work', { kind, limits: { attempts: 1 } });
    bench.run(task, by);
    bench.now += seconds * 1000;
    const end = { taskId: task.id, attempt: 1 };
    if (fails) bench.do({ type: 'ReportError', ...end, kind: 'agent_error', message: 'No.' }, agent(by));
    else bench.do({ type: 'ReportResult', ...end, result: 'Done.' }, agent(by));
  };
  for (let seconds = 1; seconds <= 105; seconds++) work('build', one, seconds);
  for (const [by, seconds] of [
    [one, 1],
    [two, 2],
    [two, 3],
  ] as const)
    work('shared', by, seconds);
  for (const fails of [false, false, true]) work('rare', one, 1, fails);
  return bench.records;
}

describe('Analytics of the history', function () {
  this.timeout(20_000);
  const zone = process.env.TZ;
  let dir = '';
  const opened: WorkerHistory[] = [];

  before(() => {
    process.env.TZ = 'Europe/Rome';
    assert.equal(new Date(WEEKEND.from).getHours(), 0, 'the tests run in Rome');
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  beforeEach(() => {
    dir = tempFolder();
    bundleScript('src/server/store/historyWorker.ts', join(dir, 'historyWorker.js'));
    copyFileSync(resolve('node_modules/sql.js/dist/sql-wasm.wasm'), join(dir, 'sql-wasm.wasm'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((history) => history.dispose()));
    removeTempFolders();
  });

  function open(options: Partial<HistoryOptions> = {}): WorkerHistory {
    const past = new FolderTaskFiles({ dir, seq: 0, log: nullLog });
    const history = new WorkerHistory({ dir, dist: dir, seq: 0, tail: [], past, log: nullLog, now: () => NOW, ...options });
    opened.push(history);
    return history;
  }

  /** A history that was handed these records. */
  function given(records: readonly TowerRecord[]): WorkerHistory {
    const history = open();
    history.apply(records);
    return history;
  }

  async function ask(some: Partial<AnalyticsFilter> = {}, records = weekendRecords()): Promise<Analytics> {
    return given(records).analytics(filter(some), HERE, records.length);
  }

  const agentOf = ({ agents }: Analytics, id: string): AgentAnalytics | undefined => agents.find(({ agentId }) => agentId === id);

  it('counts tasks by how they ended, once each, where they ended last', async () => {
    const { from, to, outcomes: all, before, periods } = await ask();
    assert.deepEqual({ from, to }, WEEKEND);
    assert.deepEqual(all, outcomes(9, 1, 1));
    assert.deepEqual(before, outcomes(0, 1));
    assert.deepEqual(
      periods.map((period) => [(period.to - period.from) / 3_600_000, period.outcomes]),
      [
        [24, outcomes(4, 0, 1)],
        [25, outcomes(1, 1)],
        [24, outcomes(4)],
      ],
    );
    assert.deepEqual(
      periods.map((period) => period.from),
      [summer('24T00:00'), summer('25T00:00'), cet('26T00:00')],
    );
  });

  it('compares a day of 25 hours with the day before, and no hour more', async () => {
    const bench = new RuleBench();
    const one = bench.join('One');
    for (const end of [summer('23T23:30'), summer('24T12:00'), summer('25T12:00')]) {
      const task = bench.create('Work');
      bench.run(task, one);
      bench.now = end;
      bench.do({ type: 'ReportResult', taskId: task.id, attempt: 1, result: 'Done.' }, agent(one));
    }
    const { outcomes: all, before } = await ask({ from: summer('25T00:00'), to: cet('26T00:00') }, bench.records);
    assert.deepEqual([all, before], [outcomes(1), outcomes(1)]);
  });

  it('tells how long completed tasks took, and splits waiting from running', async () => {
    const { durations, periods } = await ask();
    // Minutes in order: 4, 5, 30, 41, 45, 60, 130, 180, 180.
    assert.deepEqual(durations, times(9, 75, 45, 180, 354, 321));
    assert.deepEqual(
      periods.map((period) => period.durations),
      [times(4, 78.75, 45, 180, 205, 110), times(1, 180, 180, 180, 120, 60), times(4, 45, 5, 130, 29, 151)],
    );
  });

  it('compares agents by the tasks that ended with them', async () => {
    const { agents } = await ask();
    const [kimi, codex, ...others] = agents;
    assert.deepEqual(others, []);
    assert.deepEqual([kimi?.agentId, kimi?.outcomes, kimi?.withoutHelp, kimi?.attemptsOfCompleted], ['kimi', outcomes(7), 5, 7]);
    assert.deepEqual(kimi?.durations, times(7, 70, 45, 180, 229, 261));
    assert.deepEqual([codex?.agentId, codex?.outcomes, codex?.withoutHelp, codex?.attemptsOfCompleted], ['codex', outcomes(2, 1), 2, 2]);
    assert.deepEqual(codex?.durations, times(2, 92.5, 5, 180, 125, 60));
    assert.deepEqual(
      codex?.errors.map(({ number, at, message }) => [number, at, message]),
      [
        [8, cet('25T23:50'), 'Lost it'],
        [5, summer('24T11:20'), 'It broke'],
      ],
    );
    assert.deepEqual(kimi?.errors, []);
  });

  it('splits the time of agents within the range: overlapping work once, an open attempt up to now', async () => {
    const analytics = await ask();
    const split = (id: string): unknown => {
      const { busyMs = NaN, waitingMs = NaN, idleMs = NaN } = agentOf(analytics, id) ?? {};
      return [busyMs / MIN, waitingMs / MIN, idleMs / MIN];
    };
    // There from 00:00 on Saturday to 12:30 on Monday, 61.5 hours.
    assert.deepEqual(split('kimi'), [60 + 35 + 20 + 10 + 10 + 4, 0, 61.5 * 60 - 139]);
    // There from 09:00 on Saturday to 23:55 on Sunday, and from 08:00 to 22:00 on Monday; asks since 21:30.
    assert.deepEqual(split('codex'), [20 + 120 + 20 + 5 + 90, 30, 40 * 60 - 5 + 14 * 60 - 255 - 30]);
  });

  it('adds cost up by basis: the last word of an attempt counts, tokens from a cache once', async () => {
    const analytics = await ask();
    const kimi = sum({ usd: 1.2864, estimatedUsd: 0.0164, reported: 3, estimated: 1, unknown: 3 });
    const codex = sum({ usd: 0.3, reported: 1, free: 1, unknown: 2 });
    assert.deepEqual(agentOf(analytics, 'kimi')?.cost, kimi);
    assert.deepEqual(agentOf(analytics, 'codex')?.cost, codex);
    assert.deepEqual(analytics.cost, sum({ usd: 1.5864, estimatedUsd: 0.0164, reported: 4, estimated: 1, free: 1, unknown: 5 }));
    assert.deepEqual(analytics.usage, { attempts: 11, told: 7 });
    assert.deepEqual(
      analytics.periods.map(({ costByAgent }) => costByAgent),
      [
        { kimi: sum({ usd: 0.2664, estimatedUsd: 0.0164, reported: 1, estimated: 1, unknown: 2 }), codex: sum({ unknown: 1 }) },
        { codex: sum({ free: 1, unknown: 1 }) },
        { codex: sum({ usd: 0.3, reported: 1 }), kimi: sum({ usd: 1.02, reported: 2, unknown: 1 }) },
      ],
    );
    assert.deepEqual(
      analytics.periods.map(({ costByModel }) => costByModel),
      [
        {
          '': sum({ usd: 0.25, reported: 1, unknown: 2 }),
          m1: sum({ usd: 0.0164, estimatedUsd: 0.0164, estimated: 1 }),
          mystery: sum({ unknown: 1 }),
        },
        { local: sum({ free: 1 }), '': sum({ unknown: 1 }) },
        { big: sum({ usd: 1, reported: 1 }), '': sum({ usd: 0.32, reported: 2, unknown: 1 }) },
      ],
    );
  });

  it('filters by agent, kind and folder; the time of an agent stays whole', async () => {
    const all = await ask();
    const codex = await ask({ agents: ['codex'] });
    assert.deepEqual([codex.outcomes, codex.before, codex.usage], [outcomes(2, 1), outcomes(0), { attempts: 4, told: 3 }]);
    assert.deepEqual(codex.agents, [agentOf(all, 'codex')]);
    assert.deepEqual([codex.kinds, codex.folders], [all.kinds, all.folders]);
    const review = await ask({ kinds: ['review'] });
    assert.deepEqual([review.outcomes, review.usage], [outcomes(3), { attempts: 3, told: 2 }]);
    assert.deepEqual(review.durations, times(3, 340 / 3, 130, 180, 145, 195));
    assert.equal(agentOf(review, 'kimi')?.busyMs, agentOf(all, 'kimi')?.busyMs);
    assert.equal(agentOf(review, 'kimi')?.idleMs, agentOf(all, 'kimi')?.idleMs);
    assert.deepEqual(agentOf(review, 'codex')?.errors, []);
    assert.deepEqual((await ask({ folder: '/a' })).outcomes, outcomes(3));
    assert.deepEqual((await ask({ folder: '/a', kinds: ['fix'] })).outcomes, outcomes(0));
    const nobody = await ask({ agents: ['nobody'] });
    assert.deepEqual([nobody.outcomes, nobody.agents, nobody.usage.attempts], [outcomes(0), [], 0]);
    assert.deepEqual(
      [all.kinds, all.folders],
      [
        ['fix', 'review'],
        ['/a', '/b'],
      ],
    );
  });

  it('groups by weeks from Monday and by months, counting what lies in the range', async () => {
    const weeks = (await ask({ group: 'week' })).periods;
    assert.deepEqual(
      weeks.map(({ from, to, outcomes: ended }) => [from, to, ended]),
      [
        [summer('19T00:00'), cet('26T00:00'), outcomes(5, 1, 1)],
        [cet('26T00:00'), Date.parse('2026-11-02T00:00:00+01:00'), outcomes(4)],
      ],
    );
    const [month, ...others] = (await ask({ group: 'month', from: summer('25T00:00') })).periods;
    assert.deepEqual(
      [month?.from, month?.to, month?.outcomes],
      [summer('01T00:00'), Date.parse('2026-11-01T00:00:00+01:00'), outcomes(5, 1)],
    );
    assert.deepEqual(others, []);
  });

  it('has every period of the range, days of 23 hours and empty ones too', async () => {
    const march = { from: Date.parse('2026-03-27T00:00:00+01:00'), to: Date.parse('2026-03-31T00:00:00+02:00') };
    const { periods, before, ...rest } = await ask(march);
    assert.deepEqual(
      periods.map(({ from, to }) => (to - from) / 3_600_000),
      [24, 24, 23, 24],
    );
    assert.deepEqual([rest.outcomes, rest.durations, rest.agents, rest.cost], [outcomes(0), times(0), [], noCosts()]);
    assert.equal(before, undefined, 'nothing is known of the time before the first task');
  });

  it('takes whole days from the first end to today, when nothing is said', async () => {
    const records = weekendRecords();
    const all = await given(records).analytics(AnalyticsFilter.parse({}), HERE, records.length);
    assert.deepEqual([all.from, all.to, all.before], [summer('23T00:00'), cet('27T00:00'), undefined]);
    assert.deepEqual(all.outcomes, outcomes(9, 2, 1));
    const nothing = await open().analytics(AnalyticsFilter.parse({}), { present: [], seenAt: 0 }, 0);
    assert.deepEqual([nothing.from, nothing.to, nothing.periods.length], [cet('26T00:00'), cet('27T00:00'), 1]);
  });

  it('does not count a task while it runs again', async () => {
    const records = weekendRecords();
    const retry = records.findIndex(({ events }) => events.some(({ type }) => type === 'TaskRetried'));
    const history = given(records.slice(0, retry));
    const failed = await history.analytics(filter(), HERE, retry);
    assert.deepEqual(failed.outcomes, outcomes(3, 1));
    history.apply(records.slice(retry, retry + 1));
    assert.deepEqual((await history.analytics(filter(), HERE, retry + 1)).outcomes, outcomes(3));
  });

  it('says no more of an agent that was not seen to leave than when the tower last wrote', async () => {
    const records = weekendRecords();
    const idle = async (present: string[], seenAt: number): Promise<number> => {
      const analytics = await given(records).analytics(filter(), { present, seenAt }, records.length);
      return (agentOf(analytics, 'codex')?.idleMs ?? NaN) / MIN;
    };
    // It was idle from 08:40 to 20:00, then at work or waiting.
    const whole = await idle(['codex'], NOW);
    assert.equal(whole - (await idle([], cet('26T19:00'))), 60);
    assert.equal(await idle([], NOW), whole);
  });

  it('is the same after it was saved, and after it was built anew, but for who was there', async () => {
    const records = weekendRecords();
    const before = await ask({}, records);
    await opened.splice(0)[0]?.dispose();
    const seq = records.length;
    assert.deepEqual(await open({ seq, tail: [] }).analytics(filter(), HERE, seq), before);
    await opened.splice(0)[0]?.dispose();

    const folder = tempFolder();
    const past = new FolderTaskFiles({ dir: folder, seq, log: nullLog });
    past.append(records);
    const rebuilt = await open({ dir: folder, seq, tail: records.slice(-1), past }).analytics(filter(), HERE, seq);
    assert.deepEqual(rebuilt.outcomes, outcomes(8, 1, 1), 'what was deleted is gone');
    assert.deepEqual(rebuilt.periods.slice(0, 2), before.periods.slice(0, 2));
    assert.deepEqual(agentOf(rebuilt, 'codex'), { ...agentOf(before, 'codex'), idleMs: 0 });
  });

  it('keeps the time of agents apart from what it missed', async () => {
    const records = weekendRecords();
    const isLeaving = ({ events }: TowerRecord): boolean =>
      events.some((event) => event.type === 'AgentPresent' && event.agentId === 'codex' && !event.present);
    const left = records.findIndex(isLeaving);
    const seen = cet('25T02:30');
    const saved = records.filter(({ at }) => at <= seen);
    await given(saved).analytics(filter(), HERE, saved.length);
    await opened.splice(0)[0]?.dispose();
    // It was saved before Codex left, and what the journal still has begins after that.
    const seq = records.length;
    const past = new FolderTaskFiles({ dir, seq, log: nullLog });
    past.append(records);
    const history = open({ seq, tail: records.slice(left + 1), past });
    const codex = agentOf(await history.analytics(filter(), HERE, seq), 'codex');
    const there = 15 * 60 + (seen - summer('25T00:00')) / MIN + 14 * 60;
    const busyThere = 20 + 120 + 5 + 90;
    assert.equal((codex?.idleMs ?? NaN) / MIN, there - busyThere - 30);
    assert.equal((codex?.busyMs ?? NaN) / MIN, 255);
  });

  it('estimates from the last like tasks, at least three of them', async () => {
    const records = estimateRecords();
    const history = given(records);
    assert.deepEqual(await history.estimates(records.length), [
      // Of all 105, the last 100: 6 to 105 s. The 50th of them.
      { agentId: '', kind: 'build', n: 100, medianMs: 55_000 },
      { agentId: '', kind: 'shared', n: 3, medianMs: 2_000 },
      { agentId: 'one', kind: 'build', n: 100, medianMs: 55_000 },
    ]);
  });

  it('refuses a range that is none, and one with more periods than anybody can look at', async () => {
    const history = open();
    const refused = (some: Partial<AnalyticsFilter>, message: RegExp): Promise<void> =>
      assert.rejects(history.analytics(AnalyticsFilter.parse(some), HERE, 0), { name: 'Refusal', code: 'invalid', message });
    await refused({ from: NOW, to: NOW }, /ends before it begins/);
    await refused({ from: 0 }, /more than 3660 periods/);
    await refused({ from: -8.64e15, to: 8.64e15, group: 'month' }, /more than 3660 periods/);
    assert.equal((await history.analytics(AnalyticsFilter.parse({ from: 0, group: 'week' }), HERE, 0)).outcomes.completed, 0);
  });
});
