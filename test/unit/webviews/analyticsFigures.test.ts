import assert from 'node:assert/strict';
import { axisCost, costSum, rate, share } from '../../../src/server/domain/format';
import { csvText } from '../../../src/server/domain/csv';
import { tableCsv, tablesCsv } from '../../../src/webviews/analytics/csv';
import type { Facts } from '../../../src/webviews/analytics/facts';
import { filterOf, restoredKept } from '../../../src/webviews/analytics/kept';
import { composed, drawnOf, withComputed } from '../../../src/webviews/analytics/picture';
import { RADIUS, slicesOf } from '../../../src/webviews/analytics/pie';
import { periodAxis, periodName } from '../../../src/webviews/analytics/periods';
import { QUESTIONS } from '../../../src/webviews/analytics/questions';
import type { QuestionId } from '../../../src/webviews/analytics/question';
import { tip } from '../../../src/webviews/analytics/sample';
import { summaryLine } from '../../../src/webviews/analytics/summary';
import { nextSorting, sortedRows, type Table } from '../../../src/webviews/analytics/table';
import { taskSearch } from '../../../src/webviews/analytics/taskSearch';
import { amountTicks, countTicks, timeTicks } from '../../../src/webviews/analytics/ticks';
import { agent, costs, day, facts, outcomes, period, times, week } from '../../support/analyticsSample';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const question = (id: QuestionId) => {
  const found = QUESTIONS.find((one) => one.id === id);
  assert.ok(found);
  return found;
};
const title = (id: QuestionId, of: Facts): string => question(id).title(of);
const rows = (id: QuestionId, of: Facts, view = ''): string[] =>
  sortedRows(question(id).table(of, view), undefined).map(({ cells }) => cells.map(({ text }) => text).join(' | '));
/** Everything that a drawing's layers are made of. */
const drawn = (id: QuestionId, of: Facts, view = ''): Record<string, unknown>[] =>
  question(id)
    .drawings(of, view)
    .flatMap(({ spec }) => [spec, ...spec.layer])
    .flatMap((part) => ('data' in part && part.data && 'values' in part.data ? (part.data.values as Record<string, unknown>[]) : []));

