import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { RpcSocket, SocketAgent, type Assigned } from '../../support/towerClient';
import { until } from '../../support/until';
import { person, Stand } from './stand';

interface Hello {
  agentId: string;
  leaseMs: number;
  resumed: { taskId: string; attempt: number; ackSeq: number; cancel: boolean }[];
  ended: { taskId: string; attempt: number }[];
}
interface Failure {
  code: number;
  message: string;
  data?: { expected?: number };
}

/** The error that a call ends with. */
async function failure(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    return error as Failure;
  }
  throw new Error('It was not refused.');
}

describe('the agent socket', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  const hello = (socket: RpcSocket, params: Record<string, unknown>): Promise<Hello> => socket.ask('agent/hello', { protocol: 1, ...params }) as Promise<Hello>;
  const open = (token = stand.keys.client): Promise<RpcSocket> => RpcSocket.open(stand.url, '/agent', token);
  const presence = (id: string): string | undefined => stand.tower.live.agents.get(id)?.presence;
  /** An agent with one attempt that it accepted and works on. */
  const working = async (name = 'worker'): Promise<{ agent: SocketAgent; task: Assigned }> => {
    let given: Assigned | undefined;
    const agent = await stand.agent(name, {}, (_, task) => (given = task));
    const { id } = await stand.create('Work', { agent: name, prompt: 'Do it.' });
    const task = await until('the assignment', () => given);
    await until('the acceptance', () => stand.task(id).phase === 'working');
    return { agent, task };
  };

  it('gives work to an agent that said hello, and takes its reports and result', async () => {
    const { agent, task } = await working();
    assert.equal(presence('worker'), 'online');
    assert.equal(task.prompt, 'Do it.');
    assert.equal(task.url, stand.url);
    assert.deepEqual(await agent.send(task, { type: 'log', lines: [{ text: 'one' }, { text: 'two', level: 'warn' }] }), { ackSeq: 1, cancel: false });
    agent.rpc.socket.send(
      JSON.stringify({ jsonrpc: '2.0', method: 'task/event', params: { taskId: task.taskId, attempt: 1, event: { type: 'progress', progress: 0.5 } } }),
    );
    await until('the progress', () => stand.tower.live.tasks.get(task.taskId)?.progress === 0.5);
    await agent.send(task, { type: 'evidence', evidence: { kind: 'text', name: 'notes' }, text: 'seen' });
    await agent.send(task, { type: 'result', result: 'done' });
    const { task: after, results } = await stand.tower.query({ type: 'TaskDetails', taskId: task.taskId });
    assert.equal(after.status, 'completed');
    assert.equal(results[1], 'done');
    assert.deepEqual(after.attempts[0]?.evidence.map(({ name }) => name), ['notes']);
    const texts = (await stand.tower.query({ type: 'Logs', filter: { taskId: task.taskId, limit: 100 } })).map(({ text }) => text);
    assert.deepEqual(texts.slice(0, 2), ['one', 'two']);
  });

  it('acknowledges an old report without storing it again, and names the number expected after a gap', async () => {
    const { agent, task } = await working();
    const send = (seq: number, text: string): Promise<unknown> =>
      agent.rpc.ask('task/event', { taskId: task.taskId, attempt: 1, seq, event: { type: 'log', lines: [{ text }] } });
    await send(1, 'first');
    assert.deepEqual(await send(1, 'again'), { ackSeq: 1, cancel: false });
    const gap = await failure(send(3, 'third'));
    assert.equal(gap.code, -32010);
    assert.equal(gap.data?.expected, 2);
    const lines = await stand.tower.query({ type: 'Logs', filter: { taskId: task.taskId, limit: 100 } });
    assert.deepEqual(lines.map(({ text }) => text), ['first']);
  });

  for (const progress of [7, -0.1, '0.5', 'NaN']) {
    it(`refuses progress ${JSON.stringify(progress)} and keeps what stood`, async () => {
      const { agent, task } = await working();
      const refused = await failure(agent.send(task, { type: 'progress', progress }));
      assert.equal(refused.code, -32602);
      assert.match(refused.message, /progress/);
      assert.equal(stand.tower.live.tasks.get(task.taskId)?.progress ?? null, null);
    });
  }

  it('refuses a report on the attempt of another agent', async () => {
    const { task } = await working('owner');
    const other = await stand.agent('other');
    const refused = await failure(other.send(task, { type: 'result', result: 'stolen' }));
    assert.equal(refused.code, -32003);
    assert.equal(stand.task(task.taskId).status, 'running');
  });

  it('refuses a report on an attempt that has ended, or never was', async () => {
    const { agent, task } = await working();
    await agent.send(task, { type: 'error', kind: 'refused', message: 'no' });
    assert.equal((await failure(agent.send(task, { type: 'log', lines: [{ text: 'late' }] }))).code, -32009);
    assert.equal((await failure(agent.send({ ...task, attempt: 9 }, { type: 'log', lines: [{ text: 'odd' }] }))).code, -32009);
    assert.equal((await failure(agent.send({ taskId: 'nonsense', attempt: 1 }, { type: 'log', lines: [{ text: 'odd' }] }))).code, -32004);
  });

  it('keeps control characters out and markup as text', async () => {
    const { agent, task } = await working();
    await agent.send(task, { type: 'error', kind: 'refused', message: '<img src=x onerror=alert(1)>\u0007\u202e!' });
    assert.equal(stand.task(task.taskId).error?.message, '<img src=x onerror=alert(1)>!');
  });

  it('refuses a call before the hello, and a method that there is not', async () => {
    const socket = await open();
    assert.equal((await failure(socket.ask('agent/status', { status: 'ready' }))).code, -32009);
    assert.equal((await failure(socket.ask('task/steal', {}))).code, -32601);
    assert.equal((await failure(socket.ask('runner/hello', { protocol: 1, process: { pid: 1, startTime: '' } }))).code, -32601, 'not with this token');
    socket.close();
  });

  it('closes with 4004 and says what to do when the protocol is another', async () => {
    const socket = await open();
    const refused = await failure(hello(socket, { protocol: 99, name: 'future' }));
    assert.match(refused.message, /speaks protocol 1, not 99\. Update the extension/);
    await until('the close', () => socket.closed === 4004);
    assert.equal(stand.tower.board.agents.size, 0);
  });

  it('refuses a hello without a name or with 1 MB of it', async () => {
    const socket = await open();
    assert.equal((await failure(hello(socket, {}))).code, -32602);
    assert.equal((await failure(hello(socket, { name: 'x'.repeat(1_000_000) }))).code, -32602);
    assert.equal((await hello(socket, { name: 'fine' })).agentId, 'fine');
    socket.close();
  });

  it('lets a later hello take over, which goes on with the attempt', async () => {
    const { agent, task } = await working();
    await agent.send(task, { type: 'log', lines: [{ text: 'before' }] });
    const second = await open();
    const { resumed, ended } = await hello(second, { name: 'worker', resume: [{ taskId: task.taskId, attempt: 1 }, { taskId: task.taskId, attempt: 7 }] });
    assert.deepEqual(resumed, [{ taskId: task.taskId, attempt: 1, ackSeq: 1, cancel: false }]);
    assert.deepEqual(ended, [{ taskId: task.taskId, attempt: 7 }]);
    await until('the first to be closed', () => agent.rpc.closed === 4001);
    await second.ask('task/event', { taskId: task.taskId, attempt: 1, seq: 2, event: { type: 'result', result: 'done' } });
    assert.equal(stand.task(task.taskId).status, 'completed');
    assert.equal(presence('worker'), 'online');
    second.close();
  });

  it('gives work to the session that took over', async () => {
    await stand.agent('worker');
    const second = await stand.agent('worker');
    await stand.create('Work', { agent: 'worker' });
    await until('the assignment', () => second.assigned.length === 1);
  });

  it('refuses a name that is connected with another token', async () => {
    const first = await stand.agent('worker');
    const socket = await open(stand.keys.person);
    assert.equal((await failure(hello(socket, { name: 'worker', capacity: 9 }))).code, -32003);
    assert.equal(stand.tower.board.agents.get('worker')?.capacity, 1, 'the first stays what it is');
    assert.equal(first.rpc.closed, undefined);
    socket.close();
  });

  it('goes on after a lost connection, and hears of a cancel that came meanwhile', async () => {
    const { agent, task } = await working();
    agent.close();
    await until('the agent to be offline', () => presence('worker') === undefined);
    assert.equal(stand.task(task.taskId).phase, 'working', 'its lease goes on');
    await stand.tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
    const again = await open();
    const { resumed } = await hello(again, { name: 'worker', resume: [{ taskId: task.taskId, attempt: 1 }] });
    assert.deepEqual(resumed, [{ taskId: task.taskId, attempt: 1, ackSeq: 0, cancel: true }]);
    await again.ask('task/event', { taskId: task.taskId, attempt: 1, seq: 1, event: { type: 'cancelled' } });
    assert.equal(stand.task(task.taskId).status, 'cancelled');
    again.close();
  });

  it('ends at once what an agent has forgotten, so that nobody waits for it', async () => {
    const { agent, task } = await working();
    agent.close();
    const again = await open();
    await hello(again, { name: 'worker' });
    assert.equal(stand.task(task.taskId).status, 'failed');
    assert.equal(stand.task(task.taskId).error?.kind, 'lost_contact');
    again.close();
  });

  it('tells an agent to stop, and ends the task as cancelled when it has', async () => {
    const { agent, task } = await working();
    await stand.tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
    await until('the cancel', () => agent.cancelled.includes(task.taskId));
    await until('the end', () => stand.task(task.taskId).status === 'cancelled');
  });

  it('answers a question when a person answers, also on a later connection', async () => {
    const { agent, task } = await working();
    const ask = (rpc: RpcSocket, id: string): Promise<unknown> =>
      rpc.ask('task/input', { taskId: task.taskId, attempt: 1, question: { id, text: 'Which?', options: [{ id: 'a', label: 'A' }] } });
    const first = ask(agent.rpc, 'q1');
    await until('the question', () => stand.task(task.taskId).status === 'input_required');
    await stand.tower.execute({ type: 'AnswerInput', taskId: task.taskId, answer: 'this one', optionId: 'a' }, person);
    assert.deepEqual(await first, { answer: 'this one', optionId: 'a' });
    const again = await open();
    await hello(again, { name: 'worker', resume: [{ taskId: task.taskId, attempt: 1 }] });
    assert.deepEqual(await ask(again, 'q1'), { answer: 'this one', optionId: 'a' });
    const second = ask(again, 'q2');
    await until('the question', () => stand.task(task.taskId).status === 'input_required');
    await stand.tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
    assert.equal((await failure(second)).code, -32009);
    again.close();
  });

  it('shows what an agent says of itself', async () => {
    const agent = await stand.agent('worker');
    await agent.rpc.ask('agent/status', { status: 'error', message: 'No licence.' });
    assert.equal(stand.tower.board.agents.get('worker')?.failure?.message, 'No licence.');
    await agent.rpc.ask('agent/status', { status: 'ready' });
    assert.equal(stand.tower.board.agents.get('worker')?.failure, undefined);
  });

  it('passes an agent over that declines', async () => {
    const agent = await stand.agent('worker');
    agent.rpc.onCall = () => ({ accepted: false, reason: 'Not now.' });
    const { id } = await stand.create();
    await until('the attempt to be declined', () => stand.task(id).attempts[0]?.outcome === 'declined');
    assert.equal(stand.task(id).status, 'pending');
    assert.equal(stand.task(id).tries, 0);
    assert.ok((stand.tower.board.agents.get('worker')?.passedOverUntil ?? 0) > Date.now());
  });
});

