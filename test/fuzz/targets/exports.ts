import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvText } from '../../../src/server/domain/csv';
import { historyText } from '../../../src/server/domain/historyExport';
import { LogFormat } from '../../../src/server/domain/logQuery';
import type { TaskRow } from '../../../src/server/domain/query';
import { FolderLogReader } from '../../../src/server/store/logs/logReader';
import { tempFolder } from '../../support/tempFolder';
import { corpus, type Target } from '../target';

const TASK = '01M83VWB9C7JZH6MKYVPMTANP0';
const ROW: TaskRow = {
  ...{ id: TASK, number: 1, title: '', status: 'completed', priority: 'normal', kind: 'task', agent: null, progress: null },
  ...{
    createdAt: 0,
    startedAt: null,
    completedAt: null,
    attempts: 0,
    skills: [],
    after: [],
    requires: [],
    externalId: null,
    error: null,
    result: null,
    cost: null,
    evidence: false,
  },
};

/** Stored log segments, and what is written out of them and of the history as CSV, JSON and NDJSON. */
export function exports(): Target {
  const dir = tempFolder();
  const log = join(dir, 'tasks', TASK, 'log');
  const reader = new FolderLogReader(dir, 'dist');
  const names = { agent: (id: string) => id, task: () => Promise.resolve({ number: 1, title: '=1' }) };
  const written = async (text: AsyncIterable<Uint8Array | string>): Promise<string> => {
    let whole = '';
    for await (const part of text) whole += part.toString();
    return whole;
  };
  return {
    name: 'exports',
    seeds: corpus('exports'),
    mutate: (mutator, seed) => Buffer.from(mutator.ndjson(seed.toString('utf8'))),
    read: async (input) => {
      rmSync(log, { recursive: true, force: true });
      mkdirSync(log, { recursive: true });
      writeFileSync(join(log, '1.ndjson'), input);
      const page = await reader.page({ scope: {}, direction: 'older', limit: 2000 });
      const counts = new Set([page.lines.length]);
      for (const format of LogFormat.options) {
        const text = await written(reader.export({ scope: {}, format }, names));
        counts.add(rowsOf(text, format));
      }
      assert.equal(counts.size, 1, `the page and the exports have different lines: ${[...counts].join(', ')}`);
      const words = input.toString('utf8').split(/[\s"]+/);
      const rows = words
        .slice(0, 20)
        .map((title): TaskRow => ({ ...ROW, title, error: { kind: 'agent_error', message: title }, result: title }));
      for (const format of LogFormat.options) {
        const pages = (async function* () {
          yield rows.slice(0, 5);
          yield rows.slice(5);
        })();
        assert.equal(rowsOf(await written(historyText(pages, format)), format), rows.length);
      }
      assert.deepEqual(parseCsv(csvText([words.map(harmless)])), [words.map(harmless)]);
    },
    close: () => reader.dispose(),
  };
}

function rowsOf(text: string, format: LogFormat): number {
  if (format === 'json') return (JSON.parse(text) as unknown[]).length;
  if (format === 'ndjson')
    return text
      .split('\n')
      .slice(0, -1)
      .map((line): unknown => JSON.parse(line)).length;
  const rows = parseCsv(text);
  assert.equal(new Set(rows.map(({ length }) => length)).size, 1, 'rows have different numbers of cells');
  for (const cell of rows.flat()) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/, 'a cell runs as a formula');
  return rows.length - 1;
}

/** A cell that is written as it is. */
function harmless(word: string): string {
  return word.replace(/^[=+\-@\t\r\n＝＋－＠]+/, '');
}

/** The rows of a CSV text by RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  while (cell.lastIndex < text.length) {
    const at = cell.lastIndex;
    const [, value = '', end] = cell.exec(text) ?? assert.fail(`no cell at ${at}: ${JSON.stringify(text.slice(at, at + 80))}`);
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
