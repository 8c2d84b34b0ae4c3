import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FinalReport } from '../../../src/server/domain/report';
import { localPicture } from '../../../src/server/runner/call/localPicture';
import { detailOf, retryAtOf } from '../../../src/server/runner/call/serviceFailure';
import { drivers } from '../../../src/server/runner/drivers/table';
import { DriverRun } from '../../support/driverBench';
import { events, fail, FakeService, flood, type Answer } from '../../support/fakeServices';
import { plain, pngOf } from '../../support/pictures';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const KEY = 'sk-0123456789';

describe('A call of a service', () => {
  let service: FakeService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
    removeTempFolders();
  });

  const run = async (answer: Answer): Promise<DriverRun> => {
    await service?.close();
    service = await FakeService.start({ 'POST /chat/completions': answer });
    const { url } = service;
    const agent = {
      name: 'Kimi',
      driver: 'openai' as const,
      url,
      model: 'm',
      cwd: tempFolder(),
      env: { KIMI_KEY: KEY },
      keyFrom: 'KIMI_KEY',
    };
    return new DriverRun(drivers.openai, { agent });
  };
  const word = (content: string, rest: object = {}): string => JSON.stringify({ choices: [{ delta: { content }, ...rest }] });

  it('never repeats the key, whoever says it', async () => {
    const refused = await run((_, __, response) => fail(response, 401, { error: { message: `Incorrect API key provided: ${KEY}.` } }));
    const final = await refused.final();
    assert.ok(final.type === 'error' && /Incorrect API key provided: \[API key\]\./.test(final.message));
    const told = await run((_, __, response) => events(response, word(`Your key is ${KEY}\n`, { finish_reason: 'stop' }), '[DONE]'));
    assert.equal((await told.final()).type, 'result');
    assert.ok(!JSON.stringify([refused.reports, told.reports]).includes(KEY));
  });

  it('reads nothing while the tower does not keep up, then goes on, and ends when it is cancelled meanwhile', async () => {
    const attempt = await run((_, __, response) => void flood(response, 'text/event-stream', `data: ${word(`${'x'.repeat(50)}\n`)}\n\n`));
    await until('it to be under way', () => attempt.log.length > 0);
    attempt.work.pause();
    let [seen, still] = [-1, 0];
    await until('it to fall silent', () => {
      still = attempt.reports.length === seen ? still + 1 : 0;
      seen = attempt.reports.length;
      return still > 10 && attempt.reports.length < 12_000;
    });
    attempt.work.resume();
    await until('it to go on', () => attempt.reports.length > seen);
    attempt.work.pause();
    attempt.work.end({ type: 'cancelled' });
    assert.deepEqual(await attempt.final(), { type: 'cancelled' });
  });

  it('of something that does not speak HTTP says so', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const final: FinalReport = await new DriverRun(drivers.openai, { agent: { name: 'Kimi', url, model: 'm', cwd: tempFolder() } }).final();
    server.close();
    assert.ok(final.type === 'error' && final.kind === 'protocol_error' && /does not speak HTTP/.test(final.message));
  });

  it('that met a limit tells when it returns, and nothing when that is absurd', async () => {
    const now = Date.UTC(2026, 10, 23);
    const at = (headers: Record<string, string>, words?: string): number | undefined => retryAtOf(new Headers(headers), now, words);
    assert.equal(at({ 'x-ratelimit-reset': '30' }), now + 30_000);
    assert.equal(at({ 'x-ratelimit-reset': String(now / 1_000 + 60) }), now + 60_000);
    assert.equal(at({}, 'max RPM: 3, please try again after 1 seconds'), now + 1_000);
    assert.equal(at({ 'retry-after': '9'.repeat(30) }), undefined);
    assert.equal(at({ 'retry-after': '9'.repeat(30) }, 'try again in 5 minutes'), now + 300_000);
    const final = await (
      await run((_, __, response) => fail(response, 429, { detail: 'Slow.' }, { 'retry-after': '9'.repeat(30) }))
    ).final();
    assert.ok(final.type === 'error' && final.kind === 'limit' && final.retryAt === undefined);
  });

  it('that fails with a hostile page is explained at once', () => {
    const from = performance.now();
    assert.ok(detailOf('<'.repeat(64 * 1024)).length <= 500);
    assert.ok(performance.now() - from < 500);
  });

  it('leaves pictures in a folder that is reached by a link, as /tmp is on macOS', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'private'));
    writeFileSync(join(folder, 'private', 'home.png'), pngOf(plain(8, 8)));
    symlinkSync(join(folder, 'private'), join(folder, 'tmp'));
    assert.equal((await localPicture('http://localhost:8011', join(folder, 'tmp', 'home.png'))).name, 'home');
  });
});
