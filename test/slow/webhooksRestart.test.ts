import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TeamServe } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import { SECRET, verify, WebhookReceiver } from '../support/webhookReceiver';
import { hooksFile, SOON } from '../unit/webhooks/hookStand';

describe('Webhooks of a tower that ends', () => {
  let home: string;
  let receiver: WebhookReceiver;
  let tower: TeamServe;
  let options: string[];

  beforeEach(async () => {
    home = tempFolder();
    receiver = await WebhookReceiver.start();
    const secret = join(home, 'secret');
    writeFileSync(secret, SECRET, { mode: 0o600 });
    const hooks = [{ name: 'chat', url: receiver.url(), secret: { file: secret } }];
    const file = hooksFile({ hooks, allow: { http: [receiver.host], addresses: ['127.0.0.1'] }, retry: { ...SOON, tries: 100 } });
    options = ['--webhooks', file];
    tower = await TeamServe.start(home, options);
  });
  afterEach(async () => {
    await tower.stop();
    await receiver.stop();
    removeTempFolders();
  });

  const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const reply = await rest(tower.url, tower.keys.person, method, path, body);
    assert.ok(reply.status < 300, JSON.stringify(reply));
    return reply.body;
  };
  /** A task that was reported from elsewhere, and ended. */
  const ended = async (title: string): Promise<string> => {
    const { id } = await ask('POST', '/api/tasks', { title, status: 'running', agent: 'Baker' });
    await ask('POST', `/api/tasks/${String(id)}/result`, { result: 'Done.' });
    return String(id);
  };
  const folder = (...names: string[]): string => join(tower.storage, 'webhooks', ...names);
  const mark = (): { seq: number; at: number } => JSON.parse(readFileSync(folder('mark.json'), 'utf8')) as { seq: number; at: number };
  const isEmpty = (): boolean => readdirSync(folder('waiting')).length === 0;

  it('arrive after the next start, under the id that they had', async () => {
    receiver.answer = (response) => void response.writeHead(500).end();
    const id = await ended('Bread');
    const first = await until('a first try', () => receiver.got[0]);
    await tower.stop('SIGKILL');
    const before = receiver.got.length;
    receiver.answer = undefined;
    await tower.restart(options);
    const again = await until('another try', () => receiver.got[before]);
    assert.equal(again.event.subject, id);
    assert.equal(again.event.id, first.event.id);
    assert.equal(again.body, first.body);
    verify(again);
    await until('nothing to wait', isEmpty);
  });

  it('that it had no time to write down are made up for, under the same ids, and older ones are not told again', async () => {
    const old = await ended('Old bread');
    await until('the old one', () => receiver.got.some(({ event }) => event.subject === old));
    const before = await until('the mark', () => mark());
    const id = await ended('Bread');
    const first = await until('the new one', () => receiver.got.find(({ event }) => event.subject === id));
    await until('the mark to move', () => mark().seq > before.seq);
    await tower.stop('SIGKILL');
    // As if it had ended between the record and the outbox.
    rmSync(folder('waiting'), { recursive: true });
    writeFileSync(folder('mark.json'), JSON.stringify(before));
    receiver.got.length = 0;
    await tower.restart(options);
    const again = await until('it to come', () => receiver.got[0]);
    assert.equal(again.event.id, first.event.id);
    const next = await ended('Next bread');
    await until('the next one', () => receiver.got.some(({ event }) => event.subject === next));
    assert.deepEqual(
      receiver.got.map(({ event }) => event.subject),
      [id, next],
    );
  });

  it('do not begin with all that ever happened', async () => {
    await tower.stop();
    rmSync(folder(), { recursive: true, force: true });
    await tower.restart();
    await ended('Before there were webhooks');
    await tower.stop();
    await tower.restart(options);
    const id = await ended('Bread');
    await until('the first message', () => receiver.got[0]);
    assert.deepEqual(
      receiver.got.map(({ event }) => event.subject),
      [id],
    );
  });

  it('that wait for a receiver which the file names no more are forgotten, and the log says so', async () => {
    receiver.answer = (response) => void response.writeHead(500).end();
    await ended('Bread');
    await until('a first try', () => receiver.got[0]);
    await tower.stop('SIGKILL');
    writeFileSync(folder('waiting', '.half.tmp'), '{');
    await tower.restart(['--webhooks', hooksFile({})]);
    await until('nothing to wait', isEmpty);
    await until('the log', () => tower.log.includes('1 webhooks are forgotten: chat is told nothing any more.'));
  });

  it('are read by the owner of the tower alone', async () => {
    receiver.answer = (response) => void response.writeHead(500).end();
    await ended('Bread');
    await until('it to wait', () => !isEmpty());
    const { mode } = statSync(folder('waiting'));
    if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o700);
  });

  it('that are set wrongly keep the tower from starting, with what is wrong', async () => {
    await tower.stop();
    const wrong = hooksFile({ hooks: [{ name: 'chat', url: 'http://10.0.0.1/', secret: { file: join(home, 'secret') } }] });
    await assert.rejects(tower.restart(['--webhooks', wrong]), /the hook "chat": 10\.0\.0\.1 is not called without TLS/);
  });
});
