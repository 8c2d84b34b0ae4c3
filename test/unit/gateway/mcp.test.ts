import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { LiveOverlay } from '../../../src/server/domain/ports';
import { until } from '../../support/until';
import { person, PNG, problem, Stand } from './stand';

interface Result {
  isError?: boolean;
  text: string;
  value: Record<string, unknown>;
}

/** A client of the official SDK on a tower's `/mcp`. */
class McpClient {
  private constructor(readonly client: Client) {}

  static async open(url: string, token: string, revision: '2025' | '2026' = '2026'): Promise<McpClient> {
    const client = new Client({ name: 'test', version: '1' }, revision === '2026' ? { versionNegotiation: { mode: 'auto' } } : {});
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    return new McpClient(client);
  }

  async call(name: string, input: Record<string, unknown> = {}): Promise<Result> {
    const { content, structuredContent = {}, isError = false } = await this.client.callTool({ name, arguments: input });
    const [first] = content as { type: string; text: string }[];
    return { isError, text: first?.text ?? '', value: structuredContent as Record<string, unknown> };
  }

  /** The value of a call that must succeed. */
  async ok(name: string, input: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const { isError, text, value } = await this.call(name, input);
    assert.equal(isError, false, text);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)), 'the text says the same');
    return value;
  }

  /** The sentence with which a call must be refused. */
  async refused(name: string, input: Record<string, unknown> = {}): Promise<string> {
    const { isError, text } = await this.call(name, input);
    assert.equal(isError, true, `not refused: ${text}`);
    return text;
  }
}

