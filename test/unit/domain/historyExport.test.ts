import assert from 'node:assert/strict';
import { historyText, type HistoryFormat } from '../../../src/server/domain/historyExport';
import type { TaskRow } from '../../../src/server/domain/query';

const row = (number: number, changes: Partial<TaskRow> = {}): TaskRow =>
  ({
    ...{ id: `id-${number}`, number, title: `Task ${number}`, status: 'completed', priority: 'normal', kind: 'review', agent: 'kimi' },
    ...{ createdAt: 0, startedAt: 1000, completedAt: 61_000, attempts: 1, error: null, result: 'Done.' },
    ...changes,
  }) as TaskRow;

async function text(pages: TaskRow[][], format: HistoryFormat): Promise<string> {
  async function* given(): AsyncGenerator<TaskRow[]> {
    for (const page of pages) yield await Promise.resolve(page);
  }
  let all = '';
  for await (const piece of historyText(given(), format)) all += piece;
  return all;
}

describe('An exported history', () => {
  const pages = [
    [
      row(1),
      row(2, { title: '=HYPERLINK("x"), "quoted"\nand broken', error: { kind: 'agent_error', message: 'No such file' }, result: null }),
    ],
    [],
    [row(3)],
  ];

  it('is one JSON array over all pages, also when there is nothing', async () => {
    const tasks = JSON.parse(await text(pages, 'json')) as { number: number; runningMs: number; created: string }[];
    assert.deepEqual(
      tasks.map(({ number }) => number),
      [1, 2, 3],
    );
    assert.deepEqual([tasks[0]?.runningMs, tasks[0]?.created], [60_000, '1970-01-01T00:00:00.000Z']);
    const usd = (unknown: number): string => JSON.stringify({ usd: 0.3, estimatedUsd: 0.3, reported: 0, estimated: 2, free: 0, unknown });
    const cost = async (sum: string): Promise<unknown> => {
      const [told] = JSON.parse(await text([[row(1, { cost: JSON.parse(sum) as TaskRow['cost'] })]], 'json')) as Record<string, unknown>[];
      return [told?.costUsd, told?.costBasis];
    };
    assert.deepEqual(await cost(usd(0)), [0.3, 'estimated']);
    assert.deepEqual(await cost(usd(1)), [0.3, 'estimated, partly unknown']);
    assert.deepEqual(await cost('{"usd":0,"estimatedUsd":0,"reported":0,"estimated":0,"free":0,"unknown":1}'), [null, 'unknown']);
    assert.deepEqual(JSON.parse(await text([[]], 'json')), []);
    assert.equal((JSON.parse(await text([[], [row(1)]], 'json')) as unknown[]).length, 1);
  });

  it('is a JSON object a line', async () => {
    const lines = (await text(pages, 'ndjson')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { title: string }).title),
      ['Task 1', pages[0]?.[1]?.title, 'Task 3'],
    );
  });

  it('is a table that no spreadsheet takes for a formula', async () => {
    const lines = (await text(pages, 'csv')).split('\r\n');
    assert.match(lines[0] ?? '', /^id,number,title,status,/);
    assert.match(lines[2] ?? '', /^id-2,2,"'=HYPERLINK\(""x""\), ""quoted""\nand broken",completed/);
    assert.equal(lines.length, 5);
  });
});
