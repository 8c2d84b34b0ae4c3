import { Agent, request } from 'node:http';
import { agentTokens } from './agentTokens';
import { below, ratioAtLeast, type Goal } from './figure';
import { inPairs } from './pairs';
import { Bullmq, type BullQueue } from './redis';
import type { Report } from './report';
import { atShare } from './statistics';
import { HeadlessTower } from '../support/headlessTower';
import { person, TowerBench } from '../support/towerBench';

const PENDING = 10_000;
const ADDED = 1_000;
const AT_ONCE = 50;
/** More than one token may ask in a second is asked by several. */
const TOKENS = 40;
const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const;

/** Adds the task of that number. */
type Add = (n: number) => Promise<unknown>;

/** Creating a task with many pending: here, over REST on a connection that is kept, and `add` with a priority in BullMQ. */
export async function createBench(report: Report, pending = PENDING): Promise<void> {
  for (const sync of ['everysec', 'always'] as const) {
    const bull = await Bullmq.start(sync);
    const queue = bull.queue();
    try {
      await beside(report, pending, sync, bull.label, queue);
    } finally {
      await queue.close();
      await bull.stop();
    }
  }
}

async function beside(report: Report, pending: number, sync: 'everysec' | 'always', peerName: string, queue: BullQueue): Promise<void> {
  const fsync = sync === 'always';
  const bench = new TowerBench();
  const { tower } = await bench.start({ fsync });
  const add: Add = (n) => queue.add(`Task ${n}`, { prompt: 'Do it.' }, { priority: 1 + (n % 4) });
  const create: Add = (n) => tower.execute({ type: 'CreateTask', spec: specOf(n) }, person);
  const compare = async (metric: string, ours: Add, atOnce: number, goal?: Goal): Promise<void> => {
    const times: number[] = [];
    const rates = await inPairs(
      () => rateOf(ours, ADDED, atOnce, times),
      () => rateOf(add, ADDED, atOnce),
    );
    report.add({ metric, unit: 'tasks/s', ours: rates.ours, peer: { name: peerName, samples: rates.peer }, ...(goal ? { goal } : {}) });
    report.add({ metric: `${metric}: p99`, unit: 'ms', ours: [atShare(times, 0.99)], ...(goal && !fsync ? { goal: below(10) } : {}) });
  };
  const how = fsync ? ', synced' : '';
  try {
    for (const one of [create, add]) await rateOf(one, pending, 200);
    const { tasks } = await tower.query({ type: 'Tasks', filter: { order: 'queue', limit: 100 } });
    const first = [tasks.map(({ title }) => title), (await queue.getPrioritized(0, 99)).map(({ name }) => name)];
    if (first[0]?.join() !== first[1]?.join()) throw new Error(`The two queues differ:\n${first.join('\n')}`);
    report.note(`${pending} pending; the first 100 of the queue are the same in both`);
    await compare(`in process${how}`, create, 1, ratioAtLeast(fsync ? 1 : 10));
    await compare(`in process${how}, ${AT_ONCE} at once`, create, AT_ONCE);
    if (fsync) return;
    await bench.stop();
    const headless = await HeadlessTower.start(bench.home, [], 4);
    const door = new RestDoor(headless.url, agentTokens(headless.storage, TOKENS));
    try {
      await compare('over REST', (n) => door.create(specOf(n)), 1, ratioAtLeast(1));
      await compare(`over REST, ${AT_ONCE} at once`, (n) => door.create(specOf(n)), AT_ONCE);
    } finally {
      door.close();
      await headless.close();
    }
  } finally {
    await bench.close();
  }
}

function specOf(n: number): { title: string; prompt: string; priority: (typeof PRIORITIES)[number]; skills: string[] } {
  return { title: `Task ${n}`, prompt: 'Do it.', priority: PRIORITIES[n % 4] ?? 'normal', skills: ['none'] };
}

/** Adds tasks, so many at once. @returns how many a second. */
async function rateOf(add: Add, count: number, atOnce: number, times?: number[]): Promise<number> {
  const started = performance.now();
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const from = performance.now();
      await add(next++);
      times?.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  // Views, files and the history are told after the call stack; that counts too.
  await new Promise((told) => setImmediate(told));
  return (count / (performance.now() - started)) * 1000;
}

/** Creates tasks over connections that are kept. */
class RestDoor {
  private readonly agent = new Agent({ keepAlive: true });
  private asked = 0;

  constructor(
    private readonly url: string,
    private readonly tokens: readonly string[],
  ) {}

  create(spec: object): Promise<void> {
    const body = JSON.stringify(spec);
    const headers = {
      authorization: `Bearer ${this.tokens[this.asked++ % this.tokens.length]}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}/api/tasks`, { method: 'POST', agent: this.agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => (response.statusCode === 201 ? resolve() : reject(new Error(`${response.statusCode}: ${text}`))));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
