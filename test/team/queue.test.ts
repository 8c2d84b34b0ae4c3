import assert from 'node:assert/strict';
import { join } from 'node:path';
import { MemberTower } from '../support/memberTower';
import { RedisServer } from '../support/redisServer';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { SocketAgent, type Assigned } from '../support/towerClient';
import { until } from '../support/until';

const work = async (agent: SocketAgent, task: Assigned): Promise<void> => {
  await agent.send(task, { type: 'log', lines: [{ text: `works on ${task.title}` }] });
  await agent.send(task, { type: 'result', result: `done: ${task.title}` });
};
/** Takes work and never ends it. */
const hold = (): void => undefined;

describe('towers that share a queue in Redis', () => {
  let home: string;
  let redis: RedisServer;
  let north: MemberTower;
  let south: MemberTower;
  const agents: SocketAgent[] = [];
  const join_ = async (tower: MemberTower, name: string, job: Parameters<typeof SocketAgent.join>[3], more = {}): Promise<SocketAgent> => {
    const agent = await SocketAgent.join(tower.url, tower.keys.client, { name, capacity: 4, ...more }, job);
    agents.push(agent);
    return agent;
  };
  const create = async (tower: MemberTower, title: string, more = {}): Promise<{ id: string; number: number }> => {
    const { status, body } = await tower.ask('POST', '/api/tasks', { title, ...more });
    assert.equal(status, 201, JSON.stringify(body));
    return body as { id: string; number: number };
  };
  const taskAt = async (tower: MemberTower, id: string): Promise<Record<string, unknown>> =>
    (await tower.ask('GET', `/api/tasks/${id}`)).body;
  const ends = (tower: MemberTower, id: string, status: string, ms = 15_000): Promise<Record<string, unknown>> =>
    until(
      `${id} to be ${status} at ${tower.name}`,
      async () => {
        const task = await taskAt(tower, id);
        return task.status === status ? task : undefined;
      },
      ms,
    );

  before(async () => {
    home = tempFolder();
    redis = await RedisServer.start(join(home, 'redis'));
    north = await MemberTower.start('north', home, redis.url);
    south = await MemberTower.start('south', home, redis.url);
  });

  afterEach(() => {
    for (const agent of agents.splice(0)) agent.close();
  });

  after(async () => {
    await Promise.all([north, south].map((tower) => tower.stop()));
    await redis.stop();
    removeTempFolders();
  });

  it('give a task that came to one of them to an agent of the other, and both show its end, result and log', async () => {
    await join_(south, 'Far', work);
    const { id } = await create(north, 'Look at the map', { agent: 'Far' });
    for (const tower of [north, south]) {
      const task = await ends(tower, id, 'completed');
      assert.equal(task.result, 'done: Look at the map');
      const { body } = await tower.ask('GET', `/api/logs?task=${id}`);
      assert.ok(
        (body.lines as { text: string }[]).some(({ text }) => text === 'works on Look at the map'),
        tower.name,
      );
    }
  });

  it('give each task a number of its own, and a command sent to both has one effect', async () => {
    const many = await Promise.all(
      Array.from({ length: 60 }, (_, n) => create(n % 2 === 0 ? north : south, `Number ${n}`, { agent: 'Nobody' })),
    );
    assert.equal(new Set(many.map(({ number }) => number)).size, 60);
    const twice = await Promise.all(
      [north, south, north, south].map((tower) => tower.ask('POST', '/api/tasks', { title: 'Once', agent: 'Nobody' }, 'same-key-for-both')),
    );
    assert.equal(new Set(twice.map(({ body }) => body.id)).size, 1);
  });

  it('show at each of them which agents are connected, wherever that is', async () => {
    await join_(north, 'Near', hold);
    await until('the agent to be seen at the other tower', async () => {
      const { body } = await south.ask('GET', '/api/agents');
      return (body.agents as { name: string; status: string }[]).some(({ name, status }) => name === 'Near' && status === 'idle');
    });
  });

  it('let an agent go on at another tower with what it was at', async () => {
    const first = await join_(north, 'Mover', hold);
    const { id } = await create(south, 'Carried along', { agent: 'Mover' });
    await until('the work to be given', () => first.assigned.includes(`${id}/1`));
    await first.send({ taskId: id, attempt: 1 }, { type: 'log', lines: [{ text: 'begun at north' }] });
    const second = await join_(south, 'Mover', hold, { resume: [{ taskId: id, attempt: 1 }] });
    await until('the first session to be closed', () => first.rpc.closed !== undefined);
    await assert.rejects(
      second.send({ taskId: id, attempt: 1 }, { type: 'log', lines: [{ text: 'twice' }] }).then(() => {
        throw new Error('acknowledged');
      }),
      /acknowledged/,
    );
    await second.rpc.ask('task/event', { taskId: id, attempt: 1, seq: 2, event: { type: 'result', result: 'ended at south' } });
    const task = await ends(north, id, 'completed');
    assert.equal(task.result, 'ended at south');
    assert.equal((task.attempts as unknown[]).length, 1);
  });

  it('refuse commands while Redis is away, say so, lose nothing and go on when it is back', async () => {
    const before = await create(north, 'Before the outage', { agent: 'Nobody' });
    await redis.stop();
    const answers = await Promise.all([north, south].map((tower) => tower.ask('POST', '/api/tasks', { title: 'Meanwhile' }, 'meanwhile')));
    for (const { status, body } of answers) {
      assert.equal(status, 503);
      assert.match(String(body.detail), /Redis does not answer at redis:\/\/127\.0\.0\.1:\d+, so nothing can be changed/);
    }
    assert.equal((await taskAt(south, before.id)).status, 'pending', 'the board can still be read');
    await redis.restart();
    const again = await until('the tower to take commands again', async () => {
      const { status, body } = await north.ask('POST', '/api/tasks', { title: 'Meanwhile', agent: 'Nobody' }, 'meanwhile-2');
      return status === 201 ? body : undefined;
    });
    await until('the other tower to know of it', async () => (await taskAt(south, String(again.id))).status === 'pending');
    assert.deepEqual(withoutAnswers(await north.board()), withoutAnswers(await south.board()));
  });

  it('end what the agents of a tower that died were at, unless they came to another one', async () => {
    const stays = await join_(north, 'Stays', hold);
    const comes = await join_(north, 'Comes', hold);
    const lost = await create(south, 'Lost with its agent', { agent: 'Stays' });
    const kept = await create(south, 'Kept by its agent', { agent: 'Comes' });
    await until('both to be given', () => stays.assigned.length > 0 && comes.assigned.length > 0);
    await north.kill();
    const back = await join_(south, 'Comes', hold, { resume: [{ taskId: kept.id, attempt: 1 }] });
    const task = await ends(south, lost.id, 'failed', 30_000);
    assert.match(String((task.error as { message: string }).message), /The tower north went silent, and Stays came to no other one/);
    assert.equal((await taskAt(south, kept.id)).status, 'running');
    await back.rpc.ask('task/event', { taskId: kept.id, attempt: 1, seq: 1, event: { type: 'result', result: 'kept' } });
    await ends(south, kept.id, 'completed');
    await north.restart();
    assert.equal((await taskAt(north, kept.id)).status, 'completed');
    assert.equal((await north.ask('GET', '/api/tasks?status=completed&limit=50')).status, 200);
  });

  it('refuse a second tower of the same name', async function () {
    this.timeout(60_000);
    await assert.rejects(MemberTower.start('south', home, redis.url), /A tower named south is at this queue already/);
  });
});

function withoutAnswers<T extends object>(board: T): object {
  return { ...board, answers: [] };
}
