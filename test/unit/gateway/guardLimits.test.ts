import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { mock } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { FileKeys } from '../../../src/server/gateway/keys';
import type { OpenDoor } from '../../../src/server/gateway/reach';
import { peopleOf, teamDoor } from '../../support/team';
import { makeCertificate } from '../../support/teamServe';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { Stand } from './stand';

describe('the limits of the guard', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  const spellings = ['Bearer', 'bearer', 'BEARER', 'bEARER', 'BeArEr', 'bEaReR', 'BEarer', 'beAREr'];
  const health = (authorization: string): Promise<Response> => fetch(`${stand.url}/api/health`, { headers: { authorization } });

  for (const path of ['/agent', '/api/tasks'])
    it(`closes a connection to ${path} whose other end never says goodbye`, async () => {
      const socket = connect({ port: stand.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined).resume();
      const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${'x'.repeat(22)}==`];
      const headers = [`Host: 127.0.0.1:${stand.port}`, ...(path === '/agent' ? upgrade : [])];
      let gone = false;
      socket.once('close', () => (gone = true));
      socket.write(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\nmore`);
      await once(socket, 'end');
      // Only an end that is closed for good refuses what is sent to it.
      await until('the tower to hang up', () => gone || !socket.write('x'.repeat(10)), 5_000);
    });

  for (const path of ['/agent', '/board'])
    it(`closes ${path} with 1009 after a frame of more than 1 MiB`, async () => {
      const rpc = await RpcSocket.open(stand.url, path, stand.keys.client);
      rpc.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'x', params: 'x'.repeat(1024 * 1024) }));
      await until('the close', () => rpc.closed);
      assert.equal(rpc.closed, 1009);
    });

  it('counts the requests of a token together, however its header is written', async () => {
    const ask = (n: number): Promise<Response> => {
      const authorization = `${spellings[n % spellings.length]} ${stand.keys.client}`;
      return fetch(`${stand.url}/api/agents`, { headers: { authorization } });
    };
    const statuses = new Set<number>();
    for (let round = 0; round < 25 && !statuses.has(429); round++) {
      for (const response of await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n)))) {
        await response.arrayBuffer();
        statuses.add(response.status);
      }
    }
    assert.ok(statuses.has(429), 'a token has one limit');
  });

  it('counts those without a token together, whatever they claim to be', async () => {
    const statuses = new Set<number>();
    for (let round = 0; round < 25 && !statuses.has(429); round++) {
      for (const response of await Promise.all(Array.from({ length: 100 }, (_, n) => health(`Bearer ${round}-${n}`)))) {
        await response.arrayBuffer();
        statuses.add(response.status);
      }
    }
    assert.ok(statuses.has(429), 'strangers have one limit');
    assert.equal((await stand.call('GET', '/api/agents')).status, 200);
  });

  it('takes an agent back whose header is written in another way', async () => {
    const hello = { protocol: 1, name: 'worker' };
    const first = await stand.agent('worker');
    const again = await RpcSocket.open(stand.url, '/agent', stand.keys.client, 'bearer');
    assert.ok(await again.ask('agent/hello', hello));
    await until('the first to be superseded', () => first.rpc.closed === 4001);
    again.close();
  });

  /** Makes the folder another tower's. */
  const takeOver = (): void => {
    const journal = join(stand.folder, 'storage', 'journal');
    const epoch = Math.max(...readdirSync(journal).map((name) => Number.parseInt(name, 10)));
    writeFileSync(join(journal, `${String(epoch + 1).padStart(8, '0')}.ndjson`), '');
  };

  it('answers no request once another tower owns the folder', async () => {
    const ask = `GET /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nAuthorization: Bearer ${stand.keys.client}\r\n\r\n`;
    const socket = stand.dial(ask);
    const answers: string[] = [];
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString()));
    await until('an answer', () => answers.length > 0);
    takeOver();
    socket.write(ask);
    await once(socket, 'close');
    assert.deepEqual(answers.join('').match(/^HTTP\/1\.1 200/gm), ['HTTP/1.1 200'], 'the second is not answered with tasks');
  });

  it('opens no socket once another tower owns the folder', async () => {
    takeOver();
    await assert.rejects(RpcSocket.open(stand.url, '/board', stand.keys.client), /503|ECONNRE|hang up/);
  });

  it('answers no frame once another tower owns the folder', async () => {
    const rpc = await RpcSocket.open(stand.url, '/board', stand.keys.client);
    await rpc.ask('logs/unsubscribe', {});
    takeOver();
    await assert.rejects(rpc.ask('logs/unsubscribe', {}), /The socket was closed/);
  });
});

describe('the guard of a tower with TLS', () => {
  let stand: Stand;
  const sockets: Socket[] = [];
  before(async () => {
    const door = (storage: string): OpenDoor => {
      mkdirSync(storage);
      const { cert, key } = makeCertificate(storage);
      return teamDoor(peopleOf(storage), { tls: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } });
    };
    stand = await Stand.open({ door });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await stand.close();
  });

  it('closes the oldest strangers, and never who has shown a token', async () => {
    const place = { port: Number(new URL(stand.running.openUrl ?? '').port), host: '127.0.0.1', rejectUnauthorized: false };
    const open = async (socket: Socket, event: string): Promise<Socket> => {
      sockets.push(socket.on('error', () => undefined));
      await once(socket, event);
      return socket;
    };
    const known = await open(connectTls(place), 'secureConnect');
    const ask = async (): Promise<string> => {
      known.write(`GET /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${place.port}\r\nAuthorization: Bearer ${stand.keys.client}\r\n\r\n`);
      return String((await Promise.race([once(known, 'data'), once(known, 'close')]))[0]);
    };
    assert.match(await ask(), /^HTTP\/1\.1 200 /);
    const strangers = [await open(connectTls(place), 'secureConnect')];
    while (strangers.length < 258) strangers.push(await open(connect(place), 'connect'));
    await until('the oldest two to be closed', () => strangers.slice(0, 2).every(({ closed }) => closed));
    assert.match(await ask(), /^HTTP\/1\.1 200 /);
  });
});

describe('a token', () => {
  afterEach(() => {
    mock.restoreAll();
    removeTempFolders();
  });

  it('is compared in a time that tells neither its length nor how much of it is right', () => {
    const keys = FileKeys.open(tempFolder());
    const forged = keys.ofAttempt('01ARZ3NDEKTSV4RRFFQ69G5FAV', 1).slice(0, -1);
    const compare = mock.method(crypto, 'timingSafeEqual');
    for (const [token, comparisons] of [
      ['x', 3],
      [`${keys.client.slice(0, -1)}~`, 3],
      [`${forged}${forged.endsWith('A') ? 'B' : 'A'}`, 4],
    ] as const) {
      compare.mock.resetCalls();
      keys.check(token);
      assert.equal(compare.mock.callCount(), comparisons, token);
      for (const { arguments: sides } of compare.mock.calls) for (const side of sides) assert.equal(side.byteLength, 32);
    }
  });
});
