import assert from 'node:assert/strict';
import { ContextFilter } from '../../../src/webviews/logs/contextFilter';
import type { Line } from '../../../src/webviews/logs/line';
import { LineCache, MOST_LINES } from '../../../src/webviews/logs/lineCache';
import { anchorAt, RowLayout, topFor } from '../../../src/webviews/logs/rowLayout';
import type { Row } from '../../../src/webviews/logs/row';
import { Rows, type RowScene } from '../../../src/webviews/logs/rows';
import { heldLine, heldLines } from '../../support/logLines';
import { AFTERNOON, DAY } from '../../support/scene';

const texts = (lines: readonly Line[]): string => lines.map(({ text }) => text.replace('line ', '')).join(' ');

function rowsOf(lines: readonly Line[], change: Partial<RowScene> = {}, rows = new Rows()): Row[] {
  const scene: RowScene = {
    lines,
    hasOlder: false,
    open: new Set(),
    isPaused: false,
    isSparse: false,
    attempt: () => ({ number: '#15', startedAt: AFTERNOON }),
    agentName: (id) => id,
    perSecond: 40_000,
    now: AFTERNOON,
    ...change,
  };
  return rows.of(scene);
}

/** Rows as text. */
function drawn(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    if (row.kind === 'line') return row.line.text.split('\n')[0] ?? '';
    if (row.kind === 'part') return `| ${row.text}`;
    if (row.kind === 'rule') return `--- ${row.text}`;
    return `${row.isOpen ? 'v' : '>'} ${row.block ? `${row.block.language || 'code'} ${row.block.lines.length}` : row.line.breaks}`;
  });
}

describe('The lines that the Logs panel holds', () => {
  it('are at most 5,000: following, the oldest go; scrolling up, the newest do, and nothing live is added at that end', () => {
    const cache = new LineCache();
    cache.replace(heldLines(0, MOST_LINES), false, false);
    assert.equal(cache.addLive(heldLines(MOST_LINES, MOST_LINES + 3), false), 3);
    assert.deepEqual([cache.lines.length, cache.lines[0]?.text, cache.hasOlder], [MOST_LINES, 'line 3', true]);
    cache.addOlder(heldLines(0, 3), false);
    assert.deepEqual([cache.lines.length, cache.lines.at(-1)?.text, cache.hasNewer], [MOST_LINES, 'line 4999', true]);
    assert.equal(cache.addLive(heldLines(6000, 6001), false), 0);
    cache.addNewer(heldLines(4998, 5003), false);
    assert.deepEqual([cache.lines[0]?.text, cache.lines.at(-1)?.text, cache.hasNewer], ['line 3', 'line 5002', false]);
  });

  it('stay as they are while the view is paused, until there is no room', () => {
    const cache = new LineCache();
    cache.replace(heldLines(0, MOST_LINES - 1), true, false);
    assert.equal(cache.addLive(heldLines(6000, 6001), true), 1);
    cache.addLive(heldLines(6001, 6003), true);
    assert.deepEqual([cache.lines[0]?.text, cache.lines.at(-1)?.text, cache.hasNewer], ['line 0', 'line 6000', true]);
  });

  it('stand in order of time, each once, also when an agent dates its lines back', () => {
    const cache = new LineCache();
    cache.replace([heldLine(10), heldLine(20)], true, false);
    cache.addLive([heldLine(30), heldLine(15), heldLine(20), heldLine(5)], false);
    assert.equal(texts(cache.lines), '10 15 20 30');
    cache.replace([heldLine(10)], false, false);
    cache.addLive([heldLine(5)], false);
    assert.equal(texts(cache.lines), '5 10');
  });

  it('hold no more than 8 million characters, and only the beginning of a very long line', () => {
    const cache = new LineCache();
    const long = 'x'.repeat(100_000);
    cache.replace(
      Array.from({ length: 900 }, (_, n) => heldLine(n, { text: long })),
      false,
      false,
    );
    assert.equal(cache.lines.length, 500);
    assert.deepEqual([cache.lines[0]?.text.length, cache.lines[0]?.bytes, cache.hasOlder], [16_384, 100_000, true]);
  });

  it('are those around matches when only matches are shown', () => {
    const filter = new ContextFilter(({ text }) => /7$/.test(text), 2);
    const passed = [...filter.pass(heldLines(0, 8)), ...filter.pass(heldLines(8, 28))];
    assert.equal(
      passed.map(({ text, isContext }) => text.slice(5) + (isContext ? '' : '!')).join(' '),
      '5 6 7! 8 9 15 16 17! 18 19 25 26 27!',
    );
  });
});

