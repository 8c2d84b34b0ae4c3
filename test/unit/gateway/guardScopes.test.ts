import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { systemClock } from '../../../src/server/base/clock';
import { HumanError } from '../../../src/server/base/errors';
import { nullLog } from '../../../src/server/base/log';
import { FileKeys } from '../../../src/server/gateway/keys';
import { Listener } from '../../../src/server/gateway/listener';
import { problemOf } from '../../../src/server/gateway/problem';
import { AgentConfig } from '../../../src/server/domain/agent';
import { rest, RpcSocket, type Assigned } from '../../support/towerClient';
import { until } from '../../support/until';
import { person, PNG, problem, Stand, type Reply } from './stand';

const managed = AgentConfig.parse({ name: 'Coder', command: ['coder', '{prompt}'], autoStart: false });

describe('what a token is good for', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open({ agents: [managed] })));
  afterEach(() => stand.close());

  /** A task of a person with a picture, done by an agent on its socket. */
  const proven = async (name: string): Promise<{ id: string; token: string; evidence: string }> => {
    let given: Assigned | undefined;
    await stand.agent(name, { skills: [name] }, (_, task) => (given = task));
    const { id } = await stand.create(`Draw for ${name}`, { skills: [name] });
    const { token } = await until('the assignment', () => given);
    const init = { method: 'POST', body: new Uint8Array(PNG), headers: { 'content-type': 'image/png', authorization: `Bearer ${token}` } };
    const added = await stand.fetch(`/api/tasks/${id}/evidence?kind=screenshot&name=home`, init);
    assert.equal(added.status, 201);
    return { id, token, evidence: ((await added.json()) as { evidenceId: string }).evidenceId };
  };

  it("reads no evidence of a person's task but with the token of its own attempt", async () => {
    const [mine, other] = [await proven('one'), await proven('two')];
    const ask = (path: string, token: string): Promise<Reply> => rest(stand.url, token, 'GET', path);
    for (const path of [`/api/evidence/${mine.id}/${mine.evidence}`, `/api/evidence/${mine.id}`, `/api/tasks/${mine.id}/evidence`]) {
      problem(await ask(path, stand.keys.client), 403, /may not read the evidence/);
      problem(await ask(path, other.token), 403, /good for one attempt/);
      for (const token of [mine.token, stand.keys.person]) {
        const init = { headers: { authorization: `Bearer ${token}` } };
        assert.equal((await stand.fetch(path, init)).status, 200, path);
      }
    }
    const bundle = `/api/evidence/${mine.id}/bundle.zip`;
    problem(await ask(bundle, stand.keys.client), 403, /may not read the evidence/);
    problem(await ask(bundle, mine.token), 403, /good for one attempt/);
  });

  it('gives a picture and a bundle out so that a browser runs none of it', async () => {
    const { id, evidence } = await proven('one');
    const init = { headers: { authorization: `Bearer ${stand.keys.person}` } };
    const picture = await stand.fetch(`/api/evidence/${id}/${evidence}`, init);
    assert.equal(picture.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(picture.headers.get('content-security-policy'), "sandbox; default-src 'none'");
    const bundle = await stand.fetch(`/api/evidence/${id}/bundle.zip`, init);
    assert.equal(bundle.headers.get('content-type'), 'application/zip');
    assert.match(bundle.headers.get('content-disposition') ?? '', /^attachment; filename="task-1\.zip"$/);
    assert.equal(bundle.headers.get('x-content-type-options'), 'nosniff');
    await Promise.all([picture.arrayBuffer(), bundle.arrayBuffer()]);
  });

  it('of the address file cancels, deletes and starts nothing that is not its own', async () => {
    const task = await stand.create("A person's", { skills: ['none'] });
    const done = await stand.create('Done', { skills: ['none'] });
    await stand.tower.execute({ type: 'CancelTask', taskId: done.id }, person);
    const { seq } = stand.tower.board;
    const viewer = await RpcSocket.open(stand.url, '/board', stand.keys.client);
    for (const [method, path] of [
      ['DELETE', `/api/tasks/${task.id}`],
      ['POST', `/api/tasks/${done.id}/purge`],
      ...['start', 'stop', 'restart'].map((verb) => ['POST', `/api/agents/coder/${verb}`]),
      ...['start', 'stop'].map((verb) => ['POST', `/api/agents/${verb}`]),
    ] as [string, string][])
      problem(await stand.call(method, path, method === 'POST' ? {} : undefined), 403, /Do it in the editor/);
    for (const command of [
      { type: 'CancelTask', taskId: task.id },
      { type: 'PurgeTask', taskId: done.id },
      { type: 'StartAgent', agentId: 'coder' },
      { type: 'ReportTask', spec: { title: 'x' } },
    ])
      await assert.rejects(viewer.ask('command', { id: command.type, command }), /./);
    viewer.close();
    assert.equal(stand.tower.board.seq, seq);
  });

  it('speaks for no runner, and for no agent that another token speaks for', async () => {
    const rpc = await RpcSocket.open(stand.url, '/agent', stand.keys.client);
    await assert.rejects(rpc.ask('runner/hello', { protocol: 1, pid: 1 }), { code: -32601 });
    await assert.rejects(rpc.ask('agent/hello', { protocol: 1, name: 'Coder' }), /started by Tasktower/);
    const taken = await RpcSocket.open(stand.url, '/agent', stand.keys.person);
    await stand.agent('worker');
    await assert.rejects(taken.ask('agent/hello', { protocol: 1, name: 'worker' }), /Another program is connected/);
    for (const socket of [rpc, taken]) socket.close();
  });

  it("shows what agents print to a person's windows alone, without secrets", async () => {
    const heard = new Map<string, string[]>();
    const sockets = await Promise.all(
      [stand.keys.person, stand.keys.client].map(async (token) => {
        const rpc = await RpcSocket.open(stand.url, '/board', token);
        const lines: string[] = [];
        heard.set(token, lines);
        rpc.onCall = (method, params) => method === 'board/output' && lines.push(...(params as { lines: string[] }).lines);
        await rpc.ask('board/hello', { protocol: 1, role: 'window' });
        return rpc;
      }),
    );
    const runner = await RpcSocket.open(stand.url, '/agent', stand.keys.runner);
    await runner.ask('runner/hello', { protocol: 1, process: { pid: process.pid, startTime: 'now' } });
    await runner.ask('runner/report', { type: 'output', agentId: 'coder', lines: [`I have ${stand.keys.client}`] });
    await until('the line', () => heard.get(stand.keys.person)?.length === 1);
    assert.deepEqual(heard.get(stand.keys.person), ['I have [secret]']);
    for (const socket of sockets) await socket.ask('logs/unsubscribe', {});
    assert.deepEqual(heard.get(stand.keys.client), []);
    for (const socket of [...sockets, runner]) socket.close();
  });

  it('tells nothing of what goes wrong inside', () => {
    const said: unknown[] = [];
    const log = { ...nullLog, error: (...words: unknown[]) => void said.push(...words) };
    const error = new Error('ENOENT: /home/you/.secret');
    const { status, detail } = problemOf(error, log);
    assert.deepEqual([status, detail], [500, 'Tasktower hit an error. Nothing queued is lost; see its log.']);
    assert.ok(said.includes(error), 'the log has it');
  });

  it('is needed for all but a GET of /api/health', async () => {
    problem(await rest(stand.url, 'wrong', 'POST', '/api/health', {}), 401, /token/);
    problem(await rest(stand.url, 'wrong', 'GET', '/api/health/'), 401, /token/);
  });

  it('is asked for on the loopback address alone; no other is listened at', async () => {
    const socket = connect({ port: stand.port, host: '127.0.0.2', timeout: 2_000 });
    const outcome = ['connect', 'error', 'timeout'].map((event) => new Promise<string>((done) => socket.once(event, () => done(event))));
    assert.notEqual(await Promise.race(outcome), 'connect');
    socket.destroy();
  });
});

describe('a listener', () => {
  const keys = FileKeys.unsaved();
  let look = (): void => undefined;
  let listener: Listener;
  beforeEach(async () => {
    look = () => undefined;
    const sockets = new Map([['/agent', () => assert.fail('let in')]]);
    listener = new Listener(keys, { look: () => look(), request: () => assert.fail('let in'), sockets }, systemClock, nullLog);
    await listener.listen(0, 0);
  });
  afterEach(() => listener.dispose());

  it('that leaves lets in no request and no socket any more', async () => {
    listener.leave();
    problem(await rest(listener.url, keys.client, 'GET', '/api/tasks'), 503, /has stopped\. Try again in the window that is open/);
    await assert.rejects(RpcSocket.open(listener.url, '/agent', keys.client), /503/);
  });

  it('that is no owner any more says so before any request or socket is let in', async () => {
    look = () => {
      throw new HumanError('Another window has taken over.');
    };
    problem(await rest(listener.url, keys.client, 'GET', '/api/tasks'), 503, /Another window has taken over\./);
    await assert.rejects(RpcSocket.open(listener.url, '/agent', keys.client), /503/);
  });
});
