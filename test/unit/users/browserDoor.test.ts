import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { mock } from 'node:test';
import { LocalPeople } from '../../../src/server/users/localPeople';
import { addTeam, PASSWORD, peopleOf, teamDoor } from '../../support/team';
import { Stand } from '../gateway/stand';

const GUEST = 'https://tools.example';

describe('the door for browsers', () => {
  let stand: Stand;
  let cookies = '';
  let set: string[] = [];
  let told: object = {};
  before(async () => {
    stand = await Stand.open({
      door: async (storage) => {
        await addTeam(storage);
        const pages = {
          paths: new Set(['/']),
          serve: (_: string, response: ServerResponse) => void response.end('page'),
        };
        return teamDoor(peopleOf(storage), { urls: ['https://tower.example'], guests: [GUEST], pages });
      },
    });
    const response = await fetch(`${stand.url}/api/session`, {
      method: 'POST',
      headers: { origin: stand.url, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'oskar', password: PASSWORD }),
    });
    assert.equal(response.status, 200);
    set = response.headers.getSetCookie();
    told = (await response.json()) as object;
    cookies = set.map((cookie) => cookie.split(';', 1)[0]).join('; ');
  });
  after(() => stand.close());

  /** What the tower answers to a request with exactly these headers. */
  const ask = (method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> => {
    const given = { Host: `127.0.0.1:${stand.port}`, Connection: 'close', 'Content-Length': String(body.length), ...headers };
    const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}`);
    return stand.raw(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body}`);
  };
  const own = (): Record<string, string> => ({ Origin: stand.url, Cookie: cookies });
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const task = JSON.stringify({ title: 'From a page', skills: ['none'] });
  const json = { 'Content-Type': 'application/json' };

  it('gives no token to a script', () => {
    assert.ok(set.length > 0);
    for (const cookie of set) assert.match(cookie, /; HttpOnly; Secure; SameSite=Strict$/);
    assert.deepEqual(Object.keys(told).sort(), ['name', 'role', 'until']);
  });

  it('takes the cookie from its own pages', async () => {
    assert.match(await ask('POST', '/api/tasks', { ...own(), ...json }, task), /^HTTP\/1\.1 201 /);
    assert.match(await ask('GET', '/api/session', { Cookie: cookies, 'Sec-Fetch-Site': 'same-origin' }), /^HTTP\/1\.1 200 .*"oskar"/s);
    assert.match(
      await ask('GET', '/api/session', { ...own(), Host: 'tower.example', Origin: 'https://tower.example' }),
      /^HTTP\/1\.1 200 /,
    );
  });

  it('takes the cookies away when the session is over, not when it cannot be renewed right now', async () => {
    const renew = (cookie: string): Promise<string> => ask('POST', '/api/session/refresh', { ...own(), ...json, Cookie: cookie }, '{}');
    const broken = mock.method(LocalPeople.prototype, 'refresh', () => Promise.reject(new Error('The disk is full.')));
    try {
      const answer = await renew(cookies);
      assert.match(answer, /^HTTP\/1\.1 500 /);
      assert.doesNotMatch(answer, /set-cookie/i);
    } finally {
      broken.mock.restore();
    }
    assert.match(await renew('tasktower-refresh=made-up'), /^HTTP\/1\.1 401 .*set-cookie: tasktower-refresh=;/is);
  });

  const elsewhere: Record<string, () => Record<string, string>> = {
    'another origin': () => ({ Origin: 'https://evil.example' }),
    'the origin null': () => ({ Origin: 'null' }),
    'its own name under another scheme': () => ({ Origin: stand.url.replace('http', 'https') }),
    'another port': () => ({ Origin: 'http://127.0.0.1:1' }),
  };
  for (const [name, headers] of Object.entries(elsewhere))
    it(`refuses the cookie from ${name}, for requests and sockets`, async () => {
      const { seq } = stand.tower.board;
      assert.match(await ask('POST', '/api/tasks', { Cookie: cookies, ...json, ...headers() }, task), /^HTTP\/1\.1 403 /);
      assert.match(await ask('GET', '/board', { Cookie: cookies, ...upgrade, ...headers() }), /^HTTP\/1\.1 403 /);
      assert.equal(stand.tower.board.seq, seq);
    });

  it('refuses the cookie where no browser says that it is its own page', async () => {
    assert.match(await ask('POST', '/api/tasks', { Cookie: cookies, ...json }, task), /^HTTP\/1\.1 401 /);
    assert.match(await ask('POST', '/api/tasks', { Cookie: cookies, ...json, 'Sec-Fetch-Site': 'same-origin' }, task), /^HTTP\/1\.1 401 /);
    assert.match(await ask('GET', '/board', { Cookie: cookies, ...upgrade }), /^HTTP\/1\.1 401 /);
    for (const site of ['cross-site', 'same-site', 'none'])
      assert.match(await ask('GET', '/api/session', { Cookie: cookies, 'Sec-Fetch-Site': site }), /^HTTP\/1\.1 401 /);
  });

  it('refuses the cookie from a guest, and takes a token', async () => {
    assert.match(await ask('GET', '/api/tasks', { Cookie: cookies, Origin: GUEST }), /^HTTP\/1\.1 401 /);
    const answer = await ask('GET', '/api/tasks', { Authorization: `Bearer ${stand.keys.client}`, Origin: GUEST });
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /access-control-allow-origin: https:\/\/tools\.example\r\n/i);
    assert.doesNotMatch(answer, /access-control-allow-credentials/i);
    const body = JSON.stringify({ name: 'oskar', password: PASSWORD });
    assert.match(await ask('POST', '/api/session', { Origin: GUEST, ...json }, body), /^HTTP\/1\.1 403 .*page of the tower itself/s);
  });

  it('answers the question of a browser for a guest alone', async () => {
    const question = { 'Access-Control-Request-Method': 'DELETE', 'Access-Control-Request-Headers': 'authorization' };
    const answer = await ask('OPTIONS', '/api/tasks/1', { Origin: GUEST, ...question });
    assert.match(answer, /^HTTP\/1\.1 204 /);
    assert.match(answer, /access-control-allow-headers: authorization/i);
    const refused = await ask('OPTIONS', '/api/tasks/1', { Origin: 'https://evil.example', ...question });
    assert.match(refused, /^HTTP\/1\.1 403 /);
    assert.doesNotMatch(refused, /access-control/i);
  });

  it('sends headers that keep other pages out with every answer', async () => {
    for (const answer of [await ask('GET', '/', {}), await ask('GET', '/api/tasks', {}), await ask('GET', '/api/session', own())]) {
      for (const header of ['x-content-type-options: nosniff', 'x-frame-options: DENY', 'referrer-policy: no-referrer'])
        assert.ok(answer.toLowerCase().includes(header.toLowerCase()), header);
    }
  });

  it('asks for the Host that it is reached by', async () => {
    assert.match(await ask('GET', '/', { Host: 'evil.example' }), /^HTTP\/1\.1 403 /);
    assert.match(await ask('GET', '/', { Host: 'tower.example' }), /^HTTP\/1\.1 200 /);
  });

  it('is not there in the tower of an editor', async () => {
    const editor = await Stand.open();
    try {
      for (const path of ['/', '/api/session', '/assets/dashboard.js']) {
        const answer = await editor.raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${editor.port}\r\nConnection: close\r\n\r\n`);
        assert.match(answer, /^HTTP\/1\.1 401 /);
      }
      const cookie = `Cookie: tasktower-access=${editor.keys.person}\r\nSec-Fetch-Site: same-origin\r\n`;
      const answer = await editor.raw(`GET /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${editor.port}\r\n${cookie}Connection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 401 /);
    } finally {
      await editor.close();
    }
  });
});
