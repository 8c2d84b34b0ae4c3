import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@redis/client';
import type { BoardData } from '../../src/server/domain/board';
import { RECORD_VERSION, type TowerRecord } from '../../src/server/domain/event';
import { StormAgent } from '../chaos/stormAgent';
import { MemberTower } from '../support/memberTower';
import { RedisServer } from '../support/redisServer';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { RpcSocket } from '../support/towerClient';
import { until } from '../support/until';

const TASKS = 2_000;
const AGENTS = 20;
const JOURNAL = '{tasktower:tasktower}:journal';

/** Creates tasks at whichever tower answers; each has an id of its own for the command, so that asking again makes no second one. */
async function createAll(towers: readonly MemberTower[]): Promise<void> {
  let next = 0;
  const creator = async (n: number): Promise<void> => {
    let at = n;
    let rpc: RpcSocket | undefined;
    for (let task = next++; task < TASKS; task = next++) {
      for (;;) {
        try {
          const tower = towers[at % towers.length] as MemberTower;
          if (!rpc || rpc.closed !== undefined) rpc = await RpcSocket.open(tower.url, '/board', tower.keys.person);
          await rpc.ask('command', { id: `create-${task}`, command: { type: 'CreateTask', spec: { title: `Task ${task}` } } });
          break;
        } catch {
          // Killed, or Redis is away: the other one is asked, under the same id.
          at++;
          rpc?.close();
          rpc = undefined;
          await wait(50);
        }
      }
    }
    rpc?.close();
  };
  await Promise.all([0, 1, 2, 3].map(creator));
}

describe('two towers, 20 agents and 2,000 tasks', () => {
  let home: string;
  let redis: RedisServer;
  const towers: MemberTower[] = [];
  const agents: StormAgent[] = [];

  before(async () => {
    home = tempFolder();
    redis = await RedisServer.start(join(home, 'redis'));
    towers.push(await MemberTower.start('north', home, redis.url, 200));
    towers.push(await MemberTower.start('south', home, redis.url, 200));
  });

  after(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    await Promise.all(towers.map((tower) => tower.stop()));
    await redis.stop();
    removeTempFolders();
  });

  it('end every task exactly once, though a tower and Redis are killed in mid-run, and show the same board', async function () {
    this.timeout(600_000);
    const [north, south] = towers as [MemberTower, MemberTower];
    const { client: token } = north.keys;
    for (let n = 0; n < AGENTS; n++) {
      let dials = n;
      agents.push(
        new StormAgent({
          name: `Agent ${n}`,
          capacity: 4,
          forgetful: false,
          // The next tower at each dial, as a load balancer does it.
          address: () => ({ url: (towers[dials++ % 2] as MemberTower).url, token }),
          plan: (task) => [
            { type: 'log', lines: [{ text: `begins ${task.title}` }] },
            { type: 'progress', progress: 0.5 },
            { type: 'usage', usage: { inputTokens: 100 } },
            { type: 'usage', usage: { inputTokens: 200 } },
            { type: 'result', result: `result of ${task.title}` },
          ],
          offered: async () => undefined,
          before: async () => undefined,
          acked: () => undefined,
          forgot: () => undefined,
        }),
      );
    }
    const ended = async (tower: MemberTower): Promise<number> => {
      const { body } = await tower.ask('GET', '/api/tasks?status=completed,failed,cancelled&limit=1');
      return Number(body.total);
    };
    const began = performance.now();
    const created = createAll(towers);
    await until('500 tasks to end', async () => (await ended(south)) >= 500, 180_000);
    await north.kill();
    await until('900 tasks to end', async () => (await ended(south)) >= 900, 180_000);
    await north.restart();
    await until('1,200 tasks to end', async () => (await ended(south)) >= 1_200, 180_000);
    await redis.kill();
    await wait(1_000);
    await redis.restart();
    await created;
    await until('all tasks to end', async () => (await ended(south)) >= TASKS, 300_000);
    console.log(`      ${TASKS} tasks in ${((performance.now() - began) / 1000).toFixed(0)} s`);
    assert.ok(
      towers.every(({ isRunning }) => isRunning),
      towers.map(({ log }) => log).join('\n'),
    );

    // Once nothing moves any more.
    await checkJournal(redis.url, await sameBoard(north, south));

    // Every task ended once, whatever happened, and its story is in the folder for both.
    const numbers = new Set<number>();
    for (const tower of towers) {
      let cursor = '';
      let completed = 0;
      do {
        const { body } = await tower.ask('GET', `/api/tasks?order=newest&limit=500${cursor && `&cursor=${cursor}`}`);
        for (const task of body.tasks as { number: number; status: string }[]) {
          numbers.add(task.number);
          assert.equal(task.status, 'completed', JSON.stringify(task));
          completed++;
        }
        cursor = (body.cursor as string | undefined) ?? '';
      } while (cursor !== '');
      assert.equal(completed, TASKS, tower.name);
      for (let number = 1; number <= TASKS; number += 97) {
        const { body } = await tower.ask('GET', `/api/tasks/${number}`);
        assert.equal(body.result, `result of ${String(body.title)}`, tower.name);
      }
    }
    assert.equal(numbers.size, TASKS, 'each has a number of its own');

    // A tower that comes only now knows it all.
    assert.ok(readdirSync(join(north.storage, 'checkpoints')).length > 0);
    const west = await MemberTower.start('west', home, redis.url);
    towers.push(west);
    await sameBoard(west, south);
    // It makes its own list of the past first.
    await until('the past to be read', async () => (await ended(west)) === TASKS, 60_000);
    const { body } = await west.ask('GET', '/api/tasks/1');
    assert.equal(body.result, `result of ${String(body.title)}`);

    await workOnUntilCut(south, redis.url);
  });
});

