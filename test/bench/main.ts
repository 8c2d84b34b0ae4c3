import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { nullLog } from '../../src/server/base/log';
import { startTower } from '../../src/server/start';
import { analyticsBench } from './analytics';
import { compareBench } from './compare';
import { heapBench } from './heap';
import { keysBench } from './keys';
import { liveBench } from './live';
import { proofBench } from './proof';
import { searchBench } from './search';
import { startBench } from './start';
import { treeBench } from './tree';
import { keysOf, rest, RpcSocket, SocketAgent } from '../support/towerClient';

const PENDING = 10_000;
const ROUNDS = 500;
const person = { kind: 'person', name: 'you' } as const;

/** Times of one kind of operation: median, p99 and worst, ms. */
class Times {
  private readonly all: number[] = [];

  constructor(
    private readonly name: string,
    private readonly bound: string,
  ) {}

  async of<T>(work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    const value = await work();
    this.all.push(performance.now() - from);
    return value;
  }

  add(ms: number): void {
    this.all.push(ms);
  }

  print(): void {
    const sorted = this.all.sort((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(2);
    console.log(
      `${this.name.padEnd(46)} median ${at(0.5).padStart(7)}  p99 ${at(0.99).padStart(7)}  max ${at(1).padStart(7)} ms   wanted ${this.bound}`,
    );
  }
}

/** When things were first seen, on the monotonic clock in ms. */
class Arrivals {
  private readonly seen = new Map<string, number>();
  private readonly waiting = new Map<string, (at: number) => void>();

  note(key: string): void {
    const at = performance.now();
    this.seen.set(key, at);
    this.waiting.get(key)?.(at);
  }

  of(key: string): Promise<number> {
    const at = this.seen.get(key);
    return at === undefined ? new Promise((resolve) => this.waiting.set(key, resolve)) : Promise.resolve(at);
  }
}

async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  process.env.TASKTOWER_HOME = join(home, 'tasktower');
  const storage = join(home, 'storage');
  const dist = join(__dirname, '..', '..', '..', 'dist');
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${PENDING} pending tasks`);
  const running = await startTower({ storage, folders: [home], agents: [], cap: 4, port: 0, fsync: false, dist, log: nullLog });
  const { tower } = running;
  const url = running.address?.url ?? '';
  const keys = keysOf(storage);
  try {
    const fill = performance.now();
    for (let n = 0; n < PENDING; n++)
      await tower.execute({ type: 'CreateTask', spec: { title: `Task ${n}`, prompt: 'Do it.', skills: ['none'] } }, person);
    console.log(`${PENDING} tasks created in ${((performance.now() - fill) / 1000).toFixed(1)} s`);

    const inProcess = new Times('create in process', 'p99 < 10 ms');
    for (let n = 0; n < ROUNDS; n++)
      await inProcess.of(() => tower.execute({ type: 'CreateTask', spec: { title: `More ${n}`, skills: ['none'] } }, person));
    inProcess.print();

    const overRest = new Times('create over REST', 'p99 < 20 ms');
    for (let n = 0; n < ROUNDS; n++)
      await overRest.of(() => rest(url, keys.client, 'POST', '/api/tasks', { title: `Rest ${n}`, skills: ['none'] }));
    overRest.print();

    const change = {
      cancel: new Times('cancel', 'p99 < 20 ms'),
      priority: new Times('reprioritise', 'p99 < 20 ms'),
      reorder: new Times('reorder', 'p99 < 20 ms'),
    };
    for (let n = 0; n < ROUNDS; n++) {
      const [a, b, c] = [1 + n * 3, 2 + n * 3, 3 + n * 3].map((number) => `#${number}`);
      await change.cancel.of(() => tower.execute({ type: 'CancelTask', taskId: a ?? '' }, person));
      await change.priority.of(() => tower.execute({ type: 'EditTask', taskId: b ?? '', patch: { priority: 'high' } }, person));
      await change.reorder.of(() => tower.execute({ type: 'ReorderTask', taskId: c ?? '', before: '#9000' }, person));
    }
    for (const times of Object.values(change)) times.print();

    const viewer = await RpcSocket.open(url, '/board', keys.person);
    const seen = new Arrivals();
    viewer.onCall = (method, params) => {
      if (method === 'board/records')
        for (const { commandId } of (params as { records: { commandId: string }[] }).records) seen.note(commandId);
      return {};
    };
    await viewer.ask('board/hello', { protocol: 1, seq: tower.board.seq });
    const toViewer = new Times('command to board viewer', 'p99 < 50 ms');
    for (let n = 0; n < ROUNDS; n++) {
      const id = `bench-${n}`;
      const from = performance.now();
      await tower.execute({ type: 'CreateTask', spec: { title: id, skills: ['none'] } }, person, id);
      toViewer.add((await seen.of(id)) - from);
    }
    toViewer.print();

    const logs = new Times('agent log line to board viewer', 'p99 < 100 ms');
    const told = new Arrivals();
    viewer.onCall = (method, params) => {
      if (method === 'board/logs') for (const { text } of (params as { lines: { text: string }[] }).lines) told.note(text);
      return {};
    };
    await viewer.ask('logs/subscribe', { filter: {} });
    const done = new Promise<void>((resolve, reject) => {
      SocketAgent.join(url, keys.client, { name: 'Bench', skills: ['bench'] }, async (agent, task) => {
        for (let n = 0; n < ROUNDS; n++) {
          const text = `line ${n}`;
          const from = performance.now();
          await agent.send(task, { type: 'log', lines: [{ text }] });
          logs.add((await told.of(text)) - from);
        }
        agent.close();
        resolve();
      }).catch(reject);
    });
    await tower.execute({ type: 'CreateTask', spec: { title: 'Log', skills: ['bench'] } }, person);
    await done;
    logs.print();
    viewer.close();
  } finally {
    await running.dispose();
    rmSync(home, { recursive: true, force: true });
  }
}

const [name, size] = process.argv.slice(2);
const benches: Record<string, () => Promise<void>> = {
  analytics: () => analyticsBench(size === undefined ? undefined : Number(size)),
  compare: compareBench,
  live: liveBench,
  heap: heapBench,
  keys: keysBench,
  proof: proofBench,
  search: searchBench,
  tree: treeBench,
  start: () => startBench(size === undefined ? undefined : Number(size)),
};

void (benches[name ?? ''] ?? main)().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
