import assert from 'node:assert/strict';
import { once } from 'node:events';
import { RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { Stand } from './stand';

describe('the guard', () => {
  let stand: Stand;
  before(async () => (stand = await Stand.open()));
  after(() => stand.close());

  const body = JSON.stringify({ title: 'planted' });
  const kinds: Record<string, (path: string, headers: string[]) => string> = {
    read: (path, headers) => `GET ${path} HTTP/1.1\r\n${['Connection: close', ...headers].join('\r\n')}\r\n\r\n`,
    write: (path, headers) =>
      `POST ${path} HTTP/1.1\r\n${['Connection: close', 'Content-Type: text/plain', `Content-Length: ${body.length}`, ...headers].join('\r\n')}\r\n\r\n${body}`,
    upgrade: (path, headers) => {
      const upgrade = [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ];
      return `GET ${path === '/api/tasks' ? '/agent' : path.replace('/api/tasks', '/agent')} HTTP/1.1\r\n${[...upgrade, ...headers].join('\r\n')}\r\n\r\n`;
    },
  };
  const cases: { name: string; status: number; path?: (token: string) => string; headers: (port: number, token: string) => string[] }[] = [
    { name: 'no token', status: 401, headers: (port) => [`Host: 127.0.0.1:${port}`] },
    { name: 'a wrong token', status: 401, headers: (port) => [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${'x'.repeat(43)}`] },
    { name: 'another scheme', status: 401, headers: (port, token) => [`Host: 127.0.0.1:${port}`, `Authorization: Basic ${token}`] },
    {
      name: 'the token in the query',
      status: 400,
      path: (token) => `/api/tasks?a=1&token=${token}`,
      headers: (port) => [`Host: 127.0.0.1:${port}`],
    },
    { name: 'a foreign Host', status: 403, headers: (port, token) => [`Host: evil.example:${port}`, `Authorization: Bearer ${token}`] },
    {
      name: 'a Host of another port',
      status: 403,
      headers: (port, token) => [`Host: 127.0.0.1:${port + 1}`, `Authorization: Bearer ${token}`],
    },
    {
      name: 'the Origin of a web page',
      status: 403,
      headers: (port, token) => [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, 'Origin: https://evil.example'],
    },
    {
      name: 'the Origin null',
      status: 403,
      headers: (port, token) => [`Host: localhost:${port}`, `Authorization: Bearer ${token}`, 'Origin: null'],
    },
    {
      name: 'its own Origin',
      status: 403,
      headers: (port, token) => [`Host: localhost:${port}`, `Authorization: Bearer ${token}`, `Origin: http://localhost:${port}`],
    },
  ];
  for (const [kind, write] of Object.entries(kinds)) {
    for (const { name, status, path = () => '/api/tasks', headers } of cases) {
      it(`refuses to ${kind} with ${name}, and nothing happens`, async () => {
        const { client } = stand.keys;
        const { seq } = stand.tower.board;
        const answer = await stand.raw(write(path(client), headers(stand.port, client)));
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
        assert.match(answer, /content-type: application\/problem\+json/i);
        assert.doesNotMatch(answer, /access-control/i);
        assert.ok(!answer.includes(client), 'the token is not sent back');
        assert.equal(stand.tower.board.seq, seq);
      });
    }
  }

  it('lets in who has the token, by both names', async () => {
    const before = stand.tower.board.tasks.size;
    for (const name of ['127.0.0.1', 'localhost']) {
      const answer = await stand.raw(
        kinds.write?.('/api/tasks', [`Host: ${name}:${stand.port}`, `Authorization: Bearer ${stand.keys.client}`]) ?? '',
      );
      assert.match(answer, /^HTTP\/1\.1 201 /);
    }
    assert.equal(stand.tower.board.tasks.size, before + 2);
  });

  it('answers /api/health without a token, but not to a foreign Host', async () => {
    const ask = (host: string): Promise<string> => stand.raw(`GET /api/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.match(await ask(`127.0.0.1:${stand.port}`), /\r\n\r\n\{"ok":true,"protocol":1\}$/);
    assert.match(await ask('evil.example'), /^HTTP\/1\.1 403 /);
  });

  it('tells a Socket.IO client in one line where to go', async () => {
    for (const upgrade of [false, true]) {
      const write = upgrade ? kinds.upgrade : kinds.read;
      const answer = await stand.raw(write?.('/socket.io/?EIO=4&transport=polling', [`Host: 127.0.0.1:${stand.port}`]) ?? '');
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.match(answer, /Socket\.IO\. Open a WebSocket at \/agent; see docs\/from-the-plan\.md\./);
    }
  });

  it('answers what is not HTTP, and headers without end, with one line', async () => {
    assert.match(await stand.raw('\x16\x03\x01 hello\r\n\r\n'), /^HTTP\/1\.1 400 .*This is not HTTP/s);
    assert.match(await stand.raw(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  });

  it('opens no socket to a token that is good for one attempt, nor at another path', async () => {
    const agent = await stand.agent('worker', {}, () => undefined);
    const tokens: string[] = [];
    const answer = agent.rpc.onCall;
    agent.rpc.onCall = (method, params) => {
      if (method === 'task/assign') tokens.push((params as { token: string }).token);
      return answer(method, params);
    };
    await stand.create();
    const token = await until('the assignment', () => tokens[0]);
    await assert.rejects(RpcSocket.open(stand.url, '/agent', token), /403/);
    await assert.rejects(RpcSocket.open(stand.url, '/board', token), /403/);
    await assert.rejects(RpcSocket.open(stand.url, '/constructor', stand.keys.client), /404/);
  });

  it('keeps at most 256 connections that have shown no token', async () => {
    const first = stand.dial();
    let closed = false;
    first.on('close', () => (closed = true));
    await once(first, 'connect');
    for (let n = 0; n < 256; n++) await once(stand.dial(), 'connect');
    await until('the oldest to be closed', () => closed);
    assert.equal((await stand.call('GET', '/api/tasks')).status, 200);
  });

  it('answers 429 with Retry-After beyond 300 requests a second, to that token alone', async () => {
    const { client, person } = stand.keys;
    const ask = (token: string): Promise<Response> => fetch(`${stand.url}/api/agents`, { headers: { authorization: `Bearer ${token}` } });
    const statuses = new Set<number>();
    let retryAfter: string | null = null;
    const now = performance.now.bind(performance);
    const at = performance.now();
    // A machine that is slow itself takes fewer in a second.
    performance.now = () => at;
    try {
      for (let round = 0; round < 40 && !statuses.has(429); round++) {
        for (const response of await Promise.all(Array.from({ length: 100 }, () => ask(client)))) {
          await response.arrayBuffer();
          statuses.add(response.status);
          retryAfter ??= response.headers.get('retry-after');
        }
      }
    } finally {
      performance.now = now;
    }
    assert.deepEqual([...statuses].sort(), [200, 429]);
    assert.equal(retryAfter, '1');
    assert.equal((await ask(person)).status, 200);
    await until('the token to be served again', async () => (await ask(client)).status === 200);
  });

  it('takes 100 agents at once, and refuses a flood of sockets', async () => {
    const { client } = stand.keys;
    const open = (): Promise<RpcSocket> => RpcSocket.open(stand.url, '/agent', client);
    const sockets = await Promise.all(Array.from({ length: 100 }, open));
    const flood = await Promise.allSettled(Array.from({ length: 100 }, open));
    const refused = flood.filter((result) => result.status === 'rejected');
    assert.ok(refused.length > 0);
    for (const { reason } of refused) assert.match(String(reason), /429/);
    for (const socket of sockets) socket.close();
    for (const result of flood) if (result.status === 'fulfilled') result.value.close();
  });
});
