import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogHits, LogMatch, LogScope } from '../../src/server/domain/logQuery';
import { FolderLogReader } from '../../src/server/store/logs/logReader';
import { reportText } from '../../src/server/store/logSegment';
import { ulidSource, systemClock } from '../../src/server/base/clock';
import { atMost, ratioAtMost, type Goal } from './figure';
import { inPairs, repeated, timed } from './pairs';
import { programPeer } from './peers';
import type { Report } from './report';

const LINES = 1_000_000;
const TASKS = 100;
const SEGMENT = 4 << 20;
const PAIRS = 7;
/** The most hits a search lists; it counts all. */
const MOST = 10_000;

/** Searches 1,000,000 lines in 100 tasks, and ripgrep as a whole process in the same files. */
export async function searchBench(report: Report, lines = LINES): Promise<void> {
  const rg = programPeer('rg');
  const name = `${rg.label}, whole process`;
  const dir = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const reader = new FolderLogReader(dir, resolve('dist'));
  const plain: LogMatch = { text: 'needle number 7', regex: false, wholeWord: false, matchCase: false };
  const expression = 'needle\\s+number\\s+[0-9]+';
  const find = (args: string[], folder = dir): string =>
    spawnSync(rg.path, ['--no-config', ...args, folder], { env: rg.env, encoding: 'utf8', maxBuffer: 1 << 30 }).stdout;
  /** Ours and theirs find as many lines; then both are timed, printing what they find. */
  const beside = async (
    metric: string,
    match: LogMatch,
    args: string[],
    goal?: Goal,
    scope: LogScope = {},
    folder = dir,
  ): Promise<void> => {
    const search = (): Promise<LogHits> => reader.search(scope, match, MOST, false);
    const { total } = await search();
    const theirs = find(['-c', '--no-filename', ...args], folder)
      .split('\n')
      .reduce((sum, count) => sum + Number(count), 0);
    if (total !== theirs) throw new Error(`${metric}: ${total} hits here, ${theirs} with rg.`);
    const blocked: number[] = [];
    const samples = await inPairs(
      async () => {
        // The peer has just blocked this thread, which must not count as ours.
        await sleep(5);
        const delay = monitorEventLoopDelay({ resolution: 1 });
        delay.enable();
        const ms = await timed(search);
        delay.disable();
        blocked.push(delay.max / 1e6);
        return ms;
      },
      () => timed(() => find(['-n', ...args], folder)),
      { warmUp: 2, pairs: PAIRS },
    );
    report.note(`${metric}: ${total} hits in both`);
    report.add({ metric, unit: 'ms', ours: samples.ours, peer: { name, samples: samples.peer }, ...(goal ? { goal } : {}) });
    report.add({ metric: `${metric}: event loop blocked at most`, unit: 'ms', ours: [Math.max(...blocked)], goal: atMost(20) });
  };
  try {
    const { bytes, ids } = fill(dir, lines);
    report.note(`${lines.toLocaleString('en')} lines, ${Math.round(bytes / 1e6)} MB, ${TASKS} tasks`);
    await beside('needle', plain, ['-i', '-F', plain.text], ratioAtMost(3));
    await beside('needle, with case', { ...plain, matchCase: true }, ['-F', plain.text], ratioAtMost(3));
    await beside('regex', { ...plain, text: expression, regex: true }, ['-i', expression], ratioAtMost(3));
    const [, , , id = ''] = ids;
    await beside('needle in one task', plain, ['-i', '-F', plain.text], ratioAtMost(1), { taskIds: [id] }, join(dir, 'tasks', id));
    const common = (): Promise<LogHits> => reader.search({}, { ...plain, text: 'reading' }, 200, true);
    report.add({ metric: 'first 200 hits of a common word', unit: 'ms', ours: await repeated(common, { pairs: PAIRS }) });
    const newest = (): Promise<unknown> => reader.page({ scope: {}, direction: 'older', limit: 500 });
    report.add({ metric: 'last page', unit: 'ms', ours: await repeated(newest, { pairs: PAIRS }) });
    const { hits } = await reader.search({}, plain, MOST, false);
    const place = hits[hits.length >> 1]?.place;
    const middle = (): Promise<unknown> => reader.page({ scope: {}, direction: 'around', place, limit: 500 });
    report.add({ metric: 'page in the middle', unit: 'ms', ours: await repeated(middle, { pairs: PAIRS }) });
    await exportAll(report, reader);
  } finally {
    reader.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function exportAll(report: Report, reader: FolderLogReader): Promise<void> {
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
  report.add({ metric: 'export as CSV', unit: 'MB/s', ours: [bytes / 1e6 / seconds] });
  report.add({ metric: 'export as CSV: memory grew by', unit: 'MB', ours: [(peak - before) / 1e6] });
}

function fill(dir: string, lines: number): { bytes: number; ids: string[] } {
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
    for (let n = 0; n < lines / TASKS; n++) {
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