describe('the tower as MCP server', () => {
  let stand: Stand;
  const clients: McpClient[] = [];
  const connect = async (token = stand.keys.client, revision: '2025' | '2026' = '2026'): Promise<McpClient> => {
    const client = await McpClient.open(stand.url, token, revision);
    clients.push(client);
    return client;
  };
  /** The token of an attempt that an agent works on, and its task. */
  const worker = async (title = 'Split the work', spec: Record<string, unknown> = {}): Promise<{ token: string; taskId: string }> => {
    const { id } = await stand.create(title, spec);
    const { body } = await stand.call('POST', '/api/tasks/claim', { agent: `Worker on ${title}` });
    const assignment = body.assignment as { taskId: string; token: string };
    assert.equal(assignment.taskId, id);
    return { token: assignment.token, taskId: id };
  };
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(async () => {
    for (const { client } of clients.splice(0)) await client.close();
    await stand.close();
  });

  for (const revision of ['2025', '2026'] as const) {
    it(`lets a client of the ${revision} revision create, claim, report, prove and finish a task`, async () => {
      const mcp = await connect(stand.keys.client, revision);
      assert.match(mcp.client.getNegotiatedProtocolVersion() ?? '', new RegExp(`^${revision}`));
      assert.match(mcp.client.getInstructions() ?? '', /claim_next_task/);
      const { tools } = await mcp.client.listTools();
      assert.deepEqual(tools.map(({ name }) => name).sort(), [
        ...['append_log', 'ask_human', 'attach_evidence', 'cancel_task', 'claim_next_task', 'complete_task'],
        ...['create_task', 'fail_task', 'get_task', 'list_agents', 'list_tasks', 'report_progress'],
      ]);
      const created = await mcp.ok('create_task', { title: 'Audit', prompt: 'Look at it', requires: ['screenshot'] });
      assert.equal(stand.task(String(created.id)).createdBy.kind, 'client');
      const { assignment } = (await mcp.ok('claim_next_task', { agent: 'Claude' })) as { assignment: Record<string, unknown> };
      assert.equal(assignment.taskId, created.id);
      assert.equal(assignment.prompt, 'Look at it');
      assert.equal(assignment.leaseMs, 900_000);
      assert.ok(!('token' in assignment), 'a token would end up in a transcript');
      const taskId = `${String(created.number)}`;
      assert.deepEqual(await mcp.ok('report_progress', { taskId, progress: 0.5, step: 'looking' }), { cancel: false });
      assert.equal(stand.tower.live.tasks.get(String(created.id))?.step, 'looking');
      await mcp.ok('append_log', { taskId, lines: ['one', { text: 'two', level: 'warn' }] });
      const { lines } = (await stand.call('GET', `/api/logs?task=${taskId}`)).body as { lines: { text: string; level: string }[] };
      assert.ok(lines.some(({ text, level }) => text === 'two' && level === 'warn'));
      const { proof: before } = await mcp.ok('get_task', { taskId });
      assert.deepEqual(before, [{ requirement: 'screenshot', state: 'missing', reason: 'screenshot is missing' }]);
      const piece = { kind: 'screenshot', name: 'home', viewport: { width: 1, height: 1 }, dataBase64: PNG.toString('base64') };
      assert.match(String((await mcp.ok('attach_evidence', { taskId, ...piece })).evidenceId), /./);
      const done = await mcp.ok('complete_task', { taskId, result: 'All well' });
      assert.equal(done.status, 'completed', JSON.stringify(done));
      const { tasks } = (await mcp.ok('list_tasks', { status: ['completed'] })) as { tasks: { id: string }[] };
      assert.deepEqual(
        tasks.map(({ id }) => id),
        [created.id],
      );
    });
  }

  it('keeps out who has no token, a wrong one, or comes from a web page', async () => {
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${stand.url}/mcp`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' });
    const token = { authorization: `Bearer ${stand.keys.client}` };
    assert.equal((await ask({})).status, 401);
    assert.equal((await ask({ authorization: 'Bearer wrong' })).status, 401);
    assert.equal((await ask({ ...token, origin: 'https://evil.example' })).status, 403);
    assert.equal((await stand.fetch('/mcp')).status, 405);
    await assert.rejects(connect('wrong-token'));
  });

  it('says what a request does wrong that is too large or no JSON', async () => {
    const post = (body: string): Promise<Response> =>
      stand.fetch('/mcp', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const large = await post(JSON.stringify('x'.repeat(1024 * 1024)));
    problem({ status: large.status, body: (await large.json()) as Record<string, unknown> }, 413, /POST http.*\/evidence/);
    const broken = await post('{');
    problem({ status: broken.status, body: (await broken.json()) as Record<string, unknown> }, 400, /JSON/);
  });

  it('says why there is no work, as the claim over HTTP does', async () => {
    const mcp = await connect();
    const reason = async (): Promise<unknown> => (await mcp.ok('claim_next_task', { agent: 'Claude' })).reason;
    assert.equal(await reason(), 'no_tasks_available');
    await stand.create('First');
    await stand.tower.execute({ type: 'PauseQueue' }, person);
    assert.equal(await reason(), 'paused');
    await stand.tower.execute({ type: 'ResumeQueue' }, person);
    assert.equal(await reason(), undefined);
    assert.equal(await reason(), 'continue_current');
    const { agents } = (await mcp.ok('list_agents')) as { agents: { name: string; tasks: number[] }[] };
    assert.deepEqual(
      agents.map(({ name, tasks }) => ({ name, tasks })),
      [{ name: 'Claude', tasks: [1] }],
    );
  });

  it('tells each missing proof when a task is called complete', async () => {
    const mcp = await connect();
    const { id } = await stand.create('Audit', { requires: ['tests:pass', 'patch', 'signoff'] });
    await mcp.ok('claim_next_task', { agent: 'Claude' });
    const { isError, text, value } = await mcp.call('complete_task', { taskId: id, result: 'Trust me' });
    assert.equal(isError, true);
    assert.match(text, /not proved to be done: test results are missing; patch is missing\./);
    assert.equal(value.status, 'failed');
    assert.deepEqual(
      (value.proof as { requirement: string; state: string }[]).map(({ requirement, state }) => `${requirement} ${state}`),
      ['tests:pass missing', 'patch missing', 'signoff review'],
    );
    const signed = await stand.create('Signed', { requires: ['signoff'] });
    await mcp.ok('claim_next_task', { agent: 'Claude' });
    const done = await mcp.ok('complete_task', { taskId: signed.id });
    assert.equal(done.status, 'review');
    assert.match(String(done.message), /your sign-off/);
  });

  it('refuses evidence that is too large or empty, with where it belongs', async () => {
    const { token, taskId } = await worker();
    const mcp = await connect(token);
    const text = 'x'.repeat(512 * 1024 + 1);
    assert.match(await mcp.refused('attach_evidence', { kind: 'text', name: 'log', text }), new RegExp(`POST http.*${taskId}/evidence`));
    assert.match(await mcp.refused('attach_evidence', { kind: 'text', name: 'log' }), /either as text or as dataBase64/);
    assert.match(await mcp.refused('attach_evidence', { kind: 'screenshot', name: 'home', text: 'no picture' }), /not a PNG/);
    const metrics = [{ category: 'tests', name: 'passed', value: 3 }];
    await mcp.ok('attach_evidence', { kind: 'metrics', name: 'tests', metrics });
    assert.deepEqual(stand.task(taskId).attempts[0]?.evidence.at(-1)?.metrics, metrics);
  });

  it('gives an attempt its own task alone', async () => {
    const other = await stand.create('Of someone else', { priority: 'low' });
    const { token, taskId } = await worker('Mine', { priority: 'high' });
    const mcp = await connect(token);
    const names = (await mcp.client.listTools()).tools.map(({ name }) => name);
    for (const name of ['claim_next_task', 'list_tasks', 'list_agents', 'cancel_task']) assert.ok(!names.includes(name), name);
    assert.equal((await mcp.ok('get_task')).id, taskId);
    for (const name of ['get_task', 'complete_task', 'report_progress'])
      assert.match(await mcp.refused(name, { taskId: other.id }), /good for one attempt alone/);
    assert.match(await mcp.refused('fail_task', { message: 'x', attempt: 7 }), /good for attempt 1 alone/);
    await mcp.ok('complete_task', { result: 'done' });
    assert.match(await mcp.refused('get_task'), /has ended/);
    assert.match(await mcp.refused('report_progress', { progress: 1 }), /has ended/);
    assert.match(await mcp.refused('create_task', { title: 'Afterwards' }), /has ended/);
    assert.equal(stand.task(other.id).status, 'pending');
  });

  it('marks what an attempt creates, and limits how much that is', async () => {
    const { token, taskId } = await worker();
    const mcp = await connect(token);
    for (let n = 1; n <= 20; n++) await mcp.ok('create_task', { title: `Part ${n}` });
    assert.match(await mcp.refused('create_task', { title: 'Part 21' }), /created 20 tasks, as many as it may\. Say in your result/);
    const parts = [...stand.tower.board.tasks.values()].filter(({ parent }) => parent === taskId);
    assert.equal(parts.length, 20);
    assert.deepEqual(parts[0]?.createdBy, { kind: 'agent', name: 'worker-on-split-the-work' });
    assert.equal(parts[0]?.depth, 1);
  });

  it('does not let tasks create tasks without end', async () => {
    let { token } = await worker('Level 0');
    for (let depth = 1; depth <= 3; depth++) {
      const { id } = await (await connect(token)).ok('create_task', { title: `Level ${depth}` });
      const { body } = await stand.call('POST', '/api/tasks/claim', { agent: `Agent ${depth}` });
      ({ token } = body.assignment as { token: string });
      assert.equal(stand.task(String(id)).depth, depth);
    }
    const refused = await (await connect(token)).refused('create_task', { title: 'Level 4' });
    assert.match(refused, /may stand 3 in a line, and #4 Level 3 is the last one\. Do the work yourself/);
  });

  it('waits for the answer of a person, and takes it up again by the id of the question', async () => {
    const { token, taskId } = await worker();
    const mcp = await connect(token);
    const ask = { question: 'Which one?', options: [{ id: 'a', label: 'The first' }] };
    const gone = new AbortController();
    const hungUp = mcp.client.callTool({ name: 'ask_human', arguments: { ...ask, questionId: 'q1' } }, { signal: gone.signal });
    await until('the question', () => stand.task(taskId).attempts[0]?.question);
    gone.abort();
    await assert.rejects(hungUp);
    assert.match(await mcp.refused('ask_human', { question: 'And which colour?' }), /One question at a time/);
    // Whoever was cut off does not know the id; the same words are the same question.
    let heard = 0;
    const live = stand.tower.live as LiveOverlay;
    const setAgent = live.setAgent.bind(live);
    live.setAgent = (...presence) => {
      heard++;
      setAgent(...presence);
    };
    const asked = mcp.ok('ask_human', ask);
    await until('the second call to wait', () => heard > 0);
    await stand.tower.execute({ type: 'AnswerInput', taskId, answer: 'The second', questionId: 'q1' }, person);
    assert.deepEqual(await asked, { questionId: 'q1', answered: true, answer: 'The second' });
    assert.deepEqual(await mcp.ok('ask_human', { ...ask, questionId: 'q1' }), { questionId: 'q1', answered: true, answer: 'The second' });
  });

  it('tells whoever works on a cancelled task to stop', async () => {
    const { token, taskId } = await worker();
    const mcp = await connect(token);
    await stand.tower.execute({ type: 'CancelTask', taskId }, person);
    const said = await mcp.ok('report_progress', { progress: 0.1 });
    assert.equal(said.cancel, true);
    assert.match(String(said.message), /Stop working on it, then call fail_task/);
    assert.deepEqual(await mcp.ok('fail_task', { message: 'stopped' }), { status: 'cancelled', outcome: 'cancelled' });
  });

  it("cancels what programs created, not a person's task", async () => {
    const mcp = await connect();
    const { id } = await mcp.ok('create_task', { title: 'By a program' });
    const { number } = await stand.create('By a person');
    assert.equal((await mcp.ok('cancel_task', { taskId: id, reason: 'not needed' })).status, 'cancelled');
    assert.match(await mcp.refused('cancel_task', { taskId: `#${number}` }), /may not do this \(CancelTask\)/);
    assert.match(await mcp.refused('cancel_task'), /Say which task/);
    assert.match(await mcp.refused('get_task', { taskId: 'no-such' }), /There is no task no-such/);
  });

  it('says which field of an input is wrong', async () => {
    const mcp = await connect();
    assert.match(await mcp.refused('create_task', { title: 'x', requires: ['magic'] }), /"magic" is not a requirement; use signoff/);
    assert.match(await mcp.refused('create_task', { title: 'x', colour: 'red' }), /colour/);
  });
});
