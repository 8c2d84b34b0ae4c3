import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD_VERSION } from '../../../src/server/domain/event';
import type { AnalyticsOut } from '../../../src/server/protocol/analytics';
import { tablesCsv } from '../../../src/webviews/analytics/csv';
import type { Facts } from '../../../src/webviews/analytics/facts';
import { QUESTIONS } from '../../../src/webviews/analytics/questions';
import type { QuestionId } from '../../../src/webviews/analytics/question';
import { summaryLine } from '../../../src/webviews/analytics/summary';
import { cet, summer, weekendRecords } from '../../support/analyticsPast';
import { TowerBench } from '../../support/towerBench';
import { until } from '../../support/until';

const MIN = 60_000;
const RANGE = { from: summer('24T00:00'), to: cet('27T00:00') };

describe('The figures of a known past', function () {
  this.timeout(60_000);
  const zone = process.env.TZ;
  let bench: TowerBench;
  let facts: Facts;

  before(async () => {
    process.env.TZ = 'Europe/Rome';
    bench = new TowerBench();
    const folder = join(bench.storage, 'journal');
    mkdirSync(folder, { recursive: true });
    const lines = [{ v: RECORD_VERSION, epoch: 1, counts: {}, checkpointSeq: 0 }, ...weekendRecords()];
    writeFileSync(join(folder, '00000001.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await bench.start();
    const ask = () => bench.tower.query({ type: 'Analytics', filter: { ...RANGE, group: 'day' } }).catch(() => undefined);
    const analytics = await until('the history', ask, 30_000);
    const agentName = (id: string): string => bench.tower.board.agents.get(id)?.name ?? id;
    facts = { analytics, kept: { days: RANGE, filter: { group: 'day' } }, agentName, locale: 'en-GB' };
  });
  after(async () => {
    await bench.close();
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });
  const question = (id: QuestionId) => {
    const found = QUESTIONS.find((one) => one.id === id);
    assert.ok(found);
    return found;
  };
  const drawn = (id: QuestionId, view = ''): Record<string, unknown>[][] =>
    question(id)
      .drawings(facts, view)
      .map(({ spec }) =>
        [spec, ...spec.layer].flatMap((part) =>
          'data' in part && part.data && 'values' in part.data ? (part.data.values as Record<string, unknown>[]) : [],
        ),
      );

  const rows = (id: QuestionId, view = ''): string[] =>
    question(id)
      .table(facts, view)
      .rows.map(({ cells }) => cells.map(({ text }) => text).join(' | '));
  const ask = (query: string): Promise<Response> => {
    const range = `from=${new Date(RANGE.from).toISOString()}&to=${new Date(RANGE.to).toISOString()}`;
    return fetch(`${bench.url}/api/analytics?${range}${query}`, { headers: { authorization: `Bearer ${bench.keys.person}` } });
  };

  it('are those of the hand in REST: a retry, a cancelled task, a long night, and what is not known', async () => {
    const answer = (await (await ask('')).json()) as AnalyticsOut;
    assert.deepEqual(answer.outcomes, { completed: 9, failed: 1, cancelled: 1 });
    assert.deepEqual(answer.before, { completed: 0, failed: 1, cancelled: 0 });
    const minutes = { n: 9, averageMs: 75 * MIN, medianMs: 45 * MIN, p95Ms: 180 * MIN, runningMs: 354 * MIN, waitingMs: 321 * MIN };
    assert.deepEqual(answer.durations, minutes);
    assert.deepEqual(answer.cost, { usd: 1.5864, estimatedUsd: 0.0164, reported: 4, estimated: 1, free: 1, unknown: 5 });
    assert.deepEqual(answer.usage, { attempts: 11, told: 7 });
    assert.deepEqual(
      answer.agents.map(({ agentId, outcomes, withoutHelp, attemptsOfCompleted, busyMs, waitingMs, idleMs, cost }) => [
        ...[agentId, outcomes.completed, outcomes.failed, withoutHelp, attemptsOfCompleted, cost.usd],
        ...[busyMs / MIN, waitingMs / MIN, idleMs / MIN],
      ]),
      [
        ['kimi', 7, 0, 5, 7, 1.2864, 139, 0, 61.5 * 60 - 139],
        // It asks from 21:30 to the end of the day, and is known to have been there until 22:00.
        ['codex', 2, 1, 2, 2, 0.3, 255, 150, 40 * 60 - 5 + 14 * 60 - 255 - 30],
      ],
    );
    assert.deepEqual(
      answer.periods.map(({ from, to, outcomes, costByAgent }) => [from, to, outcomes.completed, costByAgent.codex?.usd]),
      [
        ['2026-10-23T22:00:00.000Z', '2026-10-24T22:00:00.000Z', 4, null],
        ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', 1, 0],
        ['2026-10-25T23:00:00.000Z', '2026-10-26T23:00:00.000Z', 4, 0.3],
      ],
    );
  });

  it('are the same in the CSV of REST', async () => {
    const lines = (await (await ask('&format=csv')).text()).split('\r\n').map((line) => line.split(','));
    const value = (...of: string[]): string[] =>
      lines.filter((line) => of.every((word) => line.includes(word))).map((line) => line.at(-1) ?? '');
    assert.deepEqual(value('all', 'durations.medianMs'), ['2700000']);
    assert.deepEqual(value('all', 'cost.usd'), ['1.5864']);
    assert.deepEqual(value('period', 'durations.p95Ms'), ['10800000', '10800000', '7800000']);
    assert.deepEqual(value('agent', 'codex', 'waitingMs'), ['9000000']);
    assert.deepEqual(value('cost by agent', 'codex', 'cost.usd'), ['unknown', '0', '0.3']);
    assert.deepEqual(value('cost by model', 'mystery', 'cost.usd'), ['unknown']);
    assert.deepEqual(value('cost by model', 'm1', 'cost.usd'), ['0.0164']);
  });

  it('are the same in the titles and tables of the panel', () => {
    assert.equal(
      summaryLine(facts),
      '11 finished · 9 completed (82%) · median 45m 00s · ~$1.59 + 5 unknown · 64% of runs reported usage (7 of 11)',
    );
    assert.deepEqual(
      QUESTIONS.map((one) => one.title(facts)),
      [
        '11 tasks finished, most on Saturday',
        '82% completed (9 of 11)',
        'Median 45m 00s; waiting is 48% of it',
        '2 agents were busy 6% of their time',
        'No agent has 10 accepted tasks of known cost yet',
        '~$1.59 from 24 Oct to 26 Oct ($0.016 of it estimated); 5 runs unknown',
      ],
    );
    assert.deepEqual(rows('works'), [
      'Sat, 24 Oct 2026 | 4 | 5 | 80% (4 of 5)',
      'Sun, 25 Oct 2026 | 1 | 2 | 1 of 2',
      'Mon, 26 Oct 2026 | 4 | 4 | 100% (4 of 4)',
    ]);
    assert.deepEqual(rows('time'), [
      'Sat, 24 Oct 2026 | 4 | 45m 00s | 1h 18m | 3h 00m | 3h 25m | 1h 50m',
      'Sun, 25 Oct 2026 | 1 | 3h 00m | 3h 00m | too few | 2h 00m | 1h 00m',
      'Mon, 26 Oct 2026 | 4 | 5m 00s | 45m 00s | 2h 10m | 29m 00s | 2h 31m',
    ]);
    assert.deepEqual(rows('used'), ['Kimi | 2h 19m | none | 2d 11h | 4%', 'Codex | 4h 15m | 2h 30m | 2d 1h | 8%']);
    assert.deepEqual(rows('worth'), [
      'Kimi | 71% (5 of 7) | 1.0 | 45m 00s | ~$0.18 + 3 unknown | 7',
      'Codex | 67% (2 of 3) | 2 attempts at 2 | too few | $0.30 + 2 unknown for 2 | 3',
    ]);
    assert.deepEqual(rows('cost', 'agent'), [
      'Sat, 24 Oct 2026 | ~$0.27 + 2 unknown | unknown | ~$0.27 + 3 unknown | ~$0.016 | 3',
      'Sun, 25 Oct 2026 | none | $0.00 free + 1 unknown | $0.00 free + 1 unknown | none | 1',
      'Mon, 26 Oct 2026 | $1.02 + 1 unknown | $0.30 | $1.32 + 1 unknown | none | 1',
    ]);
  });

  it('are the same in the marks of the charts', () => {
    const of = (id: QuestionId, view: string, ...keys: string[]): unknown[][] =>
      drawn(id, view).map((values) =>
        values.filter((value) => keys.every((key) => key in value)).map((value) => keys.map((key) => value[key]).join(' ')),
      );
    assert.deepEqual(of('done', '', 'i', 'outcome', 'value'), [
      ['0 Cancelled 1', '0 Completed 4', '1 Failed 1', '1 Completed 1', '2 Completed 4'],
    ]);
    assert.deepEqual(of('works', '', 'text', 'value')[0], ['Completed 9', 'Cancelled 1', 'Failed 1']);
    assert.deepEqual(of('works', '', 'i', 'order', 'value')[1], ['0 1 0.2', '0 0 0.8', '2 0 1']);
    const medians = of('time', 'each', 'i', 'line', 'value').flat();
    assert.deepEqual([...new Set(medians.filter((line) => /Median|p95/.test(String(line))))].sort(), [
      ...['0 Median 2700000', '0 p95 10800000', '1 Median 10800000', '1 p95 ', '2 Median 300000', '2 p95 7800000'],
    ]);
    assert.deepEqual(of('time', 'sum', 'i', 'part', 'value'), [
      ['0 Running 12300000', '0 Waiting 6600000', '1 Running 7200000', '1 Waiting 3600000', '2 Running 1740000', '2 Waiting 9060000'],
    ]);
    const shares = drawn('used').flat();
    const share = (agent: string, part: string): number => {
      const { start = NaN, end = NaN } = (shares.find((one) => one.agent === agent && one.part === part) ?? {}) as Record<string, number>;
      return Number((end - start).toFixed(9));
    };
    assert.equal(share('kimi', 'Busy'), Number((139 / (61.5 * 60)).toFixed(9)));
    assert.equal(share('codex', 'Waiting'), Number((150 / (255 + 150 + 2950)).toFixed(9)));
    assert.deepEqual(of('cost', 'agent', 'i', 'series', 'isEstimated', 'usd'), [
      ['0 Kimi false 0.25', '0 Kimi true 0.0164', '2 Kimi false 1.02', '2 Codex false 0.3'],
    ]);
    assert.deepEqual(of('cost', 'model', 'i', 'label'), [['0 3 unknown', '1 1 unknown', '2 1 unknown']]);
  });

  it('are the same in what the panel exports', () => {
    const text = tablesCsv(QUESTIONS.map((one) => ({ name: one.id, table: one.table(facts, one.views?.[0]?.key ?? '') })));
    for (const line of [
      'done,2026-10-23T22:00:00.000Z,completed,4',
      'works,2026-10-25T23:00:00.000Z,completed_share,1',
      'time,2026-10-25T23:00:00.000Z,p95_ms,7800000',
      'used,Codex,waiting_ms,9000000',
      'worth,Kimi,without_help_share,0.7142857142857143',
      'worth,Kimi,cost_per_accepted_task_usd,unknown',
      'cost,2026-10-23T22:00:00.000Z,all_usd,0.2664',
      'cost,2026-10-23T22:00:00.000Z,Codex_usd,unknown',
      'cost,2026-10-23T22:00:00.000Z,estimated_usd,0.0164',
      'cost,2026-10-25T23:00:00.000Z,Codex_usd,0.3',
    ])
      assert.ok(text.includes(`${line}\r\n`), `${line}\n${text}`);
  });
});
