import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LogMatch, LogScope } from '../../src/server/domain/logQuery';
import { FolderLogReader } from '../../src/server/store/logs/logReader';
import { reportText } from '../../src/server/store/logSegment';
import { ulidSource, systemClock } from '../../src/server/base/clock';

const LINES = 1_000_000;
const TASKS = 100;
const SEGMENT = 4 << 20;
const ROUNDS = 7;

/** Searches 1,000,000 lines in 100 tasks, beside ripgrep over the same files where it is installed. */
export async function searchBench(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tasktower-search-'));
  const reader = new FolderLogReader(dir, resolve('dist'));
  try {
    const { bytes, ids } = fill(dir);
    console.log(`${LINES.toLocaleString('en')} lines, ${Math.round(bytes / 1e6)} MB, ${TASKS} tasks`);
    const plain: LogMatch = { text: 'needle number 7', regex: false, wholeWord: false, matchCase: false };
    const rg = hasRipgrep();
    const search =
      (match: LogMatch, scope: LogScope = {}, limit = 10_000, stopEarly = false) =>
      () =>
        reader.search(scope, match, limit, stopEarly);
    await reader.search({}, plain, 1, false);
    await report('plain text', search(plain), rg && (() => ripgrep(['-i', '-F', plain.text], dir)));
    await report('plain text, with case', search({ ...plain, matchCase: true }), rg && (() => ripgrep(['-F', plain.text], dir)));
    await report('common word', search({ ...plain, text: 'reading' }), rg && (() => ripgrep(['-i', '-F', 'reading'], dir)));
    const expression = { ...plain, text: 'needle\\s+number\\s+[0-9]+', regex: true };
    await report('expression', search(expression), rg && (() => ripgrep(['-i', 'needle\\s+number\\s+[0-9]+'], dir)));
    await report('first 200 hits of a common word', search({ ...plain, text: 'reading' }, {}, 200, true));
    await report(
      'one task',
      search(plain, { taskIds: [ids[3] ?? ''] }),
      rg && (() => ripgrep(['-i', '-F', plain.text], join(dir, 'tasks', ids[3] ?? ''))),
    );
    await report('last page', () => reader.page({ scope: {}, direction: 'older', limit: 500 }));
    const middle = await reader.search({}, plain, 10_000, false);
    const place = middle.hits[Math.floor(middle.hits.length / 2)]?.place;
    await report('page in the middle', () => reader.page({ scope: {}, direction: 'around', place, limit: 500 }));
    await exportAll(reader);
  } finally {
    reader.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function exportAll(reader: FolderLogReader): Promise<void> {
  global.gc?.();
  const before = process.memoryUsage().rss;
  const started = performance.now();
  let [bytes, peak] = [0, before];
  const names = { agent: (id: string) => id, task: async () => ({ number: 1, title: 'Task' }) };
  for await (const chunk of reader.export({ scope: {}, format: 'csv' }, names)) {
    bytes += chunk.length;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `export as CSV: ${Math.round(bytes / 1e6)} MB in ${seconds.toFixed(1)} s, memory grew by ${Math.round((peak - before) / 1e6)} MB at most`,
  );
}

async function report(name: string, work: () => Promise<unknown>, peer?: false | (() => void)): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  const blocked = monitorEventLoopDelay({ resolution: 1 });
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now();
    blocked.enable();
    await work();
    blocked.disable();
    if (round > 0) ours.push(performance.now() - started);
    if (!peer) continue;
    const from = performance.now();
    peer();
    if (round > 0) theirs.push(performance.now() - from);
  }
  const beside = theirs.length > 0 ? `, rg ${median(theirs).toFixed(0)} ms, ratio ${(median(ours) / median(theirs)).toFixed(2)}` : '';
  console.log(
    `${name}: median ${median(ours).toFixed(0)} ms, worst ${Math.max(...ours).toFixed(0)} ms${beside}; host stood still ${(blocked.max / 1e6).toFixed(0)} ms at most`,
  );
}

function fill(dir: string): { bytes: number; ids: string[] } {
  const newId = ulidSource(systemClock);
  const ids = Array.from({ length: TASKS }, () => newId());
  let bytes = 0;
  for (const [task, id] of ids.entries()) {
    const folder = join(dir, 'tasks', id, 'log');
    mkdirSync(folder, { recursive: true });
    let [segment, text] = [1, ''];
    const flush = (): void => {
      writeFileSync(join(folder, `${segment++}.ndjson`), text);
      bytes += Buffer.byteLength(text);
      text = '';
    };
    for (let n = 0; n < LINES / TASKS; n++) {
      const at = 1_700_000_000_000 + task * 100_000 + n * 10;
      const needle = n % 997 === 0 ? `needle number ${n % 13}` : 'Reading the module that handles the session';
      text += reportText(1, `agent-${n % 5}`, [
        { at, level: n % 100 ? 'info' : 'warn', text: `${needle} in src/auth/token.ts at step ${n} of many` },
      ]);
      if (text.length > SEGMENT) flush();
    }
    flush();
  }
  return { bytes, ids };
}

function hasRipgrep(): boolean {
  return spawnSync('rg', ['--version']).status === 0;
}

function ripgrep(args: string[], folder: string): void {
  try {
    execFileSync('rg', ['--no-config', '-n', ...args, folder], { stdio: ['ignore', 'ignore', 'ignore'] });
  } catch {
    // It ends with 1 when nothing is found.
  }
}

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? NaN;
}
