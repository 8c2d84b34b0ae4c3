import { below } from './figure';
import type { Report } from './report';
import { atShare } from './statistics';
import { person, TowerBench } from '../support/towerBench';
import { rest, RpcSocket } from '../support/towerClient';

const PENDING = 10_000;
const ROUNDS = 500;

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

/** How long single commands, frames and lines take with many tasks pending. */
export async function commandsBench(report: Report, pending = PENDING): Promise<void> {
  const bench = new TowerBench();
  const { tower } = await bench.start();
  const { url, keys } = bench;
  /** The p99 of so many times, held to `bound` ms. */
  const measure = async (metric: string, bound: number, time: (n: number) => Promise<number | void>): Promise<void> => {
    const times: number[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      const from = performance.now();
      const until = (await time(n)) ?? performance.now();
      times.push(until - from);
    }
    report.add({ metric, unit: 'ms', ours: times });
    report.add({ metric: `${metric}, p99`, unit: 'ms', ours: [atShare(times, 0.99)], goal: below(bound) });
  };
  try {
    for (let n = 0; n < pending; n++)
      await tower.execute({ type: 'CreateTask', spec: { title: `Task ${n}`, prompt: 'Do it.', skills: ['none'] } }, person);
    report.note(`${pending} pending tasks`);

    const create = (title: string, id?: string): Promise<unknown> =>
      tower.execute({ type: 'CreateTask', spec: { title, skills: ['none'] } }, person, id);
    await measure('create in process', 10, async (n) => void (await create(`More ${n}`)));
    await measure(
      'create over REST',
      20,
      async (n) => void (await rest(url, keys.client, 'POST', '/api/tasks', { title: `Rest ${n}`, skills: ['none'] })),
    );
    await measure('cancel', 20, async (n) => void (await tower.execute({ type: 'CancelTask', taskId: `#${1 + n * 3}` }, person)));
    await measure(
      'reprioritise',
      20,
      async (n) => void (await tower.execute({ type: 'EditTask', taskId: `#${2 + n * 3}`, patch: { priority: 'high' } }, person)),
    );
    await measure(
      'reorder',
      20,
      async (n) => void (await tower.execute({ type: 'ReorderTask', taskId: `#${3 + n * 3}`, before: `#${pending - 1000}` }, person)),
    );

    const viewer = await RpcSocket.open(url, '/board', keys.person);
    const seen = new Arrivals();
    viewer.onCall = (method, params) => {
      if (method === 'board/records')
        for (const { commandId } of (params as { records: { commandId: string }[] }).records) seen.note(commandId);
      return {};
    };
    await viewer.ask('board/hello', { protocol: 1, seq: tower.board.seq });
    await measure('command to board viewer', 50, async (n) => {
      await create(`bench-${n}`, `bench-${n}`);
      return seen.of(`bench-${n}`);
    });

    const told = new Arrivals();
    viewer.onCall = (method, params) => {
      if (method === 'board/logs') for (const { text } of (params as { lines: { text: string }[] }).lines) told.note(text);
      return {};
    };
    await viewer.ask('logs/subscribe', { filter: {} });
    const given = new Promise<(text: string) => Promise<unknown>>(
      (resolve) => void bench.agent('Bench', (agent, task) => resolve((text) => agent.send(task, { type: 'log', lines: [{ text }] }))),
    );
    await tower.execute({ type: 'CreateTask', spec: { title: 'Log', agent: 'Bench' } }, person);
    const say = await given;
    await measure('agent log line to board viewer', 100, async (n) => {
      await say(`line ${n}`);
      return told.of(`line ${n}`);
    });
    viewer.close();
  } finally {
    await bench.close();
  }
}
