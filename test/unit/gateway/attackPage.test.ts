import assert from 'node:assert/strict';
import { CarelessServer } from '../../support/carelessServer';
import type { Target } from '../../support/hostileMeans';
import type { Prize } from '../../support/hostilePage';
import { attempt, attemptsOf, HostileStage, type Place } from '../../support/hostileStage';
import { isThorough } from '../../support/thorough';
import { until } from '../../support/until';
import { PNG, Stand } from './stand';

/** What each attempt gets from a page of another origin, a rebound name, a sandboxed frame and a data: URL. */
const TABLE: readonly [name: string, ...got: string[]][] = [
  ['fetch', 'nothing', 'an error', 'nothing', 'nothing'],
  ['fetch without CORS', 'nothing', 'an error', 'nothing', 'nothing'],
  ['fetch with a guessed token', 'nothing', 'an error', 'nothing', 'nothing'],
  ['fetch with cookies', 'nothing', 'an error', 'nothing', 'nothing'],
  ['XMLHttpRequest', 'nothing', 'an error', 'nothing', 'nothing'],
  ['fetch in a worker', 'nothing', 'an error', 'nothing', 'nothing'],
  ['POST without CORS', 'nothing', 'an error', 'nothing', 'nothing'],
  ['POST as text', 'nothing', 'an error', 'nothing', 'nothing'],
  ['POST as JSON', 'nothing', 'an error', 'nothing', 'nothing'],
  ['POST with a guessed token', 'nothing', 'an error', 'nothing', 'nothing'],
  ['PATCH', 'nothing', 'an error', 'nothing', 'nothing'],
  ['DELETE', 'nothing', 'an error', 'nothing', 'nothing'],
  ['POST to MCP', 'nothing', 'an error', 'nothing', 'nothing'],
  ['form', 'nothing', 'an error', 'nothing', 'nothing'],
  ['beacon', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['EventSource', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['EventSource with cookies', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['WebSocket', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['WebSocket with a token as subprotocol', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['WebSocket with a token in the address', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['<img>', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['<script>', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['<script type=module>', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['<link rel=stylesheet>', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['<iframe>', 'nothing', 'an error', 'nothing', 'nothing'],
  ['<object>', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['<video>', 'nothing', 'nothing', 'nothing', 'nothing'],
  ['popup', 'nothing', 'an error', 'nothing', 'nothing'],
  ['the timing of answers', 'nothing', 'an error', 'nothing', 'nothing'],
];
const PLACES: readonly Place[] = isThorough ? ['origin', 'rebound', 'sandbox', 'data'] : ['origin'];
const NOTHING = /^(blocked|opaque|closed|sent|loaded (iframe|object))$/;

/** "nothing", "an error", or the lines that are more than that. */
function summaryOf(lines: readonly string[]): string {
  const more = lines.filter((line) => !NOTHING.test(line));
  const worse = more.filter((line) => !/^read (4\d\d |0 \{.*"status":4\d\d)/.test(line));
  return worse.length > 0 ? worse.join('\n') : more.length > 0 ? 'an error' : 'nothing';
}

describe('a hostile web page', () => {
  let stand: Stand;
  let stage: HostileStage;
  let target: Target;
  let secrets: string[];
  before(async function () {
    this.timeout(60_000);
    stand = await Stand.open();
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Ship the crown jewels', prompt: 'quietly', status: 'running' });
    const added = await stand.fetch(`/api/tasks/${String(body.id)}/evidence?kind=screenshot&name=jewels`, {
      method: 'POST',
      body: new Uint8Array(PNG),
      headers: { 'content-type': 'image/png' },
    });
    const { evidenceId } = (await added.json()) as { evidenceId: string };
    const { paths } = (await (await stand.fetch('/api/openapi.json')).json()) as { paths: Record<string, { get?: unknown }> };
    const gets = Object.keys(paths).filter((path) => paths[path]?.get);
    const filled = gets.map((path) => path.replace('{id}', String(body.id)).replace('{evidenceId}', evidenceId));
    target = { url: stand.url, reads: [...filled, '/', '/mcp', '/agent'], tasks: '/api/tasks', task: `/api/tasks/${String(body.id)}` };
    secrets = ['crown jewels', String(body.id), evidenceId, stand.folder, 'workspace', ...Object.values(stand.keys)];
    stage = await HostileStage.open();
  });
  after(async () => {
    await stage.close();
    await stand.close();
  });

  for (const [column, place] of PLACES.entries())
    it(`from ${place} gets nothing but errors and changes nothing`, async function () {
      this.timeout(60_000);
      const frame = await stage.lure(place, stand.port);
      const url = place === 'rebound' ? `http://rebind.example:${stand.port}` : target.url;
      const { seq } = stand.tower.board;
      const got: [string, string][] = [];
      for (const [name] of await attemptsOf(frame)) {
        const lines = await attempt(frame, name, { ...target, url });
        for (const secret of secrets) assert.ok(!lines.some((line) => line.includes(secret)), `${name} read ${secret}`);
        got.push([name, summaryOf(lines)]);
      }
      assert.deepEqual(
        got,
        TABLE.map(([name, ...cells]) => [name, cells[column]]),
      );
      assert.equal(stand.tower.board.seq, seq, 'the board has as many records as before');
    });

  it('learns from the address bar no more than the person who looks at it', async () => {
    const { seq } = stand.tower.board;
    for (const [path, text] of [
      ['/api/health', /^\{"ok":true,"protocol":1\}$/],
      ['/api/health/ready', /^\{"ok":true\}$/],
      ['/api/tasks', /"status":401/],
      ['/mcp', /"status":401/],
    ] as const) {
      const frame = await stage.lure('origin', stand.port);
      await frame.evaluate(`location.href = ${JSON.stringify(target.url + path)}`);
      await frame.page().waitForURL(target.url + path);
      assert.match((await frame.page().locator('body').textContent()) ?? '', text);
    }
    assert.equal(stand.tower.board.seq, seq);
  });

  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:1'])
    it(`at ${origin} is told by no preflight that it may ask`, async () => {
      for (const path of ['/api/health', '/api/tasks', '/mcp', '/agent']) {
        const asks = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization'];
        const local = ['Access-Control-Request-Private-Network: true', 'Access-Control-Request-Local-Network: true'];
        const lines = [`OPTIONS ${path} HTTP/1.1`, `Host: 127.0.0.1:${stand.port}`, `Origin: ${origin}`, ...asks, ...local];
        const answer = await stand.raw(`${lines.join('\r\n')}\r\n\r\n`);
        assert.match(answer, /^HTTP\/1\.1 403 /);
        assert.doesNotMatch(answer, /^(access-control|allow)/im);
      }
    });

  it('is told by /api/health the same few bytes whatever the tower holds', async () => {
    const ask = async (): Promise<string> => {
      const answer = await stand.raw(`GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nConnection: close\r\n\r\n`);
      return answer.replace(/^Date: .*\r\n/m, '');
    };
    const before = await ask();
    await stand.create('Another secret');
    assert.equal(await ask(), before);
    assert.match(before, /\r\n\r\n\{"ok":true,"protocol":1\}$/);
    assert.deepEqual(
      before.match(/^[\w-]+(?=: )/gm)?.map((name) => name.toLowerCase()),
      ['content-type', 'x-content-type-options', 'cache-control', 'content-length', 'connection'],
    );
    for (const secret of secrets) assert.ok(!before.includes(secret));
  });

  it('would get all it is after from a server without a guard', async function () {
    this.timeout(60_000);
    const careless = await CarelessServer.open();
    try {
      const frame = await stage.lure('origin', stand.port);
      for (const [name, prize] of await attemptsOf(frame)) {
        const { changes } = careless;
        const lines = await attempt(frame, name, { ...target, url: careless.url });
        if (prize === 'change') await until(`${name} to arrive`, () => careless.changes > changes);
        const proof: Record<Prize, boolean> = {
          read: lines.every((line) => line.startsWith('read 200 {"secret"')),
          change: true,
          open: lines.every((line) => line === 'opened'),
          load: lines.every((line) => line.startsWith('loaded')),
          nothing: true,
        };
        assert.ok(proof[prize], `${name}: ${lines.join('\n')}`);
      }
    } finally {
      careless.close();
    }
  });
});