describe('the patience of the agent socket', () => {
  it('ends with a missing hello, a missing answer and silence', async function () {
    this.timeout(30_000);
    const stand = await Stand.open();
    try {
      const headers = { authorization: `Bearer ${stand.keys.client}` };
      const mute = new WebSocket(`${stand.url.replace('http', 'ws')}/agent`, { headers });
      const closed = once(mute, 'close');
      const deaf = new WebSocket(`${stand.url.replace('http', 'ws')}/agent`, { headers, autoPong: false });
      await once(deaf, 'open');
      deaf.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'agent/hello', params: { protocol: 1, name: 'deaf' } }));
      await until('the agent', () => stand.tower.live.agents.get('deaf')?.presence === 'online');
      const busy = await stand.agent('never answers');
      busy.rpc.onCall = () => new Promise(() => undefined);
      const { id } = await stand.create('Work', { agent: 'never answers' });

      assert.equal((await closed)[0], 4003);
      await until('the attempt to be declined', () => stand.task(id).attempts[0]?.outcome === 'declined', 12_000);
      assert.equal(stand.task(id).tries, 0);
      await until('the silent agent to be offline', () => !stand.tower.live.agents.has('deaf'), 16_000);
      assert.equal(stand.tower.live.agents.get('never-answers')?.presence, 'online');
      deaf.terminate();
    } finally {
      await stand.close();
    }
  });
});
