import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AddressGuard } from '../../src/server/serve/webhooks/addressGuard';
import { post } from '../../src/server/serve/webhooks/post';
import { MemberTower } from '../support/memberTower';
import { RedisServer } from '../support/redisServer';
import { makeCertificate } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { until } from '../support/until';
import { SECRET, verify, WebhookReceiver } from '../support/webhookReceiver';

describe('Webhooks of towers that share a queue', () => {
  let home: string;
  let redis: RedisServer;
  let receiver: WebhookReceiver;
  const towers: MemberTower[] = [];
  let options: string[];

  before(async () => {
    home = tempFolder();
    redis = await RedisServer.start(join(home, 'redis'));
    receiver = await WebhookReceiver.start();
    const secret = join(home, 'secret');
    writeFileSync(secret, SECRET);
    const file = join(home, 'webhooks.json');
    const hooks = [{ name: 'chat', url: receiver.url(), secret: { file: secret }, events: ['finished'] }];
    writeFileSync(
      file,
      JSON.stringify({ hooks, allow: { http: [receiver.host], addresses: ['127.0.0.1'] }, retry: { firstSeconds: 0.2 } }),
    );
    options = ['--webhooks', file];
    for (const name of ['north', 'south']) towers.push(await MemberTower.start(name, home, redis.url, 100, options));
  });
  after(async () => {
    await Promise.all(towers.map((tower) => tower.stop()));
    await redis.stop();
    await receiver.stop();
    removeTempFolders();
  });

  const ended = async (tower: MemberTower, title: string): Promise<string> => {
    const { body } = await tower.ask('POST', '/api/tasks', { title, status: 'running', agent: 'Baker' });
    const { status } = await tower.ask('POST', `/api/tasks/${String(body.id)}/result`, { result: 'Done.' });
    assert.equal(status, 200);
    return String(body.id);
  };
  const told = (): string[] => receiver.got.map(({ event }) => event.subject);

  it('are sent by one of them, once each', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) for (const tower of towers) ids.push(await ended(tower, `Bread ${n}`));
    await until('all of them', () => ids.every((id) => told().includes(id)));
    assert.equal(receiver.got.length, ids.length);
    for (const got of receiver.got) verify(got);
  });

  it('are sent by another one when the one that sends is killed, and none is lost', async () => {
    const [north, south] = towers as [MemberTower, MemberTower];
    receiver.answer = (response) => void response.writeHead(500).end();
    const waiting = await ended(south, 'Waits');
    await until('a try', () => told().includes(waiting));
    await north.kill();
    const meanwhile = await ended(south, 'Meanwhile');
    receiver.answer = undefined;
    const before = receiver.got.length;
    await until('both', () => [waiting, meanwhile].every((id) => told().slice(before).includes(id)), 40_000);
    const first = receiver.got.find(({ event }) => event.subject === waiting);
    const last = receiver.got.findLast(({ event }) => event.subject === waiting);
    assert.equal(first?.event.id, last?.event.id);
  });

  it('go to nobody whose certificate is not known', async () => {
    const { cert, key } = makeCertificate(home);
    let asked = 0;
    const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => {
      asked++;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const line = { guard: new AddressGuard(['127.0.0.1', '::1']), timeout: 5_000, signal: new AbortController().signal };
    await assert.rejects(post({ url: `https://localhost:${port}/`, body: '{}', headers: {} }, line), /certificate/);
    assert.equal(asked, 0);
    server.close();
  });
});
