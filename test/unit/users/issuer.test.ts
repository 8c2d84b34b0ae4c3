import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { nullLog } from '../../../src/server/base/log';
import { IssuerPeople } from '../../../src/server/users/issuerPeople';
import { teamDoor } from '../../support/team';
import { rest } from '../../support/towerClient';
import { problem, Stand } from '../gateway/stand';

describe('a person of an issuer', () => {
  let server: Server;
  let stand: Stand;
  let issuer = '';
  let [right, wrong, unlisted]: CryptoKey[] = [];
  before(async () => {
    const pair = await generateKeyPair('RS256');
    [right, wrong] = [pair.privateKey, (await generateKeyPair('RS256')).privateKey];
    const other = await generateKeyPair('ML-DSA-44', { extractable: true });
    unlisted = other.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    const keys = [jwk, { ...(await exportJWK(other.publicKey)), kid: 'two', alg: 'ML-DSA-44', use: 'sig' }];
    server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      const found: Record<string, unknown> = {
        '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
        '/keys': { keys },
      };
      response.end(JSON.stringify(found[request.url ?? ''] ?? {}));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const people = new IssuerPeople({
      issuer,
      audience: 'tower',
      roleClaim: 'realm_access.roles',
      evidenceFor: new Set(['admin']),
      log: nullLog,
    });
    stand = await Stand.open({ door: () => teamDoor(people) });
  });
  after(async () => {
    await stand.close();
    server.close();
  });

  /** Seconds since 1970 when it is asked: other suites may run for minutes in between. */
  const now = (): number => Math.floor(Date.now() / 1000);
  const claims = (change: Record<string, unknown> = {}) => ({
    ...{ iss: issuer, aud: 'tower', sub: 'f3a1', preferred_username: 'anna', iat: now(), exp: now() + 300 },
    ...{ realm_access: { roles: ['offline_access', 'viewer', 'tasktower-admin'] } },
    ...change,
  });
  const signed = (change: Record<string, unknown> = {}, key = right) =>
    new SignJWT(claims(change)).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(key as CryptoKey);
  const me = (token: string) => rest(stand.url, token, 'GET', '/api/session');

  it('comes in with its token, by name, in the highest role that it names', async () => {
    const { status, body } = await me(await signed());
    assert.deepEqual([status, body.name, body.role, body.readsEvidence], [200, 'anna', 'admin', true]);
    assert.equal((await me(await signed({ realm_access: { roles: 'viewer' } }))).body.role, 'viewer');
    assert.equal((await me(await signed({ preferred_username: undefined }))).body.name, 'f3a1');
  });

  const forgeries: Record<string, () => Promise<string>> = {
    'no algorithm': async () => new UnsecuredJWT(claims()).encode(),
    'a wrong key': () => signed({}, wrong),
    'a shared secret in place of a key': () =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(new TextEncoder().encode('x'.repeat(32))),
    "an algorithm that is not among ours, though the key is the issuer's": () =>
      new SignJWT(claims()).setProtectedHeader({ alg: 'ML-DSA-44', kid: 'two' }).sign(unlisted as CryptoKey),
    'a wrong audience': () => signed({ aud: 'another' }),
    'a wrong issuer': () => signed({ iss: 'https://another.example' }),
    'an end in the past': () => signed({ exp: now() - 1 }),
    'no end': () => signed({ exp: undefined }),
    'a beginning in the future': () => signed({ nbf: now() + 120 }),
    'no role of ours': () => signed({ realm_access: { roles: ['other'] } }),
    'roles under a claim that only looks like ours': () => signed({ realm_access: undefined, 'realm_access.roles': ['admin'] }),
  };
  for (const [name, forge] of Object.entries(forgeries))
    it(`is refused with ${name}`, async () => problem(await me(await forge()), 401, /token is wrong/));

  it('does not sign in here', async () => {
    problem(await rest(stand.url, 'none', 'POST', '/api/session', { name: 'anna', password: 'whatever it is' }), 401, /token is wrong/);
  });

  it('is refused, and programs go on, while the issuer cannot be asked', async () => {
    const people = new IssuerPeople({
      issuer: 'http://127.0.0.1:1',
      audience: 'tower',
      roleClaim: 'roles',
      evidenceFor: new Set(),
      log: nullLog,
    });
    assert.equal(await people.check(await signed()), undefined);
    assert.equal((await stand.call('GET', '/api/tasks')).status, 200);
  });
});
