import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readJson } from '../../../src/server/gateway/body';
import { problemOf, sendProblem } from '../../../src/server/gateway/problem';
import { nullLog } from '../../../src/server/base/log';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import { person, Stand, type Reply } from './stand';

const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

describe('REST', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  const problem = ({ status, body }: Reply, expected: number, detail: RegExp): void => {
    assert.equal(status, expected, JSON.stringify(body));
    assert.equal(body.status, expected);
    assert.match(String(body.detail), detail);
    assert.ok(!String(body.detail).includes('\n'), 'one line');
  };
  const bytes = (path: string, token = stand.keys.client, init: RequestInit = {}): Promise<Response> =>
    fetch(`${stand.url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });

  it('creates a task, names it by id and number, and lists it', async () => {
    const { status, body } = await stand.call('POST', '/api/tasks', { title: 'Audit', prompt: 'Look at it.', skills: ['none'], priority: 'high' });
    assert.equal(status, 201);
    assert.equal(body.status, 'pending');
    assert.equal(body.waitsFor, 'waits for an agent with skill: none');
    for (const name of [body.id, '1', '%231']) {
      const one = await stand.call('GET', `/api/tasks/${String(name)}`);
      assert.equal(one.body.id, body.id);
      assert.equal(one.body.prompt, 'Look at it.');
    }
    const list = await stand.call('GET', '/api/tasks?status=queued&priority=high,urgent&limit=5');
    assert.deepEqual((list.body.tasks as { title: string }[]).map(({ title }) => title), ['Audit']);
    assert.equal((await stand.call('GET', '/api/tasks?status=done')).body.total, 0);
  });

  it("takes the plan's description as the prompt, and its first line as the title", async () => {
    const { body } = await stand.call('POST', '/api/tasks', { description: 'Create a form\nwith two fields' });
    assert.equal(body.title, 'Create a form');
    assert.equal((await stand.call('GET', `/api/tasks/${String(body.id)}`)).body.prompt, 'Create a form\nwith two fields');
  });

  it('keeps control characters out and markup as text', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: ' <b>x</b>\u0000\u001b[31m\u202e\r\n{{y}} ', prompt: 'a\u0007b' });
    assert.equal(body.title, '<b>x</b>[31m {{y}}');
    assert.equal((await stand.call('GET', '/api/tasks/1')).body.prompt, 'ab');
  });

  it('refuses what it does not understand, and says which field', async () => {
    const post = (body: unknown): Promise<Reply> => stand.call('POST', '/api/tasks', body);
    problem(await post({ title: 'x'.repeat(1_000_000) }), 400, /title/);
    problem(await post({ title: 'x'.repeat(201) }), 400, /title: must be at most 200 characters/);
    problem(await post({}), 400, /title/);
    problem(await post({ title: 'x', prioritty: 'high' }), 400, /prioritty/);
    problem(await post({ title: 'x', status: 'completed' }), 400, /status/);
    problem(await post({ title: 'x', after: ['#99'] }), 404, /#99/);
    problem(await post([]), 400, /./);
    problem(await stand.call('GET', '/api/tasks?limit=9999'), 400, /limit/);
    problem(await stand.call('GET', '/api/tasks?bogus=1'), 400, /bogus/);
    assert.equal(stand.tower.board.tasks.size, 0);
  });

  it('refuses a body that is not JSON or larger than 1 MiB', async () => {
    const send = async (body: string | ReadableStream): Promise<Reply> => {
      const response = await bytes('/api/tasks', stand.keys.client, { method: 'POST', body, ...(typeof body === 'string' ? {} : { duplex: 'half' }) } as RequestInit);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    problem(await send('{"title":'), 400, /not JSON/);
    problem(await send(JSON.stringify({ title: 'x', prompt: 'x'.repeat(1024 * 1024) })), 413, /Hand in large things as evidence/);
    const answer = await stand.raw(
      `POST /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nAuthorization: Bearer ${stand.keys.client}\r\nContent-Length: 99999999\r\n\r\n{`,
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('answers 408 to a body that does not arrive', async () => {
    const server = createServer((request, response) => {
      readJson(request, 50).catch((error: unknown) => sendProblem(response, problemOf(error, nullLog), { connection: 'close' }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{')) });
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, init);
    assert.equal(response.status, 408);
    assert.match(await response.text(), /did not arrive within 0\.05 s/);
    server.closeAllConnections();
    server.close();
  });

  it('answers 404 to what there is not', async () => {
    problem(await stand.call('GET', '/api/tasks/99'), 404, /#99/);
    problem(await stand.call('GET', '/api/tasks/01ARZ3NDEKTSV4RRFFQ69G5FAV'), 404, /01ARZ3/);
    for (const path of ['/api/tasks/nonsense', '/api/tasks/%25', '/api/tasks/..%2f..%2fkeys.json', '/api/nothing', '/keys.json', '/api/tasks/%ff']) {
      problem(await stand.call('GET', path), 404, /There is no/);
    }
    problem(await stand.call('PUT', '/api/tasks/1', {}), 404, /There is no PUT/);
  });

  it('answers 409 to what cannot be now', async () => {
    await stand.call('POST', '/api/tasks', { title: 'One', skills: ['none'] });
    assert.equal((await stand.call('DELETE', '/api/tasks/1')).body.status, 'cancelled');
    problem(await stand.call('DELETE', '/api/tasks/1'), 409, /#1 One is cancelled/);
    problem(await stand.call('PATCH', '/api/tasks/1', { title: 'Two' }), 409, /cancelled/);
    problem(await stand.call('POST', '/api/tasks/1/progress', { progress: 0.5 }), 409, /no such attempt/);
    assert.equal((await stand.call('POST', '/api/tasks/1/retry', {})).body.status, 'pending');
  });

  it('does the same request once, by its Idempotency-Key', async () => {
    const send = (key: string, path = '/api/tasks', method = 'POST', body: unknown = { title: 'Once', skills: ['none'] }): Promise<Response> =>
      bytes(path, stand.keys.client, { method, headers: { 'idempotency-key': key }, body: JSON.stringify(body) });
    const [first, second] = await Promise.all([send('abc'), send('abc')]);
    assert.equal(((await first?.json()) as { id: string }).id, ((await second?.json()) as { id: string }).id);
    assert.equal(stand.tower.board.tasks.size, 1);
    await send('other');
    assert.equal(stand.tower.board.tasks.size, 2);
    assert.equal(((await (await send('abc', '/api/tasks/2', 'PATCH', { title: 'Changed' })).json()) as { title: string }).title, 'Changed');
    assert.equal((await send('x'.repeat(151))).status, 400);
  });

  it('edits, moves, starts and pauses for a person', async () => {
    const { person: token } = stand.keys;
    for (const title of ['a', 'b', 'c']) await stand.create(title, { skills: ['none'] });
    assert.equal((await stand.call('PATCH', '/api/tasks/3', { title: 'C', before: '#1' }, token)).body.title, 'C');
    const list = await stand.call('GET', '/api/tasks', undefined, token);
    assert.deepEqual((list.body.tasks as { title: string }[]).map(({ title }) => title), ['C', 'a', 'b']);
    assert.match(String((await stand.call('POST', '/api/tasks/2/start-now', {}, token)).body.message), /skill/);
    assert.deepEqual((await stand.call('POST', '/api/queue/pause', {}, token)).body, { state: 'paused' });
    assert.deepEqual((await stand.call('POST', '/api/queue/resume', {}, token)).body, { state: 'open' });
    await stand.call('DELETE', '/api/tasks/1', undefined, token);
    assert.equal((await stand.call('POST', '/api/tasks/1/purge', {}, token)).status, 200);
    problem(await stand.call('GET', '/api/tasks/1', undefined, token), 404, /#1/);
  });

  it("lets a program change what programs made, and nothing of a person's", async () => {
    const mine = await stand.create('A person made this', { skills: ['none'] });
    const path = `/api/tasks/${mine.id}`;
    problem(await stand.call('DELETE', path), 403, /Do it in the editor/);
    problem(await stand.call('PATCH', path, { title: 'stolen' }), 403, /./);
    for (const verb of ['purge', 'signoff', 'dismiss', 'retry']) {
      problem(await stand.call('POST', `${path}/${verb}`, verb === 'signoff' ? { verdict: 'accepted' } : {}), verb === 'purge' ? 409 : 403, /./);
    }
    for (const other of ['/api/queue/pause', '/api/queue/resume', '/api/tasks/retry-failed', '/api/agents/some/start']) {
      problem(await stand.call('POST', other, {}), 403, /Do it in the editor/);
    }
    problem(await stand.call('GET', `${path}/evidence`), 403, /evidence/);
    assert.equal((await stand.call('GET', path)).status, 200);
    assert.equal(stand.task(mine.id).title, 'A person made this');
  });

  it("takes the plan's four reporting calls", async () => {
    const start = await stand.call('POST', '/api/tasks', { description: 'Nightly audit', agent: 'CLAWS', status: 'running' });
    assert.equal(start.status, 201);
    assert.equal(start.body.status, 'running');
    assert.equal(start.body.agent, 'CLAWS');
    const path = `/api/tasks/${String(start.body.id)}`;
    assert.deepEqual((await stand.call('POST', `${path}/progress`, { progress: 0.65, step: 'looking' })).body, { ackSeq: 0, cancel: false });
    assert.equal((await stand.call('GET', path)).body.progress, 0.65);
    problem(await stand.call('POST', `${path}/progress`, { progress: 7 }), 400, /progress/);
    assert.deepEqual((await stand.call('POST', `${path}/logs`, { lines: ['plain', { text: 'warned', level: 'warn' }] })).body.cancel, false);
    const end = await stand.call('POST', `${path}/result`, {
      result: { pages: 3 },
      evidence: [{ kind: 'text', name: 'notes', text: 'all fine' }, { kind: 'screenshot', name: 'home', dataBase64: PNG.toString('base64') }],
    });
    assert.equal(end.status, 200, JSON.stringify(end.body));
    const { body } = await stand.call('GET', path);
    assert.equal(body.status, 'completed');
    assert.deepEqual(JSON.parse(String(body.result)), { pages: 3 });
    const { evidence } = (await stand.call('GET', `/api/evidence/${String(start.body.id)}`)).body as { evidence: { name: string; mime: string }[] };
    assert.deepEqual(evidence.map(({ name, mime }) => [name, mime]), [['notes', 'text/plain'], ['home', 'image/png']]);

    const other = await stand.call('POST', '/api/tasks', { title: 'Broken', status: 'in_progress' });
    await stand.call('POST', `/api/tasks/${String(other.body.id)}/error`, { error: 'It broke.' });
    assert.deepEqual((await stand.call('GET', `/api/tasks/${String(other.body.id)}`)).body.error, { kind: 'agent_error', message: 'It broke.' });
  });

  it('says cancel to whoever reports on a task that a person cancelled', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Long', status: 'running', agent: 'CLAWS' });
    await stand.tower.execute({ type: 'CancelTask', taskId: String(body.id) }, person);
    assert.equal((await stand.call('POST', '/api/tasks/1/progress', { progress: 0.2 })).body.cancel, true);
    assert.equal((await stand.call('POST', '/api/tasks/1/cancelled', {})).body.cancel, true);
    assert.equal(stand.task(String(body.id)).status, 'cancelled');
  });

  it('renews the lease of a reported task with each call, and keeps a result that comes after it was lost', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Slow', status: 'running', leaseMs: 1000 });
    const id = String(body.id);
    const from = performance.now();
    await until('twice the lease to pass', async () => {
      assert.equal((await stand.call('POST', `/api/tasks/${id}/progress`, {})).status, 200);
      return performance.now() - from > 2000;
    });
    await until('the lease to end', () => stand.task(id).status === 'failed');
    assert.equal(stand.task(id).error?.kind, 'lost_contact');
    const late = await stand.call('POST', `/api/tasks/${id}/result`, { result: 'late', evidence: [{ kind: 'text', name: 'n', text: 't' }] });
    assert.equal(late.status, 200, JSON.stringify(late.body));
    assert.equal(stand.task(id).attempts[0]?.lateResult, true);
    assert.equal(stand.task(id).status, 'failed');
  });

  it('hands work to an agent that asks, with a token good for that attempt alone', async () => {
    const claim = (body: Record<string, unknown> = {}): Promise<Reply> => stand.call('POST', '/api/tasks/claim', { agent: 'Puller', skills: ['count'], ...body });
    assert.deepEqual((await claim()).body, { reason: 'no_tasks_available' });
    assert.equal(stand.tower.live.agents.get('puller')?.presence, 'pull');
    const waiting = claim({ waitMs: 5000 });
    const task = await stand.create('Count', { skills: ['count'], prompt: 'Count them.' });
    const { assignment } = (await waiting).body as { assignment: { taskId: string; attempt: number; prompt: string; token: string; url: string } };
    assert.equal(assignment.taskId, task.id);
    assert.equal(assignment.prompt, 'Count them.');
    assert.equal(assignment.url, stand.url);
    const again = (await claim()).body as { reason: string; assignment: { taskId: string } };
    assert.deepEqual([again.reason, again.assignment.taskId], ['continue_current', task.id]);

    const own = (method: string, path: string, body?: unknown): Promise<Reply> => rest(stand.url, assignment.token, method, path, body);
    const other = await stand.create('Other', { skills: ['none'] });
    problem(await own('GET', `/api/tasks/${other.id}`), 403, /good for one attempt/);
    problem(await own('POST', `/api/tasks/${other.id}/result`, {}), 403, /good for one attempt/);
    problem(await own('GET', '/api/tasks'), 403, /good for one attempt/);
    problem(await own('DELETE', `/api/tasks/${task.id}`), 403, /good for one attempt/);
    problem(await own('POST', `/api/tasks/${task.id}/progress`, { attempt: 2 }), 403, /attempt 1 alone/);
    problem(await stand.call('POST', `/api/tasks/${task.id}/progress`, { agent: 'somebody else' }), 403, /another agent/);
    assert.equal((await own('GET', `/api/tasks/${task.id}`)).status, 200);
    assert.equal((await own('POST', `/api/tasks/${task.id}/result`, { result: '3' })).status, 200);
    assert.equal(stand.task(task.id).status, 'completed');
    problem(await own('GET', `/api/tasks/${task.id}`), 409, /has ended/);
    problem(await own('POST', `/api/tasks/${task.id}/logs`, { lines: ['late'] }), 409, /ended/);
  });

  it('says why there is no work', async () => {
    const claim = (agent: string): Promise<Reply> => stand.call('POST', '/api/tasks/claim', { agent });
    await stand.tower.execute({ type: 'PauseQueue' }, person);
    await stand.create();
    assert.deepEqual((await claim('Puller')).body, { reason: 'paused' });
    await stand.agent('socketed');
    problem(await claim('Socketed'), 409, /connected by WebSocket/);
  });

  it("keeps a program off the attempt that an agent does on its socket", async () => {
    const agent = await stand.agent('worker');
    const task = await stand.create();
    await until('the acceptance', () => stand.task(task.id).phase === 'working');
    problem(await stand.call('POST', `/api/tasks/${task.id}/result`, { result: 'stolen' }), 403, /token that came with the assignment/);
    problem(await stand.call('POST', `/api/tasks/${task.id}/evidence?name=x`), 403, /token that came with the assignment/);
    assert.equal(agent.rpc.closed, undefined);
    assert.equal(stand.task(task.id).status, 'running');
  });

  it('takes evidence as bytes and gives it back so that a browser runs none of it', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Look', status: 'running' });
    const id = String(body.id);
    const put = async (query: string, data: BodyInit, type: string): Promise<Reply> => {
      const response = await bytes(`/api/tasks/${id}/evidence?${query}`, stand.keys.client, { method: 'POST', body: data, headers: { 'content-type': type } });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const picture = await put('kind=screenshot&name=login&viewport=1280x800', new Uint8Array(PNG), 'image/png');
    assert.equal(picture.status, 201, JSON.stringify(picture.body));
    const page = await put('kind=file&name=../../page.html', '<script>alert(1)</script>', 'text/html');
    const numbers = await put('kind=metrics&name=speed', JSON.stringify({ metrics: [{ category: 'performance', name: 'score', value: 98 }] }), 'application/json');
    problem(await put('kind=screenshot&name=fake', 'not a picture', 'image/png'), 400, /not a PNG/);
    problem(await put('kind=screenshot', new Uint8Array(PNG), 'image/png'), 400, /name/);
    assert.deepEqual(stand.task(id).attempts[0]?.evidence.map(({ kind, metrics }) => [kind, metrics?.[0]?.value]), [
      ['screenshot', undefined],
      ['file', undefined],
      ['metrics', 98],
    ]);

    const get = (answer: Reply): Promise<Response> => bytes(`/api/evidence/${id}/${String(answer.body.evidenceId)}`);
    const shown = await get(picture);
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), PNG);
    assert.equal(shown.headers.get('content-type'), 'image/png');
    assert.equal(shown.headers.get('content-disposition'), 'inline; filename="login@1280x800"');
    for (const answer of [await get(page), await get(numbers)]) {
      assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.@-]+"$/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox/);
      await answer.arrayBuffer();
    }
    problem(await stand.call('GET', `/api/evidence/${id}/nothing`), 404, /no such evidence/);
  });

  it('tells an uploader that its evidence is too large, instead of cutting the line', async () => {
    await stand.call('POST', '/api/tasks', { title: 'Look', status: 'running' });
    const response = await bytes('/api/tasks/1/evidence?name=big', stand.keys.client, { method: 'POST', body: Buffer.alloc(65 * 1024 * 1024) });
    assert.equal(response.status, 413);
    assert.match(await response.text(), /larger than 64 MiB/);
    assert.deepEqual(stand.task(stand.tower.board.numbers.get(1) ?? '').attempts[0]?.evidence, []);
  });

  it('describes every route, and lists agents and logs', async () => {
    const { body } = await stand.call('GET', '/api/openapi.json');
    const paths = body.paths as Record<string, Record<string, { summary: string }>>;
    for (const path of ['/api/tasks', '/api/tasks/{id}', '/api/tasks/claim', '/api/tasks/{id}/result', '/api/evidence/{id}/{evidenceId}', '/api/logs']) assert.ok(paths[path], path);
    assert.deepEqual(Object.keys(paths['/api/tasks'] ?? {}), ['get', 'post']);
    await stand.agent('Lister', { skills: ['list'] });
    const { agents } = (await stand.call('GET', '/api/agents')).body as { agents: { id: string; status: string; skills: string[] }[] };
    assert.deepEqual(agents.map(({ id, status, skills }) => [id, status, skills]), [['lister', 'idle', ['list']]]);
    await stand.call('POST', '/api/tasks', { title: 'Say', status: 'running' });
    await stand.call('POST', '/api/tasks/1/logs', { lines: ['hello', { text: 'bad', level: 'error' }] });
    const { lines } = (await stand.call('GET', '/api/logs?task=1&level=warn')).body as { lines: { text: string; at: string }[] };
    assert.deepEqual(lines.map(({ text }) => text), ['bad']);
    assert.match(lines[0]?.at ?? '', /^\d{4}-.*Z$/);
  });
});