/** Two towers show the same board, once nothing moves. @returns it */
async function sameBoard(one: MemberTower, other: MemberTower): Promise<BoardData> {
  const [board, same] = await until('two boards of one moment', async () => {
    const both = await Promise.all([one.board(), other.board()]);
    return both[0].seq === both[1].seq ? both : undefined;
  });
  const { tasks, ...rest } = board;
  const { tasks: sameTasks, ...sameRest } = same;
  assert.deepEqual(rest, sameRest);
  assert.equal(tasks.length, sameTasks.length);
  // Of thousands of tasks at once, a difference takes minutes to put into words.
  for (const [n, task] of tasks.entries()) assert.deepEqual(task, sameTasks[n]);
  return board;
}

/** Goes on without a pause until what the checkpoint before the last holds is gone from the journal. */
async function workOnUntilCut(tower: MemberTower, url: string): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  const rpc = await RpcSocket.open(tower.url, '/board', tower.keys.person);
  try {
    const spec = { title: 'For nobody here', skills: ['nobody-has-it'] };
    const { taskId } = (await rpc.ask('command', { id: 'last', command: { type: 'CreateTask', spec } })) as { taskId: string };
    const isCut = async (): Promise<boolean> => (await client.xRange(JOURNAL, '1-0', '1-0'))?.length === 0;
    for (let n = 0; !(await isCut()); n++) {
      assert.ok(n < 500, 'the journal is not cut after 25,000 more records');
      const edits = Array.from({ length: 50 }, (_, k) => ({ type: 'EditTask', taskId, patch: { title: `Renamed ${n} ${k}` } }));
      await Promise.all(edits.map((command, k) => rpc.ask('command', { id: `edit-${n}-${k}`, command })));
    }
  } finally {
    rpc.close();
    client.destroy();
  }
}

/** What Redis still has of the journal: contiguous, no attempt ended twice. */
async function checkJournal(url: string, board: BoardData): Promise<void> {
  const client = createClient({ url });
  await client.connect();
  try {
    const entries = (await client.xRange(JOURNAL, '-', '+')) ?? [];
    const records = entries.map(({ message }) => JSON.parse(message.r ?? '') as TowerRecord);
    assert.equal(records.at(-1)?.seq, board.seq);
    assert.ok(
      records.every(({ v, seq }, n) => v === RECORD_VERSION && seq === (records[0]?.seq ?? 0) + n),
      'no record is missing',
    );
    const ends = records.flatMap(({ events }) =>
      events.flatMap((event) => (event.type === 'AttemptEnded' && event.then.status === 'completed' ? [event.taskId] : [])),
    );
    assert.equal(new Set(ends).size, ends.length, 'no task was completed twice');
    console.log(`      ${board.seq} records, ${entries.length} of them still in Redis`);
  } finally {
    client.destroy();
  }
}
