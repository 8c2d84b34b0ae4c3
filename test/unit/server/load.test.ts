import assert from 'node:assert/strict';
import type { Priority } from '../../../src/server/domain/task';
import type { TaskOut } from '../../../src/server/protocol/rest';
import { pseudoRandom } from '../../support/pseudoRandom';
import { isThorough } from '../../support/thorough';
import { finish, person, TowerBench } from '../../support/towerBench';
import { rest, type SocketAgent } from '../../support/towerClient';
import { until } from '../../support/until';

const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
const PENDING = isThorough ? 10_000 : 2_000;
const SEED = Number(process.env.TASKTOWER_TEST_SEED ?? Date.now() % 1_000_000);

describe('a tower under load', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(async function () {
    this.timeout(60_000);
    await bench.close();
  });

  /** The waiting tasks as REST lists them, page after page. */
  async function listed(): Promise<TaskOut[]> {
    const tasks: TaskOut[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const path = `/api/tasks?status=pending&limit=500${cursor && `&cursor=${cursor}`}`;
      const { status, body } = await rest(bench.url, bench.keys.person, 'GET', path);
      assert.equal(status, 200);
      tasks.push(...(body.tasks as TaskOut[]));
      cursor = body.cursor as string | undefined;
    }
    return tasks;
  }

  it('leaves no task out of a list whose earlier tasks leave the queue while it is read', async () => {
    await bench.start();
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push(await bench.create(`Task ${n}`));
    const ask = (path: string) =>
      rest(bench.url, bench.keys.person, 'GET', path).then(({ body }) => body as { tasks: TaskOut[]; cursor?: string });
    const cancel = (n: number) => rest(bench.url, bench.keys.person, 'POST', `/api/tasks/${ids[n] ?? ''}/cancel`);
    const first = await ask('/api/tasks?limit=2');
    // One that was read before the last one; then the last one itself.
    await cancel(0);
    const second = await ask(`/api/tasks?limit=2&cursor=${first.cursor ?? ''}`);
    await cancel(3);
    const third = await ask(`/api/tasks?limit=2&cursor=${second.cursor ?? ''}`);
    const titles = [first, second, third].map(({ tasks }) => tasks.map(({ title }) => title));
    assert.deepEqual(titles, [
      ['Task 0', 'Task 1'],
      ['Task 2', 'Task 3'],
      ['Task 4', 'Task 5'],
    ]);
  });

  it('leaves no task out of a list when a running task that a page ended with has ended meanwhile', async () => {
    await bench.start();
    const ask = (method: string, path: string, body?: unknown) =>
      rest(bench.url, bench.keys.person, method, path, body).then(
        (reply) => reply.body as { id: string; tasks: TaskOut[]; cursor?: string },
      );
    const running = await ask('POST', '/api/tasks', { title: 'Runs', status: 'running', agent: 'Baker', priority: 'low' });
    await ask('POST', '/api/tasks', { title: 'Runs too', status: 'running', agent: 'Miller' });
    await bench.create('Waits', { priority: 'urgent' });
    const first = await ask('GET', '/api/tasks?limit=1');
    await ask('POST', `/api/tasks/${running.id}/result`, { result: 'Done.' });
    const second = await ask('GET', `/api/tasks?limit=1&cursor=${first.cursor ?? ''}`);
    const third = await ask('GET', `/api/tasks?limit=1&cursor=${second.cursor ?? ''}`);
    assert.deepEqual(
      [first, second, third].map(({ tasks }) => tasks.map(({ title }) => title)),
      [['Runs'], ['Runs too'], ['Waits']],
    );
  });

  it('lets 100 tasks at once on 100 agents all complete, none twice', async function () {
    this.timeout(30_000);
    const { tower } = await bench.start({ cap: 100 });
    const started: string[] = [];
    const agents: SocketAgent[] = [];
    let most = 0;
    const everyone = new Promise<void>((resolve) => {
      tower.onDidCommit(() => {
        most = Math.max(most, tower.board.byStatus.running.size);
        if (started.length === 100) resolve();
      });
    });
    for (let n = 0; n < 100; n++) {
      const agent = await bench.agent(`Agent ${n}`, async (agent, task) => {
        started.push(task.taskId);
        await agent.send(task, { type: 'log', lines: [{ text: 'started' }] });
        await everyone;
        await finish(agent, task);
      });
      agents.push(agent);
    }
    const ids = await Promise.all(Array.from({ length: 100 }, (_, n) => bench.create(`Task ${n}`)));
    await until('all to complete', () => tower.board.byStatus.completed.size === 100, 20_000);
    assert.deepEqual(started.sort(), ids.sort(), 'each task was started once');
    assert.equal(most, 100, 'all ran at once');
    for (const id of ids) assert.equal(tower.board.tasks.get(id)?.attempts.length, 1);
    for (const agent of agents) assert.equal(agent.assigned.length, 1, 'each agent has one slot, so each did one task');
  });

  it(`dispatches from ${PENDING} pending tasks in the order of a naive sort, which REST lists too (TASKTOWER_TEST_SEED=${SEED})`, async function () {
    this.timeout(60_000);
    const { tower } = await bench.start({ cap: 1 });
    const random = pseudoRandom(SEED);
    await tower.execute({ type: 'PauseQueue' }, person);
    // A queue as a plain list: what comes first starts first.
    const naive = await Promise.all(
      Array.from({ length: PENDING }, async (_, n): Promise<{ id: string; priority: Priority }> => {
        const priority = PRIORITIES[random(4)] ?? 'normal';
        return { id: await bench.create(`Task ${n}`, { priority }), priority };
      }),
    );
    naive.sort((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority));
    for (let n = 0; n < 300; n++) {
      const moved = naive[random(naive.length)];
      const before = naive[random(naive.length)];
      if (!moved || !before || moved === before) continue;
      await tower.execute({ type: 'ReorderTask', taskId: moved.id, before: before.id }, person);
      naive.splice(naive.indexOf(moved), 1);
      naive.splice(naive.indexOf(before), 0, moved);
      moved.priority = before.priority;
    }
    for (let n = 0; n < 300; n++)
      await tower.execute({ type: 'CancelTask', taskId: naive.splice(random(naive.length), 1)[0]?.id ?? '' }, person);
    const order = naive.map(({ id }) => id);

    const tasks = await listed();
    assert.deepEqual(
      tasks.map(({ id }) => id),
      order,
    );
    assert.deepEqual(
      tasks.map(({ queuePosition }) => queuePosition),
      order.map((_, index) => index + 1),
    );

    const dispatched: string[] = [];
    await bench.agent('One', (agent, task) => {
      dispatched.push(task.taskId);
      return dispatched.length <= 300 ? finish(agent, task) : undefined;
    });
    await tower.execute({ type: 'ResumeQueue' }, person);
    await until('300 tasks to be dispatched', () => dispatched.length > 300, 40_000);
    assert.deepEqual(dispatched, order.slice(0, 301));
  });

  it('with one slot starts the urgent task first, then goes on in the order shown', async () => {
    const { tower } = await bench.start({ cap: 1 });
    const started: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await bench.agent('One', async (agent, task) => {
      started.push(task.title);
      if (started.length === 1) await held;
      await finish(agent, task);
    });
    await bench.create('First');
    await until('the slot to be taken', () => started.length === 1);
    for (const priority of ['low', 'normal', 'high', 'normal', 'low'] as const) await bench.create(`A ${priority} one`, { priority });
    await bench.create('Urgent', { priority: 'urgent' });
    const shown = (await listed()).map(({ title }) => title);
    assert.deepEqual(shown, ['Urgent', 'A high one', 'A normal one', 'A normal one', 'A low one', 'A low one']);
    release();
    await until('all to complete', () => tower.board.byStatus.completed.size === 7);
    assert.deepEqual(started, ['First', ...shown]);
  });

  it('lists every task once while the history is still opened and tasks end or are queued again', async () => {
    const { tower: earlier } = await bench.start();
    const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => bench.create(`Task ${n}`)));
    for (const taskId of ids.slice(10)) await earlier.execute({ type: 'CancelTask', taskId }, person);
    await bench.stop();
    const { tower } = await bench.start();
    const listing = tower.query({ type: 'Tasks', filter: { order: 'queue', limit: 500 } });
    for (const taskId of ids.slice(0, 5)) await tower.execute({ type: 'CancelTask', taskId }, person);
    for (const taskId of ids.slice(15)) await tower.execute({ type: 'RetryTask', taskId }, person);
    const { tasks } = await listing;
    assert.deepEqual(tasks.map(({ id }) => id).sort(), ids.sort());
  });

  it('never shows a task as completed without its result', async () => {
    const { tower } = await bench.start({ cap: 50 });
    for (let n = 0; n < 20; n++) await bench.agent(`Agent ${n}`);
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => bench.create(`Task ${n}`)));
    await Promise.all(
      ids.map(async (taskId) => {
        for (;;) {
          const { task, results } = await tower.query({ type: 'TaskDetails', taskId });
          if (task.status !== 'completed') {
            await new Promise((next) => setImmediate(next));
            continue;
          }
          assert.equal(results[1], 'Done.', task.title);
          return;
        }
      }),
    );
  });
});
