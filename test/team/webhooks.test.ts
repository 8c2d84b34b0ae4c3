import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemberTower } from '../support/memberTower';
import { RedisServer } from '../support/redisServer';
import { makeCertificate, TeamServe } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { rest } from '../support/towerClient';
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

  describe('over https', () => {
    let files: { ca: string; cert: string; key: string };
    let secure: WebhookReceiver;
    let alone: TeamServe;
    beforeEach(async () => {
      const folder = tempFolder();
      files = makeCertificate(folder);
      secure = await WebhookReceiver.start({ cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') });
      const url = `https://localhost:${secure.port}/tower`;
      const hooks = [{ name: 'chat', url, secret: { file: join(home, 'secret') } }];
      writeFileSync(
        join(folder, 'webhooks.json'),
        JSON.stringify({ hooks, allow: { addresses: ['127.0.0.1', '::1'] }, retry: { tries: 1 } }),
      );
    });
    afterEach(async () => {
      delete process.env.NODE_EXTRA_CA_CERTS;
      await alone.stop();
      await secure.stop();
    });
    /** A tower on its own, and a task of it that has ended. */
    const start = async (): Promise<void> => {
      const folder = join(files.ca, '..');
      alone = await TeamServe.start(folder, ['--webhooks', join(folder, 'webhooks.json')]);
      const { body } = await rest(alone.url, alone.keys.person, 'POST', '/api/tasks', {
        title: 'Bread',
        status: 'running',
        agent: 'Baker',
      });
      await rest(alone.url, alone.keys.person, 'POST', `/api/tasks/${String(body.id)}/result`, { result: 'Done.' });
    };

    it('go to a receiver whose certificate is known', async () => {
      process.env.NODE_EXTRA_CA_CERTS = files.ca;
      await start();
      verify(await until('the message', () => secure.got[0]));
    });

    it('go to nobody whose certificate is not', async () => {
      await start();
      await until('it to be given up', () => /is given up: .*certificate/.test(alone.log));
      assert.equal(secure.got.length, 0);
    });
  });
});
