import assert from 'node:assert/strict';
import { person, TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

const TOWER = { kind: 'tower', name: 'tower' } as const;

describe('Talking to an agent', () => {
  let bench: TowerBench;
  beforeEach(async () => {
    bench = new TowerBench();
    await bench.start();
  });
  afterEach(() => bench.close());

  const log = async (taskId: string): Promise<string> =>
    (await bench.tower.query({ type: 'Logs', filter: { taskId, limit: 100 } })).map(({ level, text }) => `${level} ${text}`).join('\n');

  it('passes a message to the attempt under way, once, and logs it', async () => {
    const heard: unknown[] = [];
    const agent = await bench.agent('Worker', () => undefined);
    const { onCall } = agent.rpc;
    agent.rpc.onCall = (method, params) => (method === 'task/message' ? (heard.push(params), {}) : onCall(method, params));
    const id = await bench.create('Talk');
    await until('it to run', () => bench.task(id).phase === 'working');
    const sent = await rest(bench.url, bench.keys.person, 'POST', `/api/tasks/${id}/message`, { text: 'Use tabs.' });
    assert.equal(sent.status, 200);
    await until('the message', () => heard.length > 0);
    assert.deepEqual(heard, [{ taskId: id, attempt: 1, text: 'Use tabs.' }]);
    assert.match(await log(id), /info you: Use tabs\./);
  });

  it('says in the log when the agent does not read messages, and refuses one where nothing runs', async () => {
    const agent = await bench.agent('Worker', () => undefined);
    const { onCall } = agent.rpc;
    agent.rpc.onCall = (method, params) => {
      if (method === 'task/message') agent.close();
      return onCall(method, params);
    };
    const id = await bench.create('Talk');
    await until('it to run', () => bench.task(id).phase === 'working');
    await bench.tower.execute({ type: 'SendMessage', taskId: id, text: 'Hello?' }, person);
    await until('the log to say so', async () => /warn The message was not taken/.test(await log(id)));
    const other = await bench.create('Waits', { skills: ['none'] });
    await assert.rejects(
      bench.tower.execute({ type: 'SendMessage', taskId: other, text: 'Hello?' }, person),
      /pending and reads no message/,
    );
  });

  it('goes on from a finished task with the same agent in its session, also when that task is archived', async () => {
    const sessions: unknown[] = [];
    await bench.agent('Worker', async (agent, task) => {
      sessions.push(task.session);
      await agent.send(task, { type: 'session', id: 'session-7' });
      await agent.send(task, { type: 'result', result: 'Done.' });
    });
    await bench.agent('Other');
    const first = await bench.create('First', { agent: 'worker', fields: { num_agents: 3 } });
    await until('the end', () => bench.task(first).status === 'completed');
    await bench.tower.execute({ type: 'ArchiveTasks', taskIds: [first] }, TOWER);
    const next = await bench.create('Next', { continues: '#1' });
    await until('the end', () => bench.task(next).status === 'completed');
    assert.deepEqual([bench.task(next).continues, bench.task(next).attempts[0]?.agentId], [first, 'worker']);
    assert.deepEqual(sessions, [undefined, 'session-7']);
    await assert.rejects(bench.tower.execute({ type: 'CreateTask', spec: { title: 'x', continues: '#99' } }, person), /no such task/);
  });
});
