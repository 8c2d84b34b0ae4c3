import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AddressGuard } from '../../../src/server/serve/webhooks/addressGuard';
import { readWebhooks } from '../../../src/server/serve/webhooks/config';
import { pauseAfter } from '../../../src/server/serve/webhooks/delivery';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { SECRET } from '../../support/webhookReceiver';
import { ENV, hooksFile } from './hookStand';

describe('The file of webhooks', () => {
  afterEach(removeTempFolders);
  const hook = { name: 'chat', url: 'https://hooks.example/tower', secret: { env: 'HOOK_SECRET' } };
  const read = (content: unknown, env: NodeJS.ProcessEnv = ENV): ReturnType<typeof readWebhooks> => readWebhooks(hooksFile(content), env);

  it('gives each hook all events unless it names some, and reads its secret from a file or the environment', () => {
    const file = join(tempFolder(), 'secret');
    writeFileSync(file, `${SECRET}\n`);
    const { hooks } = read({ hooks: [hook, { ...hook, name: 'two', secret: { file }, events: ['parked'] }] });
    assert.deepEqual(
      hooks.map(({ name, events }) => [name, [...events]]),
      [
        ['chat', ['finished', 'needs-you', 'parked']],
        ['two', ['parked']],
      ],
    );
    assert.deepEqual(hooks[0]?.keys, hooks[1]?.keys);
    assert.equal(hooks[0]?.keys[0]?.toString(), '0123456789abcdef0123456789abcdef');
  });

  for (const [what, content, says] of [
    ['is no JSON', '{', /cannot be read/],
    ['has a word too many', { hooks: [], more: 1 }, /more/],
    ['names an event that there is not', { hooks: [{ ...hook, events: ['done'] }] }, /hooks\.0\.events\.0: /],
    ['calls two hooks by one name', { hooks: [hook, hook] }, /two hooks are called "chat"/],
    ['takes a name that is kept for the tasks', { hooks: [{ ...hook, name: '_callback' }] }, /hooks\.0\.name: /],
    [
      'has no TLS where nobody allowed that',
      { hooks: [{ ...hook, url: 'http://hooks.example/' }] },
      /hooks\.example is not called without TLS/,
    ],
    ['has an address of this machine', { hooks: [{ ...hook, url: 'https://127.0.0.1/' }] }, /127\.0\.0\.1 is an address of this machine/],
    ['has it in another spelling', { hooks: [{ ...hook, url: 'https://0x7f.1/' }] }, /127\.0\.0\.1 is an address of this machine/],
    ['has it as a number', { hooks: [{ ...hook, url: 'https://2130706433/' }] }, /127\.0\.0\.1 is an address of this machine/],
    ['has it in IPv6', { hooks: [{ ...hook, url: 'https://[::ffff:127.0.0.1]/' }] }, /is an address of this machine/],
    ['has a password in an address', { hooks: [{ ...hook, url: 'https://me:pass@hooks.example/' }] }, /would end up in logs/],
    [
      'allows an address at one network card',
      { allow: { addresses: ['fe80::1%eth0'] } },
      /"fe80::1%eth0" names a network card, which is not looked at\. Write fe80::1/,
    ],
    ['allows a network that is none', { allow: { addresses: ['10.0.0.0/33'] } }, /"10\.0\.0\.0\/33" is no address and no network/],
    ['has no secret', { hooks: [{ ...hook, secret: { env: 'NOT_SET' } }] }, /The secret in the variable NOT_SET is empty\. Make one with/],
    ['has a secret that is not there', { hooks: [{ ...hook, secret: { file: '/nowhere/secret' } }] }, /The secret cannot be read: ENOENT/],
  ] as const) {
    it(`is refused when it ${what}`, () => {
      assert.throws(() => read(content), says);
    });
  }

  it('is refused when a secret is too short, without showing it', () => {
    const short = `whsec_${Buffer.from('hunter2').toString('base64')}`;
    assert.throws(
      () => read({ hooks: [hook] }, { HOOK_SECRET: short }),
      (error: Error) => /is not "whsec_" and 24 to 64 bytes/.test(error.message) && !error.message.includes(short.slice(6)),
    );
  });
});

describe('The guard of addresses', () => {
  const guard = new AddressGuard([]);

  for (const address of [
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', '100.100.100.200'],
    ...['169.254.169.254', '168.63.129.16', '192.0.0.192', '192.0.2.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', 'fe80::1', 'fc00::1', 'fd00:ec2::254'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', 'ff02::1', 'fec0::1', 'no address'],
  ]) {
    it(`keeps ${address} closed`, () => assert.equal(guard.isOpen(address), false));
  }

  for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1']) {
    it(`has ${address} open`, () => assert.equal(guard.isOpen(address), true));
  }

  it('opens what was allowed, and no more', () => {
    const allowing = new AddressGuard(['10.2.0.0/16', '127.0.0.1', 'fd00::/8']);
    const open = ['10.2.3.4', '127.0.0.1', '::ffff:10.2.3.4', 'fd12::1'];
    assert.deepEqual(
      [...open, '10.3.0.1', '127.0.0.2', '::1', '169.254.169.254'].filter((address) => allowing.isOpen(address)),
      open,
    );
  });

  const look = (hostname: string, from = guard, all = true): Promise<unknown> =>
    new Promise((resolve, reject) => from.lookup(hostname, { all }, (error, address) => (error ? reject(error) : resolve(address))));

  it('refuses a name that leads to a closed address', async () => {
    await assert.rejects(look('localhost'), /localhost leads to .+, which is an address of this machine or of a private network/);
    await assert.rejects(look('localhost', guard, false), /localhost leads to/);
  });

  it('gives the addresses of a name that leads to open ones, as dns.lookup does', async () => {
    const allowing = new AddressGuard(['127.0.0.0/8', '::1']);
    const [first] = (await look('localhost', allowing)) as { address: string; family: number }[];
    assert.match(first?.address ?? '', /^(127\.0\.0\.1|::1)$/);
    assert.match(String(await look('localhost', allowing, false)), /^(127\.0\.0\.1|::1)$/);
  });

  it('says when there is no such name', async () => {
    await assert.rejects(look('no-such-name.invalid'), /ENOTFOUND|EAI_AGAIN/);
  });
});

describe('The pauses between tries', () => {
  const backoff = { firstSeconds: 5, mostSeconds: 3600 };

  it('double up to the longest one, give or take a quarter', () => {
    assert.deepEqual(
      [1, 2, 3, 11, 99].map((tries) => pauseAfter(tries, backoff, 0, 0.5)),
      [5_000, 10_000, 20_000, 3_600_000, 3_600_000],
    );
    assert.deepEqual([pauseAfter(1, backoff, 0, 0), pauseAfter(1, backoff, 0, 1)], [3_750, 6_250]);
  });

  it('are as long as the receiver asks for, up to the longest one', () => {
    assert.equal(pauseAfter(1, backoff, 60_000, 0.5), 60_000);
    assert.equal(pauseAfter(1, backoff, 90_000_000, 0.5), 3_600_000);
  });
});