describe('The title of a chart', () => {
  it('says how much was done, and when most of it', () => {
    const on = (counts: number[], group: 'day' | 'week' | 'month' = 'day'): string => {
      const periods = counts.map((count, index) => period(2 + index, { outcomes: outcomes(count) }));
      const total = counts.reduce((sum, count) => sum + count, 0);
      return title('done', facts({ outcomes: outcomes(total), periods }, { filter: { group } }));
    };
    assert.equal(on([6, 11, 8, 0]), '25 tasks finished, most on Tuesday');
    assert.equal(on([0, 4, 0]), '4 tasks finished, all on Tuesday');
    assert.equal(on([0, 1, 0]), '1 task finished, on Tuesday');
    assert.equal(on([3, 3, 1]), '7 tasks finished');
    assert.equal(on([5]), '5 tasks finished');
    assert.equal(on([1, 2, 0, 0, 0, 0, 0, 0]), '3 tasks finished, most on 3 Nov');
    assert.equal(on([4, 1], 'week'), '5 tasks finished, most in the week of 2 Nov');
    assert.equal(on([4, 1], 'month'), '5 tasks finished, most in November');
  });

  it('gives a rate with its counts, and a change in points against enough tasks alone', () => {
    const of = (now: ReturnType<typeof outcomes>, before?: ReturnType<typeof outcomes>): string =>
      title('works', facts({ outcomes: now, ...(before ? { before } : {}) }));
    assert.equal(of(outcomes(29, 3, 2), outcomes(28, 4, 2)), '85% completed (29 of 34), 3 points up');
    assert.equal(of(outcomes(6, 4), outcomes(61, 39)), '60% completed (6 of 10), 1 point down');
    assert.equal(of(outcomes(3, 1), outcomes(3, 1)), '75% completed (3 of 4), as before');
    assert.equal(of(outcomes(3, 1), outcomes(2)), '75% completed (3 of 4)');
    assert.equal(of(outcomes(2)), '2 of 2 completed');
    assert.equal(of(outcomes(0, 4)), '0% completed (0 of 4)');
    assert.equal(of(outcomes(299, 1)), '99% completed (299 of 300)');
  });

  it('gives the median of three tasks and more, and the share of waiting', () => {
    const of = (durations: ReturnType<typeof times>): string => title('time', facts({ outcomes: outcomes(durations.n), durations }));
    assert.equal(of(times(29)), 'Median 3m 10s; waiting is 18% of it');
    assert.equal(of(times(3, 42 * SECOND, 0)), 'Median 42s; waiting is 0% of it');
    assert.equal(of(times(2)), '2 tasks completed, too few for a median');
    assert.equal(of(times(0)), 'No task was completed');
  });

  it('names the busiest agent, but ranks none below ten tasks', () => {
    const used = (id: string, n: number, busyMs: number) => agent(id, { outcomes: outcomes(n), busyMs, idleMs: 10 * HOUR - busyMs });
    const of = (...agents: ReturnType<typeof agent>[]): string => title('used', facts({ agents }));
    assert.equal(of(used('browser', 12, 6.1 * HOUR), used('kimi', 14, 3 * HOUR)), 'Browser was busy 61% of its time');
    assert.equal(of(used('browser', 12, 3 * HOUR), used('kimi', 4, 9 * HOUR)), 'Browser was busy 30% of its time');
    assert.equal(of(used('browser', 4, 2 * HOUR), used('kimi', 4, 3 * HOUR)), '2 agents were busy 25% of their time');
    assert.equal(of(used('kimi', 1, HOUR)), 'Kimi was busy 10% of its time');
    assert.equal(of(agent('kimi')), 'No agent was there');
  });

  it('ranks agents by cost where that is known and rests on ten accepted tasks', () => {
    const paid = (id: string, n: number, cost = costs(0)) => agent(id, { outcomes: outcomes(n), cost });
    const of = (...agents: ReturnType<typeof agent>[]): string => title('worth', facts({ agents }));
    assert.equal(of(paid('kimi', 14, costs(1.26)), paid('codex', 10, costs(4))), 'Kimi: cheapest per accepted task ($0.09, n=14)');
    const estimated = costs(1.4, { estimated: 1, estimatedUsd: 1.4, reported: 0 });
    assert.equal(of(paid('kimi', 14, estimated), paid('codex', 9, costs(0.01))), 'Kimi: ~$0.10 per accepted task (n=14)');
    const partly = costs(0.1, { unknown: 3 });
    assert.equal(of(paid('kimi', 14, costs(1.4)), paid('codex', 20, partly)), 'Kimi: $0.10 per accepted task (n=14)');
    const free = costs(0, { free: 12 });
    assert.equal(of(paid('kimi', 12, free), paid('codex', 12, free)), '2 agents cost the same per accepted task ($0.00 free)');
    assert.equal(of(paid('kimi', 9, costs(1))), 'No agent has 10 accepted tasks of known cost yet');
  });

  it('says what was spent, with its basis, and never $0 for what is unknown', () => {
    const of = (cost: ReturnType<typeof costs>, days: Facts['kept']['days'] = 7): string =>
      title('cost', facts({ cost }, { days, filter: { group: 'day' } }));
    const mixed = costs(3.18, { reported: 20, estimated: 3, estimatedUsd: 0.4, unknown: 4 });
    assert.equal(of(mixed), '~$3.18 in 7 days ($0.40 of it estimated); 4 runs unknown');
    assert.equal(of(costs(2.5), { from: day(2), to: day(9) }), '$2.50 from 2 Nov to 8 Nov');
    assert.equal(
      of(costs(0.5, { reported: 0, estimated: 2, estimatedUsd: 0.5, unknown: 1 }), 'all'),
      '~$0.50 in all (all of it estimated); 1 run unknown',
    );
    assert.equal(of(costs(0, { free: 5 }), 30), '$0.00 free in 30 days');
    assert.equal(of(costs(0, { unknown: 34 })), 'Cost unknown: none of 34 runs reported usage');
    assert.equal(of(costs(0)), 'No attempt ended in 7 days');
  });

  it('is followed by one line about all of it, without a rate of too few', () => {
    const line = '34 finished · 29 completed (85%) · median 3m 10s · ~$3.18 + 4 unknown · 82% of runs reported usage (28 of 34)';
    assert.equal(summaryLine({ ...facts(), analytics: week() }), line);
    const two = facts({ outcomes: outcomes(2), durations: times(2), cost: costs(0, { unknown: 2 }), usage: { attempts: 2, told: 0 } });
    assert.equal(summaryLine(two), '2 finished · 2 completed · cost unknown · 0 of 2 runs reported usage');
  });
});

