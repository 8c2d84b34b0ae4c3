import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readJson } from '../../../src/server/gateway/body';
import { problemOf, sendProblem } from '../../../src/server/gateway/problem';
import { nullLog } from '../../../src/server/base/log';
import { problem, Stand, type Reply } from './stand';

describe('REST', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  it('creates a task, names it by id and number, and lists it', async () => {
    const { status, body } = await stand.call('POST', '/api/tasks', {
      title: 'Audit',
      prompt: 'Look at it.',
      skills: ['none'],
      priority: 'high',
    });
    assert.equal(status, 201);
    assert.equal(body.status, 'pending');
    assert.equal(body.waitsFor, 'waits for an agent with skill: none');
    for (const name of [body.id, '1', '%231']) {
      const one = await stand.call('GET', `/api/tasks/${String(name)}`);
      assert.equal(one.body.id, body.id);
      assert.equal(one.body.prompt, 'Look at it.');
    }
    const list = await stand.call('GET', '/api/tasks?status=queued&priority=high,urgent&limit=5');
    assert.deepEqual(
      (list.body.tasks as { title: string }[]).map(({ title }) => title),
      ['Audit'],
    );
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
      const response = await stand.fetch('/api/tasks', {
        method: 'POST',
        body,
        ...(typeof body === 'string' ? {} : { duplex: 'half' }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    problem(await send('{"title":'), 400, /not JSON/);
    problem(await send(JSON.stringify({ title: 'x', prompt: 'x'.repeat(1024 * 1024) })), 413, /Hand in large things as evidence/);
    const answer = await stand.raw(
      `POST /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nAuthorization: Bearer ${stand.keys.client}\r\nContent-Length: 99999999\r\n\r\n{`,
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
    const size = 1024 * 1024 + 1;
    const unsaid = await stand.raw(
      `POST /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nAuthorization: Bearer ${stand.keys.client}\r\nTransfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}`,
    );
    assert.match(unsaid, /^HTTP\/1\.1 413 /);
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
    for (const path of [
      '/api/tasks/nonsense',
      '/api/tasks/%25',
      '/api/tasks/..%2f..%2fkeys.json',
      '/api/nothing',
      '/keys.json',
      '/api/tasks/%ff',
    ]) {
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
    const send = (
      key: string,
      path = '/api/tasks',
      method = 'POST',
      body: unknown = { title: 'Once', skills: ['none'] },
    ): Promise<Response> => stand.fetch(path, { method, headers: { 'idempotency-key': key }, body: JSON.stringify(body) });
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
    assert.deepEqual(
      (list.body.tasks as { title: string }[]).map(({ title }) => title),
      ['C', 'a', 'b'],
    );
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
      problem(
        await stand.call('POST', `${path}/${verb}`, verb === 'signoff' ? { verdict: 'accepted' } : {}),
        verb === 'purge' ? 409 : 403,
        /./,
      );
    }
    for (const other of ['/api/queue/pause', '/api/queue/resume', '/api/tasks/retry-failed', '/api/agents/some/start']) {
      problem(await stand.call('POST', other, {}), 403, /Do it in the editor/);
    }
    problem(await stand.call('GET', `${path}/evidence`), 403, /evidence/);
    assert.equal((await stand.call('GET', path)).status, 200);
    assert.equal(stand.task(mine.id).title, 'A person made this');
  });

  it('describes every route, and lists agents and logs', async () => {
    const { body } = await stand.call('GET', '/api/openapi.json');
    const paths = body.paths as Record<string, Record<string, { summary: string }>>;
    for (const path of [
      '/api/tasks',
      '/api/tasks/{id}',
      '/api/tasks/claim',
      '/api/tasks/{id}/result',
      '/api/evidence/{id}/{evidenceId}',
      '/api/logs',
    ])
      assert.ok(paths[path], path);
    assert.deepEqual(Object.keys(paths['/api/tasks'] ?? {}), ['get', 'post']);
    await stand.agent('Lister', { skills: ['list'] });
    const { agents } = (await stand.call('GET', '/api/agents')).body as { agents: { id: string; status: string; skills: string[] }[] };
    assert.deepEqual(
      agents.map(({ id, status, skills }) => [id, status, skills]),
      [['lister', 'idle', ['list']]],
    );
    await stand.call('POST', '/api/tasks', { title: 'Say', status: 'running' });
    await stand.call('POST', '/api/tasks/1/logs', { lines: ['hello', { text: 'bad', level: 'error' }] });
    const { lines } = (await stand.call('GET', '/api/logs?task=1&level=warn')).body as { lines: { text: string; at: string }[] };
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['bad'],
    );
    assert.match(lines[0]?.at ?? '', /^\d{4}-.*Z$/);
  });
});
