import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentConfig } from '../../../src/server/domain/agent';
import { readAddress, towerId } from '../../../src/server/gateway/addressFile';
import { Secrets } from '../../../src/server/domain/secrets';
import { Close } from '../../../src/server/protocol/version';
import { redactedLog } from '../../../src/server/redactedLog';
import type { SharedTower } from '../../../src/server/sharedTower';
import { person, TowerBench } from '../../support/towerBench';
import { rest, RpcSocket, type Assigned, type SocketAgent } from '../../support/towerClient';
import { until } from '../../support/until';

describe('Tokens', () => {
  let bench: TowerBench;
  let owner: SharedTower;
  beforeEach(async () => {
    bench = new TowerBench();
    owner = await bench.window();
  });
  afterEach(() => bench.close());

  const ask = async (token: string, method: string, path: string, body?: unknown): Promise<[number, string]> => {
    const { status, body: answer } = await rest(owner.address.url, token, method, path, body);
    return [status, String(answer.detail ?? answer.reason ?? answer.title)];
  };
  const greet = async (token: string, name: string): Promise<RpcSocket> => {
    const socket = await RpcSocket.open(owner.address.url, '/agent', token);
    await socket.ask('agent/hello', { protocol: 1, name });
    return socket;
  };

  it('of one agent let it work under its own name alone', async () => {
    const token = owner.issueToken('Kimi Code');
    assert.ok(!readFileSync(join(bench.storage, 'keys.json'), 'utf8').includes(token), 'the token is kept nowhere');
    assert.deepEqual(
      owner.namedTokens.map(({ name }) => name),
      ['Kimi Code'],
    );
    const kimi = await greet(token, 'kimi code');
    await assert.rejects(
      greet(token, 'Codex'),
      /^Error: This token was given to Kimi Code\. Work as Kimi Code, or ask for a token for codex\.$/,
    );
    assert.deepEqual(await ask(token, 'POST', '/api/tasks/claim', { agent: 'Codex' }), [
      403,
      'This token was given to Kimi Code. Work as Kimi Code, or ask for a token for Codex.',
    ]);
    assert.deepEqual(await ask(token, 'POST', '/api/tasks', { title: 'Mine', status: 'running' }), [201, 'Mine']);
    assert.equal((await ask(token, 'POST', '/api/tasks', { title: 'Theirs', status: 'running', agent: 'Codex' }))[0], 403);
    const [mine] = [...owner.board.tasks.values()];
    assert.deepEqual([mine?.createdBy, mine?.attempts[0]?.agentId], [{ kind: 'client', name: 'Kimi Code' }, 'kimi-code']);
    assert.deepEqual(await ask(token, 'POST', `/api/tasks/${mine?.id}/progress`, { progress: 0.5 }), [200, 'undefined']);

    const { body } = await rest(owner.address.url, bench.keys.client, 'POST', '/api/tasks', { title: 'Of another', status: 'running' });
    assert.deepEqual(await ask(token, 'POST', `/api/tasks/${String(body.id)}/result`, { result: 'Stolen.' }), [
      403,
      'This token was given to Kimi Code. Work as Kimi Code, or ask for a token for reporter.',
    ]);
    assert.equal((await ask(token, 'GET', `/api/evidence/${String(body.id)}`))[0], 403);
    const { taskId } = await owner.execute({ type: 'CreateTask', spec: { title: 'A part' } }, { kind: 'agent', name: 'kimi-code' });
    assert.equal((await ask(token, 'GET', `/api/evidence/${taskId}`))[0], 200, 'its attempts create in its name too');
    kimi.close();
  });

  it('of one agent let hooks tell of the sessions that it began or works on alone', async () => {
    const tell = (token: string, session: string, event: string, more: object = {}) =>
      rest(owner.address.url, token, 'POST', '/api/hooks/claude', { hook_event_name: event, session_id: session, ...more });
    const summary = (): string[] => [...owner.board.tasks.values()].map(({ title, status }) => `${status} ${title}`);
    const [nightly, you, claude] = ['Nightly', 'you', 'Claude Code'].map((name) => owner.issueToken(name)) as [string, string, string];
    await tell(bench.keys.person, 'one', 'UserPromptSubmit', { prompt: 'Fix it' });
    for (const token of [nightly, you])
      for (const event of ['UserPromptSubmit', 'Stop', 'StopFailure', 'SessionEnd']) {
        assert.deepEqual(await tell(token, 'one', event, { prompt: 'Forged' }), { status: 200, body: {} });
        assert.deepEqual(summary(), ['running Fix it'], event);
      }
    await tell(nightly, 'two', 'UserPromptSubmit', { prompt: 'Its own' });
    await tell(nightly, 'two', 'Stop');
    await tell(claude, 'one', 'Stop');
    assert.deepEqual(summary(), ['completed Fix it', 'completed Its own']);
  });

  it('of one agent end when they are revoked or made anew, in whichever window', async () => {
    const other = await bench.window();
    const first = other.issueToken('Kimi');
    const socket = await greet(first, 'Kimi');
    const second = other.issueToken('kimi');
    await until('the socket to be closed', () => socket.closed === Close.revoked);
    assert.equal((await ask(first, 'GET', '/api/tasks'))[0], 401);
    assert.equal((await ask(second, 'GET', '/api/tasks'))[0], 200);
    owner.revokeToken('kimi');
    assert.deepEqual(await ask(second, 'GET', '/api/tasks'), [401, 'The token is wrong. Read the address file again.']);
    assert.throws(() => owner.revokeToken('kimi'), /^HumanError: kimi has no token of its own\.$/);
    assert.deepEqual(other.namedTokens, []);
  });

  const leak = (agent: SocketAgent, { taskId, attempt }: Assigned): Promise<unknown> =>
    agent.rpc.ask('task/input', { taskId, attempt, question: { id: 'q', text: 'Is correct horse right?' } });

  it('and keys are taken out of logs, results and errors before they are stored', async () => {
    await owner.configure({
      cap: 10,
      agents: [AgentConfig.parse({ name: 'Caller', command: ['true'], env: { MY_API_KEY: 'correct horse' } })],
    });
    const { body } = await rest(owner.address.url, bench.keys.client, 'POST', '/api/tasks', { title: 'Leak', status: 'running' });
    const task = `/api/tasks/${String(body.id)}`;
    await ask(bench.keys.client, 'POST', `${task}/logs`, { lines: [`curl -H "Bearer ${bench.keys.client}"`, 'with correct horse'] });
    await ask(bench.keys.client, 'POST', `${task}/result`, { result: `It was ${bench.keys.person}.` });
    const agent = await bench.agent('Leaky', leak, owner.address.url);
    await agent.rpc.ask('agent/status', { status: 'error', message: `${bench.keys.client} was refused.` });
    assert.equal(owner.board.agents.get('leaky')?.failure?.message, '[secret] was refused.');
    await agent.rpc.ask('agent/status', { status: 'ready' });
    const { taskId = '' } = await owner.execute({ type: 'CreateTask', spec: { title: 'Ask', agent: 'Leaky' } }, person);
    const asked = await until('the question', () => owner.board.tasks.get(taskId)?.attempts[0]?.question);
    assert.equal(asked.text, 'Is [secret] right?');
    const { lines } = (await rest(owner.address.url, bench.keys.person, 'GET', `/api/logs?task=${String(body.id)}`)).body as {
      lines: { text: string }[];
    };
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['curl -H "Bearer [secret]"', 'with [secret]', 'result: It was [secret].'],
    );
    const { result } = (await rest(owner.address.url, bench.keys.person, 'GET', task)).body;
    assert.equal(result, 'It was [secret].');
    const stored = readdirSync(bench.storage, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of stored.filter(({ name }) => name !== 'keys.json')) {
      const text = readFileSync(join(parentPath, name), 'utf8');
      for (const secret of [...Object.values(bench.keys), 'correct horse']) assert.ok(!text.includes(secret), `${name} holds a secret`);
    }
  });

  it('and keys are taken out of what goes to the log of the editor, errors with their stack too', () => {
    const said: unknown[] = [];
    const take = (...words: unknown[]): void => void said.push(...words);
    const secrets = new Secrets();
    secrets.know(['correct horse']);
    const log = redactedLog({ trace: take, debug: take, info: take, warn: take, error: take }, secrets);
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[level]('correct horse', { key: ['correct horse'] });
    log.error(new Error('It was correct horse.'), new Error(`Bearer ${bench.keys.client}`));
    assert.equal(said.length, 12);
    assert.doesNotMatch(JSON.stringify(said), /correct horse|ttc_/);
    assert.match(String(said[10]), /^Error: It was \[secret\]\.\n +at /);
  });

  it('are all new after a rotation: windows and agents find in again, and what runs goes on', async () => {
    const other = await bench.window();
    const old = { ...bench.keys, address: owner.address.token };
    const named = owner.issueToken('Kimi');
    const agent = await greet(old.client, 'Worker');
    const { body } = await rest(owner.address.url, old.client, 'POST', '/api/tasks', { title: 'Build', agent: 'Puller' });
    const { assignment } = (await rest(owner.address.url, old.client, 'POST', '/api/tasks/claim', { agent: 'Puller' })).body as {
      assignment: { token: string };
    };

    other.rotateTokens();
    await until('the agent to be shut out', () => agent.closed === Close.revoked);
    for (const token of [old.client, old.person, named]) assert.equal((await ask(token, 'GET', '/api/tasks'))[0], 401);
    const written = readAddress(towerId(bench.storage));
    assert.ok(written && written.token !== old.address && written.token === bench.keys.client);
    await until('both windows to know the new token', () => [owner, other].every(({ address }) => address.token === written.token));
    await until('the other window to follow again', () => other.standing.role === 'follower');
    const { taskId = '' } = await other.execute({ type: 'CreateTask', spec: { title: 'After' } }, person);
    assert.ok(owner.board.tasks.has(taskId));
    await greet(written.token, 'Worker');
    assert.deepEqual(await ask(assignment.token, 'POST', `/api/tasks/${String(body.id)}/result`, { result: 'Built.' }), [200, 'undefined']);
    assert.equal(owner.board.tasks.get(String(body.id))?.status, 'completed');
  });
});
