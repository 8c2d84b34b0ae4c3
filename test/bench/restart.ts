import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { nullLog } from '../../src/server/base/log';
import type { Actor } from '../../src/server/domain/task';
import { startTower, type RunningTower } from '../../src/server/start';
import { below, ratioAtMost } from './figure';
import { NativeSqlite } from './nativeSqlite';
import { inPairs, timed } from './pairs';
import type { Report } from './report';
import { median } from './statistics';

const PENDING = 1_000;
const STARTS = 5;
const TAIL = 4_000;
const person: Actor = { kind: 'person', name: 'you' };
const agent: Actor = { kind: 'agent', name: 'worker' };

/** How soon a tower with a long past is usable, and how long better-sqlite3 takes to read the rows of as many tasks. */
export async function restartBench(report: Report, finished = 100_000): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const open = (): Promise<RunningTower> => openIn(home);
  try {
    await fillPast(home, finished);
    const file = join(home, 'storage', 'history.sqlite');
    const rows = readAll(file);
    if (rows !== finished + PENDING) throw new Error(`${rows} tasks are in the history.`);
    report.note(`${finished} finished and ${PENDING} pending tasks`);
    const starts: Start[] = [];
    const { ours, peer } = await inPairs(
      async () => {
        const start = await measure(open);
        starts.push(start);
        return start.usable;
      },
      () => timed(() => readAll(file)),
      { pairs: STARTS },
    );
    report.add({
      metric: 'board usable',
      unit: 'ms',
      ours,
      peer: { name: `${NativeSqlite.label}, reading every task`, samples: peer },
      goal: ratioAtMost(2),
    });
    report.add({ metric: 'board usable: alone', unit: 'ms', ours: [median(ours)], goal: below(400) });
    report.add({ metric: 'thread blocked at start', unit: 'ms', ours: starts.map(({ blocked }) => blocked) });
    report.add({ metric: `take-over with ${TAIL} records more`, unit: 'ms', ours: starts.map(({ takeOver }) => takeOver) });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function openIn(home: string): Promise<RunningTower> {
  process.env.TASKTOWER_HOME = join(home, 'tasktower');
  const places = { storage: join(home, 'storage'), folders: [home], dist: resolve('dist') };
  return startTower({ ...places, agents: [], cap: 1000, port: 0, fsync: false, log: nullLog });
}

/** Lets a tower in `home` finish so many tasks, and leaves 1,000 pending. */
export async function fillPast(home: string, finished: number): Promise<void> {
  const running = await openIn(home);
  const { tower } = running;
  await tower.execute({ type: 'RegisterAgent', profile: { name: 'Worker', capacity: 64 } }, agent);
  for (let n = 0; n < finished; n++) {
    const { taskId = '' } = await tower.execute({ type: 'CreateTask', spec: { title: `Finished ${n}`, prompt: 'x'.repeat(500) } }, person);
    await tower.execute({ type: 'AssignTask', taskId, agentId: 'worker' }, { kind: 'tower', name: 'tower' });
    await tower.execute({ type: 'AcceptAttempt', taskId, attempt: 1 }, agent);
    await tower.execute({ type: 'ReportResult', taskId, attempt: 1, result: `Result ${n}` }, agent);
    if (n % 1000 === 999) await archived(running, 2_000);
  }
  for (let n = 0; n < PENDING; n++)
    await tower.execute({ type: 'CreateTask', spec: { title: `Pending ${n}`, prompt: 'x'.repeat(500) } }, person);
  await archived(running, PENDING + 700);
  await running.dispose();
}

/** The board keeps a few finished tasks; this many in all are to be there at most. */
async function archived({ tower }: RunningTower, most: number): Promise<void> {
  while (tower.board.tasks.size > most) await wait(5);
}

interface Start {
  usable: number;
  blocked: number;
  takeOver: number;
}

async function measure(open: () => Promise<RunningTower>): Promise<Start> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = performance.now();
  const running = await open();
  const usable = performance.now() - from;
  const blocked = delay.max / 1e6;
  delay.disable();
  const { board } = running.tower;
  if (board.byStatus.pending.size < PENDING) throw new Error(`${board.byStatus.pending.size} tasks are pending.`);
  // The tail of the journal is longest just before a checkpoint.
  const last = [...board.tasks.keys()].at(-1) ?? '';
  for (let n = 0; n < TAIL; n++) await running.tower.execute({ type: 'EditTask', taskId: last, patch: { title: `Edited ${n}` } }, person);
  const taken = performance.now();
  const next = await open();
  const takeOver = performance.now() - taken;
  await running.dispose();
  await next.dispose();
  return { usable, blocked, takeOver };
}

/** Every row of the tasks, read from the file. @returns how many. */
function readAll(file: string): number {
  const database = new NativeSqlite(file);
  try {
    return database.all('SELECT * FROM tasks').length;
  } finally {
    database.close();
  }
}
