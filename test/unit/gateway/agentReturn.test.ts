import assert from 'node:assert/strict';
import type { Tower } from '../../../src/server/domain/ports';
import { Questions } from '../../../src/server/gateway/questions';
import type { RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { failure, hello, open, presence, working } from './agentBench';
import { person, Stand } from './stand';

describe('an agent that comes back', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  it('lets a later hello take over, which goes on with the attempt', async () => {
    const { agent, task } = await working(stand);
    await agent.send(task, { type: 'log', lines: [{ text: 'before' }] });
    const second = await open(stand);
    const { resumed, ended } = await hello(second, {
      name: 'worker',
      resume: [
        { taskId: task.taskId, attempt: 1 },
        { taskId: task.taskId, attempt: 7 },
      ],
    });
    assert.deepEqual(resumed, [{ taskId: task.taskId, attempt: 1, ackSeq: 1, cancel: false }]);
    assert.deepEqual(ended, [{ taskId: task.taskId, attempt: 7 }]);
    await until('the first to be closed', () => agent.rpc.closed === 4001);
    await second.ask('task/event', { taskId: task.taskId, attempt: 1, seq: 2, event: { type: 'result', result: 'done' } });
    assert.equal(stand.task(task.taskId).status, 'completed');
    assert.equal(presence(stand, 'worker'), 'online');
    second.close();
  });

  it('gives work to the session that took over', async () => {
    await stand.agent('worker');
    const second = await stand.agent('worker');
    await stand.create('Work', { agent: 'worker' });
    await until('the assignment', () => second.assigned.length === 1);
  });

  it('gives work to the session that took over while the first one was asked', async () => {
    const first = await stand.agent('worker');
    let asked = false;
    first.rpc.onCall = () => {
      asked = true;
      return new Promise(() => undefined);
    };
    const { id } = await stand.create('Work', { agent: 'worker' });
    await until('the first to be asked', () => asked);
    await stand.agent('worker');
    await until('the second to accept', () => stand.task(id).phase === 'working');
    assert.equal(stand.task(id).attempts.length, 1);
    assert.equal(stand.tower.board.agents.get('worker')?.declines, 0);
  });

  it('refuses a name that is connected with another token', async () => {
    const first = await stand.agent('worker');
    const socket = await open(stand, stand.keys.person);
    assert.equal((await failure(hello(socket, { name: 'worker', capacity: 9 }))).code, -32003);
    assert.equal(stand.tower.board.agents.get('worker')?.capacity, 1, 'the first stays what it is');
    assert.equal(first.rpc.closed, undefined);
    socket.close();
  });

  it('goes on after a lost connection, and hears of a cancel that came meanwhile', async () => {
    const { agent, task } = await working(stand);
    agent.close();
    await until('the agent to be offline', () => presence(stand, 'worker') === undefined);
    assert.equal(stand.task(task.taskId).phase, 'working', 'its lease goes on');
    await stand.tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
    const again = await open(stand);
    const { resumed } = await hello(again, { name: 'worker', resume: [{ taskId: task.taskId, attempt: 1 }] });
    assert.deepEqual(resumed, [{ taskId: task.taskId, attempt: 1, ackSeq: 0, cancel: true }]);
    await again.ask('task/event', { taskId: task.taskId, attempt: 1, seq: 1, event: { type: 'cancelled' } });
    assert.equal(stand.task(task.taskId).status, 'cancelled');
    again.close();
  });

  it('ends at once what an agent has forgotten, so that nobody waits for it', async () => {
    const { agent, task } = await working(stand);
    agent.close();
    const again = await open(stand);
    await hello(again, { name: 'worker' });
    assert.equal(stand.task(task.taskId).status, 'failed');
    assert.equal(stand.task(task.taskId).error?.kind, 'lost_contact');
    again.close();
  });

  it('answers a question when a person answers, also on a later connection', async () => {
    const { agent, task } = await working(stand);
    const ask = (rpc: RpcSocket, id: string): Promise<unknown> =>
      rpc.ask('task/input', { taskId: task.taskId, attempt: 1, question: { id, text: 'Which?', options: [{ id: 'a', label: 'A' }] } });
    const first = ask(agent.rpc, 'q1');
    await until('the question', () => stand.task(task.taskId).status === 'input_required');
    await stand.tower.execute({ type: 'AnswerInput', taskId: task.taskId, answer: 'this one', optionId: 'a' }, person);
    assert.deepEqual(await first, { answer: 'this one', optionId: 'a' });
    const again = await open(stand);
    await hello(again, { name: 'worker', resume: [{ taskId: task.taskId, attempt: 1 }] });
    assert.deepEqual(await ask(again, 'q1'), { answer: 'this one', optionId: 'a' });
    const second = ask(again, 'q2');
    await until('the question', () => stand.task(task.taskId).status === 'input_required');
    await stand.tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
    assert.equal((await failure(second)).code, -32009);
    again.close();
  });

  it('asks a person no second time when the answer comes while an earlier one is looked for', async () => {
    const { task } = await working(stand);
    const { tower } = stand;
    const question = { id: 'q', text: 'Which?', options: [] };
    const by = { kind: 'agent', name: 'worker' } as const;
    await tower.execute({ type: 'AskInput', taskId: task.taskId, attempt: 1, question }, by);
    let isAnswered = false;
    tower.onDidCommit((records) => {
      isAnswered ||= records.some(({ events }) => events.some(({ type }) => type === 'InputAnswered'));
    });
    const query: Tower['query'] = async (asked) => {
      const found = await tower.query(asked);
      await tower.execute({ type: 'AnswerInput', taskId: task.taskId, answer: 'this one' }, person);
      await until('the answer to be told', () => isAnswered);
      return found;
    };
    const questions = new Questions(Object.create(tower, { query: { value: query } }) as Tower);
    assert.deepEqual(await questions.ask(task.taskId, 1, question, by), { answer: 'this one' });
    // Commands are carried out in order.
    await stand.create();
    assert.equal(stand.task(task.taskId).status, 'running');
    questions.dispose();
  });

  it('refuses a question of an attempt that ends while an earlier answer is looked for, and harms nobody', async () => {
    const { task } = await working(stand);
    const { tower } = stand;
    const question = { id: 'q', text: 'Which?', options: [] };
    const query: Tower['query'] = async (asked) => {
      const found = await tower.query(asked);
      await tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
      // Long enough for a promise that nobody listens to.
      await new Promise((next) => setImmediate(next));
      return found;
    };
    const questions = new Questions(Object.create(tower, { query: { value: query } }) as Tower);
    const unheard: unknown[] = [];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', hear);
    try {
      await assert.rejects(questions.ask(task.taskId, 1, question, { kind: 'agent', name: 'worker' }), /ended|cancel/i);
    } finally {
      process.off('unhandledRejection', hear);
    }
    assert.deepEqual(unheard, []);
    questions.dispose();
  });
});
