import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { nullLog } from '../../src/server/base/log';
import type { Actor } from '../../src/server/domain/task';
import { startTower, type RunningTower } from '../../src/server/start';
import type { Report } from './report';

const PENDING = 1_000;
const STARTS = 5;
const person: Actor = { kind: 'person', name: 'you' };
const agent: Actor = { kind: 'agent', name: 'worker' };

/** How soon a tower with a long past is usable, and how long it blocks its thread. */
export async function restartBench(report: Report, finished = 100_000): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  process.env.TASKTOWER_HOME = join(home, 'tasktower');
  const storage = join(home, 'storage');
  const dist = join(__dirname, '..', '..', '..', 'dist');
  const open = (): Promise<RunningTower> =>
    startTower({ storage, folders: [home], agents: [], cap: 1000, port: 0, fsync: false, dist, log: nullLog });
  try {
    await fill(await open(), finished);
    for (let n = 0; n < STARTS; n++) await measure(report, open, finished);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function fill(running: RunningTower, finished: number): Promise<void> {
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

async function measure(report: Report, open: () => Promise<RunningTower>, finished: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = performance.now();
  const running = await open();
  const usable = performance.now() - from;
  const { tasks } = running.tower.board;
  const atStart = delay.max / 1e6;
  delay.reset();
  const asked = performance.now();
  const page = await running.tower.query({ type: 'Tasks', filter: { status: ['completed'], order: 'newest', limit: 50 } });
  const history = performance.now() - asked;
  const inQuery = delay.max / 1e6;
  // The tail of the journal is longest just before a checkpoint.
  for (let n = 0; n < 4_000; n++)
    await running.tower.execute({ type: 'EditTask', taskId: [...tasks.keys()].at(-1) ?? '', patch: { title: `Edited ${n}` } }, person);
  delay.reset();
  const taken = performance.now();
  const next = await open();
  const takeOver = performance.now() - taken;
  const inTakeOver = delay.max / 1e6;
  await running.dispose();
  delay.reset();
  await next.dispose();
  const closing = delay.max / 1e6;
  delay.disable();
  const figures = { finished, 'on the board': tasks.size, total: page.total };
  const times = {
    ...{ usable, 'blocked at start': atStart, 'first history': history, 'blocked by it': inQuery },
    ...{ 'take-over with 4,000 records': takeOver, 'blocked by it, too': inTakeOver, 'blocked by closing': closing },
  };
  const text = Object.entries(times).map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`);
  report.note(`${JSON.stringify(figures)} ${text.join(', ')}`);
}