describe('The rows of the Logs panel', () => {
  it('fold what follows a line break, fenced code and JSON over several lines, and open in place', () => {
    const lines = [
      heldLine(1, { text: 'net::ERR\n  at a\n  at b' }),
      heldLine(2, { text: '```ts' }),
      heldLine(3, { text: 'of another', taskId: 'T16' }),
      heldLine(4, { text: 'const a = 1;' }),
      heldLine(5, { text: '```' }),
      heldLine(6, { text: '{' }),
      heldLine(7, { text: '  "a": 1' }),
      heldLine(8, { text: '}' }),
      heldLine(9, { text: '[not json' }),
    ];
    assert.deepEqual(drawn(rowsOf(lines)), ['net::ERR', '> 2', '> ts 3', 'of another', '> json 3', '[not json']);
    const open = new Set(['p0000001/more', 'p0000002/block']);
    assert.deepEqual(drawn(rowsOf(lines, { open })), [
      'net::ERR',
      'v 2',
      '|   at a',
      '|   at b',
      'v ts 3',
      'of another',
      'const a = 1;',
      '```',
      '> json 3',
      '[not json',
    ]);
    assert.deepEqual(drawn(rowsOf(lines.slice(1), { isSparse: true })).length, 8);
  });

  it('open a line of JSON below itself', () => {
    const line = heldLine(1, { text: 'result {"a": 1, "b": [true]}' });
    assert.deepEqual(drawn(rowsOf([line], { open: new Set(['p0000001/json']) })), [
      'result {"a": 1, "b": [true]}',
      '| {',
      '|   "a": 1,',
      '|   "b": [',
      '|     true',
      '|   ]',
      '| }',
    ]);
  });

  it('never fold what is not closed, or is no JSON', () => {
    const lines = [
      heldLine(1, { text: '```' }),
      heldLine(2),
      heldLine(3, { text: '{', attempt: 2 }),
      heldLine(4, { text: 'no', attempt: 2 }),
      heldLine(5, { text: '}', attempt: 2 }),
    ];
    assert.deepEqual(
      drawn(rowsOf(lines)).filter((row) => row.startsWith('>')),
      [],
    );
  });

  it('say where lines were dropped, an attempt began, and a day ended', () => {
    const late = heldLine(3, { attempt: 2, at: AFTERNOON + DAY });
    const lines = [heldLine(1), { ...heldLine(2), dropped: [{ agentId: 'Code Gen', lines: 1204 }] }, late];
    const rows = drawn(rowsOf(lines, { attempt: () => ({ number: '#15', startedAt: new Date(2026, 10, 24, 13, 44, 10).getTime() }) }));
    assert.deepEqual(rows, [
      'line 1',
      '--- 1,204 lines dropped: Code Gen sent more than 40,000 a second',
      'line 2',
      '--- Nov 24',
      '--- #15 attempt 2 started 13:44:10',
      'line 3',
    ]);
  });

  it('are the same objects as before where nothing changed', () => {
    const [rows, lines] = [new Rows(), heldLines(0, 50)];
    const before = rowsOf(lines, {}, rows);
    const after = rowsOf([heldLine(999, { at: AFTERNOON - 1 }), ...lines], {}, rows);
    assert.ok(before.every((row, index) => row === after[index + 1]));
  });

  it('keep their place when others come above, and are found by their height', () => {
    const rows = rowsOf(heldLines(100, 200));
    const layout = new RowLayout(rows, 20);
    const anchor = anchorAt(layout, 25 * 20 + 7);
    assert.ok(anchor);
    const more = new RowLayout(rowsOf(heldLines(0, 200)), 20);
    assert.equal(topFor(more, anchor), (100 + 25) * 20 + 7);
    assert.deepEqual(layout.between(500, 100, 25), { from: 0, to: 56 });

    const wrapped = new RowLayout(rows, 20, ({ line }) => (line.text === 'line 103' ? 60 : 20));
    assert.equal(wrapped.length, 100 * 20 + 40);
    assert.deepEqual(
      [59, 60, 119, 120].map((y) => wrapped.at(y)),
      [2, 3, 3, 4],
    );
    assert.equal(wrapped.topOf(4), 120);
  });
});
