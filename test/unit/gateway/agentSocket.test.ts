import assert from 'node:assert/strict';
import { MAX_AGENTS } from '../../../src/server/domain/rules/roomRules';
import { until } from '../../support/until';
import { failure, hello, open, presence, working } from './agentBench';
import { person, Stand } from './stand';

describe('the agent socket', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  it('has the result of a task as soon as the board says that it is completed', async () => {
    for (let n = 0; n < 20; n++) {
      const { agent, task } = await working(stand, `worker ${n}`);
      const sent = agent.send(task, { type: 'result', result: `done ${n}` });
      // Looked at in the very turn in which the board changes.
      const end = performance.now() + 10_000;
      for (let turn = 0; stand.task(task.taskId).status !== 'completed'; turn++) {
        assert.ok(performance.now() < end, 'never completed');
        await (turn % 100 === 99 ? new Promise((next) => setImmediate(next)) : Promise.resolve());
      }
      const { results } = await stand.tower.query({ type: 'TaskDetails', taskId: task.taskId });
      assert.equal(results[1], `done ${n}`);
      await sent;
    }
  });

  it('acknowledges a report that says nothing, and takes the next one', async () => {
    const { agent, task } = await working(stand);
    assert.deepEqual(await agent.send(task, { type: 'plan', entries: [] }), { ackSeq: 1, cancel: false });
    assert.deepEqual(await agent.send(task, { type: 'log', lines: [{ text: 'next' }] }), { ackSeq: 2, cancel: false });
  });

  it('gives work to an agent that said hello, and takes its reports and result', async () => {
    const { agent, task } = await working(stand);
    assert.equal(presence(stand, 'worker'), 'online');
    assert.equal(task.prompt, 'Do it.');
    assert.equal(task.url, stand.url);
    assert.deepEqual(await agent.send(task, { type: 'log', lines: [{ text: 'one' }, { text: 'two', level: 'warn' }] }), {
      ackSeq: 1,
      cancel: false,
    });
    agent.rpc.socket.send(
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'task/event',
        params: { taskId: task.taskId, attempt: 1, event: { type: 'progress', progress: 0.5 } },
      }),
    );
    await until('the progress', () => stand.tower.live.tasks.get(task.taskId)?.progress === 0.5);
    await agent.send(task, { type: 'evidence', evidence: { kind: 'text', name: 'notes' }, text: 'seen' });
    await agent.send(task, { type: 'result', result: 'done' });
    const { task: after, results } = await stand.tower.query({ type: 'TaskDetails', taskId: task.taskId });
    assert.equal(after.status, 'completed');
    assert.equal(results[1], 'done');
    assert.deepEqual(
      after.attempts[0]?.evidence.map(({ name }) => name),
      ['notes'],
    );
    const texts = (await stand.tower.query({ type: 'Logs', filter: { taskId: task.taskId, limit: 100 } })).map(({ text }) => text);
    assert.deepEqual(texts.slice(0, 2), ['one', 'two']);
  });

  it('acknowledges an old report without storing it again, and names the number expected after a gap', async () => {
    const { agent, task } = await working(stand);
    const send = (seq: number, text: string): Promise<unknown> =>
      agent.rpc.ask('task/event', { taskId: task.taskId, attempt: 1, seq, event: { type: 'log', lines: [{ text }] } });
    await send(1, 'first');
    assert.deepEqual(await send(1, 'again'), { ackSeq: 1, cancel: false });
    const gap = await failure(send(3, 'third'));
    assert.equal(gap.code, -32010);
    assert.equal(gap.data?.expected, 2);
    const lines = await stand.tower.query({ type: 'Logs', filter: { taskId: task.taskId, limit: 100 } });
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['first'],
    );
  });

  for (const progress of [7, -0.1, '0.5', 'NaN']) {
    it(`refuses progress ${JSON.stringify(progress)} and keeps what stood`, async () => {
      const { agent, task } = await working(stand);
      const refused = await failure(agent.send(task, { type: 'progress', progress }));
      assert.equal(refused.code, -32602);
      assert.match(refused.message, /progress/);
      assert.equal(stand.tower.live.tasks.get(task.taskId)?.progress ?? null, null);
    });
  }

  it('refuses a report on the attempt of another agent', async () => {
    const { agent, task } = await working(stand, 'owner');
    await agent.send(task, { type: 'log', lines: [{ text: 'mine' }] });
    const other = await stand.agent('other');
    const refused = await failure(other.send(task, { type: 'result', result: 'stolen' }));
    assert.equal(refused.code, -32003, 'also under a number that is stored already');
    assert.equal(stand.task(task.taskId).status, 'running');
  });

  it('refuses a report on an attempt that has ended, or never was', async () => {
    const { agent, task } = await working(stand);
    await agent.send(task, { type: 'error', kind: 'refused', message: 'no' });
    assert.equal((await failure(agent.send(task, { type: 'log', lines: [{ text: 'late' }] }))).code, -32009);
    assert.equal((await failure(agent.send({ ...task, attempt: 9 }, { type: 'log', lines: [{ text: 'odd' }] }))).code, -32009);
    assert.equal((await failure(agent.send({ taskId: 'nonsense', attempt: 1 }, { type: 'log', lines: [{ text: 'odd' }] }))).code, -32004);
  });

  it('keeps control characters out and markup as text', async () => {
    const { agent, task } = await working(stand);
    await agent.send(task, { type: 'error', kind: 'refused', message: '<img src=x onerror=alert(1)>\u0007\u202e!' });
    assert.equal(stand.task(task.taskId).error?.message, '<img src=x onerror=alert(1)>!');
  });

  it('refuses a call before the hello, and a method that there is not', async () => {
    const socket = await open(stand);
    assert.equal((await failure(socket.ask('agent/status', { status: 'ready' }))).code, -32009);
    assert.equal((await failure(socket.ask('task/steal', {}))).code, -32601);
    assert.equal(
      (await failure(socket.ask('runner/hello', { protocol: 1, process: { pid: 1, startTime: '' } }))).code,
      -32601,
      'not with this token',
    );
    socket.close();
  });

  it('closes with 4004 and says what to do when the protocol is another', async () => {
    const socket = await open(stand);
    const refused = await failure(hello(socket, { protocol: 99, name: 'future' }));
    assert.match(refused.message, /speaks protocol 1, not 99\. Update the extension/);
    await until('the close', () => socket.closed === 4004);
    assert.equal(stand.tower.board.agents.size, 0);
  });

  it('refuses a hello without a name or with 1 MB of it', async () => {
    const socket = await open(stand);
    assert.equal((await failure(hello(socket, {}))).code, -32602);
    assert.equal((await failure(hello(socket, { name: 'x'.repeat(1_000_000) }))).code, -32602);
    assert.equal((await hello(socket, { name: 'fine' })).agentId, 'fine');
    socket.close();
  });

  it('lets in no more names than the board holds, and has one that was forgotten say hello again', async () => {
    const calm = await stand.agent('calm');
    const tower = { kind: 'tower', name: 'tower' } as const;
    const tell = (agentId: string, present: boolean): Promise<unknown> =>
      stand.tower.execute({ type: 'ReportPresence', agentId, present }, tower);
    await until('it is written down', () => stand.tower.board.agents.get('calm')?.present);
    await tell('calm', false);
    for (let n = 0; n < MAX_AGENTS; n++) {
      const { agentId = '' } = await stand.tower.execute({ type: 'RegisterAgent', profile: { name: `made-up ${n}` } }, tower);
      await tell(agentId, true);
    }
    await until('the close', () => calm.rpc.closed !== undefined);
    const socket = await open(stand);
    const refused = await failure(hello(socket, { name: 'calm' }));
    assert.match(refused.message, /^This tower knows 1000 agents, .* Come under a name that it knows, or later\.$/);
    const { status, body } = await stand.call('POST', '/api/tasks/claim', { agent: 'late' });
    assert.deepEqual([status, body.detail], [503, refused.message]);
    await tell('made-up-7', false);
    assert.equal((await hello(socket, { name: 'calm' })).agentId, 'calm');
    assert.equal(stand.tower.board.agents.size, MAX_AGENTS);
    socket.close();
  });

  it('tells an agent to stop, and ends the task as cancelled when it has', async () => {
    const { agent, task } = await working(stand);
    await stand.tower.execute({ type: 'CancelTask', taskId: task.taskId }, person);
    await until('the cancel', () => agent.cancelled.includes(task.taskId));
    await until('the end', () => stand.task(task.taskId).status === 'cancelled');
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

  for (const [words, kept] of [
    ['x'.repeat(600), `${'x'.repeat(499)}…`],
    ['', 'The agent declined without a reason.'],
  ] as const) {
    it(`takes an error of ${words.length} characters for a decline`, async () => {
      const agent = await stand.agent('worker');
      agent.rpc.onCall = () => new Error(words);
      const { id } = await stand.create();
      const declined = await until('the attempt to be declined', () => stand.task(id).attempts[0]?.error);
      assert.equal(declined.message, kept);
    });
  }
});
