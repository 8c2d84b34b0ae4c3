import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { readAddress, towerId } from '../../src/server/gateway/addressFile';
import { LEASE_MS } from '../../src/server/protocol/version';
import type { TaskOut } from '../../src/server/protocol/rest';
import { HeadlessTower } from './headlessTower';
import { PersistentAgent, type Work } from './persistentAgent';
import { until } from './until';

const AGENTS = 20;
/** Log reports of an attempt, each sent when the one before is acknowledged, and the pause before each, ms. */
const REPORTS = 40;
const PAUSE = 100;

export interface StopRunOptions {
  home: string;
  /** How long the process that runs the tower is stopped, ms. */
  stopMs: number;
  /** Another tower stands by, and takes over. */
  standby: boolean;
}

/** What came of it. */
export interface StopRunResult {
  /** What the woken process was to the tower, as it said. */
  woken: string;
  tookOver: boolean;
}

/**
 * Stops the process of a tower with 20 agents at work, as a laptop that sleeps or a host that is blocked, and wakes it again.
 * @throws {AssertionError} when an attempt was lost or doubled, or a log has a gap or a line twice.
 */
export async function stopRun({ home, stopMs, standby }: StopRunOptions): Promise<StopRunResult> {
  const tower = await HeadlessTower.start(home, [], AGENTS);
  const second = standby ? await HeadlessTower.start(home, [], AGENTS) : undefined;
  process.env.TASKTOWER_HOME = tower.addressHome;
  const id = towerId(tower.storage);
  const { url: firstUrl, token } = readAddress(id) ?? { url: tower.url, token: tower.keys.client };
  const begun: string[] = [];
  const agents = Array.from(
    { length: AGENTS },
    (_, n) =>
      new PersistentAgent({
        name: `Agent ${n}`,
        capacity: 1,
        forgetful: false,
        address: () => readAddress(id) ?? { url: firstUrl, token },
        plan: (task) => {
          begun.push(task.taskId);
          const line = (k: number): Record<string, unknown> => ({ type: 'log', lines: [{ text: `line ${k}` }] });
          return [...Array.from({ length: REPORTS }, (_, k) => line(k)), { type: 'result', result: 'Done.' }];
        },
        before: async () => wait(PAUSE),
        acked: (_work: Work) => undefined,
      }),
  );
  try {
    for (let n = 0; n < AGENTS; n++) {
      const { status } = await tower.ask('POST', '/api/tasks', { title: `Task ${n}`, agent: `Agent ${n}` });
      assert.equal(status, 201);
    }
    await until('every task to run', async () => (await list(tower, firstUrl)).every(({ status }) => status === 'running'));
    tower.signal('SIGSTOP');
    const stopped = performance.now();
    if (second) await until('the other tower to take over', () => second.role === 'owner', 15_000);
    await wait(stopMs - (performance.now() - stopped));
    tower.signal('SIGCONT');
    if (second) {
      const headers = { authorization: `Bearer ${tower.keys.person}` };
      const answered = await fetch(`${firstUrl}/api/tasks`, { headers }).then(
        (response) => response.ok,
        () => false,
      );
      assert.ok(!answered, 'a tower that was replaced answers nothing');
    }
    if (second) await until('the first to follow', () => tower.role === 'follower', 15_000);
    const { url } = readAddress(id) ?? { url: firstUrl };
    await until(
      'every task to end',
      async () => (await list(tower, url)).every(({ status }) => status === 'completed'),
      stopMs + 2 * LEASE_MS + 60_000,
    );
    const tasks = await list(tower, url);
    assert.deepEqual(
      tasks.map(({ attempt }) => attempt),
      tasks.map(() => 1),
      'an attempt was lost',
    );
    assert.equal(new Set(begun).size, begun.length, 'an attempt was begun twice');
    for (const task of tasks) {
      const { body } = await tower.ask('GET', `/api/logs?task=${task.id}&level=info&limit=5000`, undefined, url);
      const lines = (body.lines as { text: string }[]).map(({ text }) => text).filter((text) => text.startsWith('line'));
      assert.deepEqual(
        lines,
        lines.map((_, k) => `line ${k}`),
      );
      assert.equal(lines.length, REPORTS);
    }
    return { woken: tower.role, tookOver: second?.role === 'owner' };
  } finally {
    await Promise.all(agents.map((agent) => agent.close()));
    await second?.close();
    await tower.close();
  }
}

async function list(tower: HeadlessTower, url: string): Promise<TaskOut[]> {
  const { body } = await tower.ask('GET', '/api/tasks?limit=500', undefined, url);
  return body.tasks as TaskOut[];
}