describe('The figures of a chart', () => {
  const all = { ...facts(), analytics: week() };

  it('are a table with rates, counts and words for what is not known', () => {
    assert.deepEqual(rows('works', all).slice(0, 5), [
      'Mon, 2 Nov 2026 | 6 | 7 | 86% (6 of 7)',
      'Tue, 3 Nov 2026 | 10 | 12 | 83% (10 of 12)',
      'Wed, 4 Nov 2026 | 7 | 8 | 88% (7 of 8)',
      'Thu, 5 Nov 2026 | 4 | 5 | 80% (4 of 5)',
      'Fri, 6 Nov 2026 | 2 | 2 | 2 of 2',
    ]);
    assert.deepEqual(rows('worth', all), [
      'Kimi | 80% (12 of 15) | 1.1 | 3m 10s | $0.09 | 15',
      'Browser | 75% (9 of 12) | 1.1 | 4m 00s | ~$0.14 | 12',
      'Code Gen | 33% (2 of 6) | 1.8 | 2m 10s | $0.38 | 6',
      'Codex | 1 of 1 | 1 attempt at 1 | too few | unknown for 1 | 1',
    ]);
    assert.equal(rows('cost', all, 'agent')[1], 'Tue, 3 Nov 2026 | $0.42 | $0.54 | ~$0.20 | unknown | ~$1.16 + 2 unknown | ~$0.20 | 2');
    assert.equal(rows('used', all)[0], 'Kimi | 8h 00m | 1h 00m | 11h 00m | 40%');
  });

  it('never show NaN, null, undefined or a negative number', () => {
    for (const of of [all, facts(), facts({ agents: [agent('kimi')], outcomes: outcomes(0, 3) })])
      for (const { id, views = [{ key: '' }] } of QUESTIONS)
        for (const { key } of views) {
          const text = JSON.stringify([
            rows(id, of, key),
            title(id, of),
            drawn(id, of, key).flatMap(({ tip: said, label }) => [said ?? '', label ?? '']),
          ]);
          assert.doesNotMatch(text, /NaN|undefined|Infinity|null|[" ]-\d/, `${id} ${key}`);
        }
  });

  it('mark small samples in bars: counts alone below three, hollow with n below ten', () => {
    const labels = drawn('works', all).flatMap(({ label, at }) => (at === undefined ? [] : [label]));
    assert.deepEqual(labels, ['86%\nn=7', '83%', '88%\nn=8', '80%\nn=5', '2\nof 2']);
    const bars = drawn('works', all).filter(({ order }) => order !== undefined);
    assert.deepEqual([...new Set(bars.filter(({ isSmall }) => isSmall === false).map(({ i }) => i))], [1]);
    assert.equal(
      bars.some(({ i }) => i === 4),
      false,
    );
    assert.match(String(bars.find(({ i }) => i === 0)?.tip), /\nSmall sample: read with care\.$/);
  });

  it('leave gaps where nothing was completed, and no p95 of two tasks', () => {
    const lines = drawn('time', all, 'each').filter(({ line }) => line !== undefined);
    const of = (i: number) => lines.filter((point) => point.i === i).map(({ line, value }) => `${String(line)} ${String(value)}`);
    assert.deepEqual(new Set(of(5)), new Set(['p95 null', 'Average null', 'Median null']));
    assert.ok(of(4).includes('p95 null') && of(4).includes('Median 170000'));
  });

  it('keep six agents or models apart, and call the rest Other', () => {
    const costByModel = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', ''].map((name, index) => [name, costs(7 - index)]));
    const many = facts({ outcomes: outcomes(9), periods: [period(2, { outcomes: outcomes(9), costByModel })], cost: costs(28) });
    assert.deepEqual(
      question('cost')
        .table(many, 'model')
        .columns.map(({ text }) => text),
      ['Period', 'a', 'b', 'c', 'd', 'e', 'Other', 'All', 'Estimated', 'Unknown runs'],
    );
    assert.equal(rows('cost', many, 'model')[0], 'Mon, 2 Nov 2026 | $7.00 | $6.00 | $5.00 | $4.00 | $3.00 | $3.00 | $28.00 | none | 0');
  });

  it('say in tooltips three lines at most', () => {
    assert.equal(tip(12, 'a', 'b', 'c', 'd'), 'a\nb\nc');
    assert.equal(tip(4, 'a', 'b', 'c'), 'a\nb\nSmall sample: read with care.');
    for (const { id, views = [{ key: '' }] } of QUESTIONS)
      for (const { key } of views)
        for (const { tip: said } of drawn(id, all, key))
          assert.ok(said === undefined || (typeof said === 'string' && said.split('\n').length <= 3));
  });

  it('lead to exactly the tasks behind them', () => {
    const bar = drawn('done', all).find(({ i, outcome }) => i === 1 && outcome === 'Failed');
    assert.equal(bar?.search, 'status:failed after:2026-11-03 before:2026-11-04');
    const filtered = { ...all, kept: { days: 7, filter: { group: 'day' as const, agents: ['code-gen', 'kimi'], kinds: ['review'] } } };
    assert.equal(
      taskSearch(filtered, { status: ['failed'] }),
      'status:failed agent:"Code Gen" agent:Kimi kind:review after:2026-11-02 before:2026-11-09',
    );
    assert.equal(taskSearch({ ...all, kept: { days: 'all', filter: { group: 'day' } } }, { agentId: 'kimi' }), 'is:finished agent:Kimi');
    const monthly = { ...all, kept: { days: 7 as const, filter: { group: 'month' as const } } };
    assert.equal(taskSearch(monthly, { from: day(1), to: day(31) }), 'is:finished after:2026-11-02 before:2026-11-09');
    const untilNow = facts({ to: day(8) + 13 * HOUR });
    assert.equal(taskSearch(untilNow, {}), 'is:finished after:2026-11-02 before:2026-11-09');
  });
});

describe('A table of figures', () => {
  const table: Table = {
    columns: ['Name', 'Value'].map((text, index) => ({ text, name: text.toLowerCase(), isNumber: index === 1 })),
    rows: [
      {
        key: 'b',
        cells: [
          { text: 'b', raw: 'b' },
          { text: '2', raw: 2 },
        ],
      },
      {
        key: 'c',
        cells: [
          { text: 'c', raw: 'c' },
          { text: 'unknown', raw: null },
        ],
      },
      {
        key: 'a',
        cells: [
          { text: 'a', raw: 'a' },
          { text: '10', raw: 10 },
        ],
      },
      {
        key: 'd',
        cells: [
          { text: 'd', raw: 'd' },
          { text: '0', raw: 0 },
        ],
        isFilled: false,
      },
    ],
  };
  const keys = (column: number, isDescending: boolean): string =>
    sortedRows(table, { column, isDescending })
      .map(({ key }) => key)
      .join('');

  it('sorts by numbers as numbers, the unknown ones last either way, and leaves empty rows out', () => {
    assert.deepEqual([keys(1, false), keys(1, true), keys(0, false), keys(0, true)], ['bac', 'abc', 'abc', 'cba']);
    assert.equal(sortedRows(table, undefined).length, 3);
    assert.equal(table.rows.map(({ key }) => key).join(''), 'bcad');
  });

  it('turns through largest, smallest and unsorted', () => {
    const first = nextSorting(table, undefined, 1);
    assert.deepEqual(first, { column: 1, isDescending: true });
    assert.deepEqual(nextSorting(table, first, 1), { column: 1, isDescending: false });
    assert.equal(nextSorting(table, nextSorting(table, first, 1), 1), undefined);
    assert.deepEqual(nextSorting(table, first, 0), { column: 0, isDescending: false });
  });

  it('is raw in CSV, with all rows, and runs no formula', () => {
    assert.equal(tableCsv(table), 'name,value\r\nb,2\r\nc,unknown\r\na,10\r\nd,0\r\n');
    assert.equal(tablesCsv([{ name: 'x', table }]).split('\r\n')[2], 'x,c,value,unknown');
    assert.equal(csvText([['a', null, undefined, 0]]), 'a,unknown,,0\r\n');
    assert.equal(
      csvText([['=HYPERLINK("http://x")', '+1', '-1', '@a', '\tx', -5, 'a,b', 'two\nlines', 'plain']]),
      `"'=HYPERLINK(""http://x"")",'+1,'-1,'@a,'\tx,-5,"a,b","two\nlines",plain\r\n`,
    );
  });
});

describe('An axis', () => {
  it('has round marks from 0 to above the largest value', () => {
    assert.deepEqual(countTicks(12), { values: [0, 5, 10, 15], max: 15 });
    assert.deepEqual(countTicks(1), { values: [0, 1], max: 1 });
    assert.deepEqual(countTicks(0), { values: [0, 1], max: 1 });
    assert.deepEqual(amountTicks(1.27), { values: [0, 0.5, 1, 1.5], max: 1.5 });
    assert.deepEqual(amountTicks(0), { values: [0], max: 1 });
    assert.deepEqual(
      timeTicks(11 * MINUTE).values,
      [0, 5, 10, 15].map((n) => n * MINUTE),
    );
    assert.deepEqual(
      timeTicks(90 * SECOND).values,
      [0, 30, 60, 90].map((n) => n * SECOND),
    );
    assert.ok(timeTicks(900 * 24 * HOUR).values.length <= 6);
  });

  it('of small amounts has a different label at each mark', () => {
    const labels = (max: number): string[] => {
      const { values } = amountTicks(max);
      return values.map((usd) => axisCost(usd, values[1] ?? 1));
    };
    assert.deepEqual(labels(0.0013), ['$0.0000', '$0.0005', '$0.0010', '$0.0015']);
    assert.deepEqual(labels(0.08), ['$0.00', '$0.02', '$0.04', '$0.06', '$0.08']);
    assert.deepEqual(labels(35), ['$0.00', '$10.00', '$20.00', '$30.00', '$40.00']);
  });

  it('of time names every period once, and not more than there is room for', () => {
    assert.deepEqual(periodAxis(facts()).labels, ['Mon 2', 'Tue 3', 'Wed 4', 'Thu 5', 'Fri 6', 'Sat 7', 'Sun 8']);
    const days = Array.from({ length: 365 }, (_, index) => period(index));
    const { domain, labels } = periodAxis(facts({ periods: days }));
    assert.equal(domain.length, 365);
    assert.ok(labels.length <= 40);
    const weekly = facts({}, { filter: { group: 'week' } });
    assert.equal(periodName(weekly, { ...period(2), to: day(9) }), '2 Nov 2026 to 8 Nov 2026');
  });
});

describe('A pie', () => {
  it('is whole, begins with what was completed, and keeps its labels off the slices and apart', () => {
    for (const of of [
      outcomes(29, 3, 2),
      outcomes(1, 1, 1),
      outcomes(5),
      outcomes(0, 3),
      outcomes(100, 1, 1),
      outcomes(1, 1, 100),
      outcomes(2, 60, 1),
    ]) {
      const slices = slicesOf(of);
      assert.equal(
        slices.find(({ start }) => start === 0)?.key,
        (['completed', 'cancelled', 'failed'] as const).find((key) => of[key] > 0),
      );
      const angles = slices.reduce((sum, { start, end }) => sum + end - start, 0);
      assert.ok(Math.abs(angles - 2 * Math.PI) < 1e-9);
      for (const { x, y, align } of slices) {
        const nearest = Math.max(0, Math.abs(y) - 13);
        assert.ok(Math.hypot(x, nearest) > RADIUS, JSON.stringify(of));
        assert.ok(align === 'right' ? x <= 0 : x >= 0);
      }
      for (const side of ['left', 'right'] as const) {
        const heights = slices
          .filter(({ align }) => align === side)
          .map(({ y }) => y)
          .sort((a, b) => a - b);
        heights.slice(1).forEach((y, index) => assert.ok(y - (heights[index] ?? 0) >= 25.9));
      }
    }
  });
});

describe('A picture of charts', () => {
  it('has every variable of the theme replaced, nested ones and all', () => {
    const text = '<a fill="var(--x, var(--y, rgb(1, 2, 3)))" b="var(--z)">(var)</a>';
    assert.equal(
      withComputed(text, (variable) => `[${variable.length}]`),
      '<a fill="[32]" b="[8]">(var)</a>',
    );
  });

  it('stands under its titles, escaped, on the background', () => {
    const chart = drawnOf('<svg xmlns="http://www.w3.org/2000/svg" class="marks" width="300" height="171" viewBox="0 0 300 171"></svg>');
    assert.deepEqual([chart.width, chart.height], [300, 171]);
    const look = { font: 'Segoe "UI"', background: '#fff', text: '#000', muted: '#555' };
    const picture = composed([{ title: 'a < b & c', subtitle: 'Why?', drawings: [chart, chart] }], look);
    assert.equal(picture.width, 16 + 300 + 8 + 300 + 16);
    assert.match(picture.svg, />a &lt; b &amp; c</);
    assert.match(picture.svg, /font-family="Segoe &quot;UI&quot;"/);
    assert.equal(picture.svg.match(/<svg x="/g)?.length, 2);
  });
});

describe('What the panel keeps', () => {
  it('is taken as far as it can be used', () => {
    const first = { days: 7, filter: { group: 'day' }, tables: ['worth'], views: {} };
    for (const broken of [undefined, null, 3, {}, { days: 'x', filter: 4, tables: 'no', views: 1 }, { days: { from: 5, to: 2 } }])
      assert.deepEqual(restoredKept(broken), first);
    const good = { days: { from: 1, to: 2 }, filter: { group: 'week', agents: ['kimi'] }, tables: [], views: { cost: 'model' } };
    assert.deepEqual(restoredKept(good), good);
    assert.deepEqual(restoredKept({ ...good, filter: { group: 'hour' }, tables: [1, 'done'] }), {
      ...good,
      filter: { group: 'day' },
      tables: ['done'],
    });
  });

  it('becomes whole days of the calendar, also over a change of the clock', () => {
    const now = new Date(2026, 10, 8, 13, 30).getTime();
    const kept = restoredKept({ days: 30 });
    assert.deepEqual(filterOf(kept, now), { group: 'day', from: new Date(2026, 9, 10).getTime(), to: day(9) });
    assert.deepEqual(filterOf({ ...kept, days: 'all' }, now), { group: 'day' });
  });
});

describe('A format', () => {
  it('of a rate carries its counts', () => {
    assert.equal(rate(10, 12), '83% (10 of 12)');
    assert.deepEqual([0, 0.001, 0.004, 0.995, 0.9999, 1].map(share), ['0%', '<1%', '<1%', '99%', '99%', '100%']);
  });

  it('of costs added up says what they rest on', () => {
    const said = [
      costs(3.18),
      costs(3.18, { estimated: 1, estimatedUsd: 0.4, unknown: 4 }),
      costs(0, { free: 2 }),
      costs(0, { free: 2, unknown: 1 }),
      costs(0, { unknown: 3 }),
      costs(0),
      costs(0.09),
    ].map(costSum);
    assert.deepEqual(said, ['$3.18', '~$3.18 + 4 unknown', '$0.00 free', '$0.00 free + 1 unknown', 'unknown', 'none', '$0.09']);
  });
});
