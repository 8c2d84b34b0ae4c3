import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { nullLog } from '../../../src/server/base/log';
import { IssuerPeople } from '../../../src/server/users/issuerPeople';
import { teamDoor } from '../../support/team';
import { TestIssuer } from '../../support/testIssuer';
import { until } from '../../support/until';
import { Stand } from '../gateway/stand';

describe("signing in at an issuer's page", () => {
  let issuer: TestIssuer;
  let stand: Stand;
  const warned: string[] = [];
  before(async () => {
    issuer = await TestIssuer.start();
    const people = new IssuerPeople({
      ...{ issuer: issuer.url, audience: 'tower', roleClaim: 'roles', client: issuer.client },
      ...{
        evidenceFor: new Set(['viewer', 'operator', 'admin'] as const),
        log: { ...nullLog, warn: (message: string) => void warned.push(message) },
      },
    });
    const pages = { paths: new Set(['/sign-in']), serve: (_: string, response: ServerResponse) => void response.end('page') };
    stand = await Stand.open({ door: () => teamDoor(people, { pages, urls: ['https://tower.example'] }) });
  });
  afterEach(() => (issuer.lie = {}));
  after(async () => {
    await stand.close();
    await issuer.stop();
  });

  /** What a browser has: cookies that it sends back. */
  class Jar {
    readonly cookies = new Map<string, string>();

    async get(url: string, headers: Record<string, string> = {}): Promise<Response> {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { ...(cookie ? { cookie } : {}), ...headers } });
      for (const set of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value) this.cookies.set(name, value);
        else this.cookies.delete(name);
      }
      return response;
    }

    me(): Promise<Response> {
      return this.get(`${stand.url}/api/session`, { origin: stand.url });
    }
  }

  const next = (response: Response): string => {
    assert.equal(response.status, 302);
    return new URL(response.headers.get('location') ?? '', stand.url).href;
  };
  /** Goes to the issuer. @returns where it sends the browser back to. */
  const approved = async (jar: Jar, name: string, to = '/logs?task=1'): Promise<string> => {
    const out = new URL(next(await jar.get(`${stand.url}/api/session/begin?to=${encodeURIComponent(to)}`)));
    assert.equal(out.origin + out.pathname, `${issuer.url}/authorize`);
    out.pathname = '/approve';
    out.searchParams.set('as', name);
    return next(await fetch(out, { redirect: 'manual' }));
  };
  const signIn = async (jar: Jar, name: string, to?: string): Promise<string> => next(await jar.get(await approved(jar, name, to)));
  const whyOf = (url: string): string | null => new URL(url).searchParams.get('why');

  const begun = { state: 'forged', nonce: 'forged', verifier: 'forged', to: '/' };
  /** What a stranger makes up of a sign-in that never began. */
  const forged = { cookie: `tasktower-sign-in=${Buffer.from(JSON.stringify(begun)).toString('base64url')}` };

  it('says where that is', async () => {
    const response = await fetch(`${stand.url}/api/session/issuer`);
    assert.deepEqual(await response.json(), { at: new URL(issuer.url).host });
  });

  it('ends where it began, with cookies as a password gives them, in the role of the token', async () => {
    const jar = new Jar();
    const back = await jar.get(await approved(jar, 'oskar'));
    assert.equal(next(back), `${stand.url}/logs?task=1`);
    const set = back.headers.getSetCookie().filter((cookie) => /^tasktower-(access|refresh)=/.test(cookie));
    assert.equal(set.length, 2);
    for (const cookie of set) assert.match(cookie, /; HttpOnly; Secure; SameSite=Strict$/);
    assert.ok(!jar.cookies.has('tasktower-sign-in'), 'what was kept for the way is gone');
    const { name, role } = (await (await jar.me()).json()) as { name: string; role: string };
    assert.deepEqual([name, role], ['oskar', 'operator']);
  });

  it('asks by code with PKCE, a state and a nonce of its own each time, and keeps them from other sites', async () => {
    const [one, two] = [new Jar(), new Jar()];
    const asked = await Promise.all(
      [one, two].map(async (jar) => {
        const response = await jar.get(`${stand.url}/api/session/begin`);
        assert.match(response.headers.getSetCookie().join(), /; Path=\/api\/session\/callback; .*HttpOnly; Secure; SameSite=Lax$/);
        return new URL(next(response)).searchParams;
      }),
    );
    const [first, second] = asked;
    assert.deepEqual([first?.get('response_type'), first?.get('code_challenge_method')], ['code', 'S256']);
    assert.equal(first?.get('redirect_uri'), `${stand.url}/api/session/callback`);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      assert.ok((first?.get(name)?.length ?? 0) >= 43, name);
      assert.notEqual(first?.get(name), second?.get(name));
    }
  });

  it('goes on to a page of the tower alone', async () => {
    for (const to of ['https://evil.example/', '//evil.example', '/\\evil.example'])
      assert.equal(new URL(await signIn(new Jar(), 'vera', to)).origin, stand.url);
  });

  const lies: Record<string, TestIssuer['lie']> = {
    'another state': { state: 'forged' },
    'another nonce': { nonce: 'forged' },
    'another audience': { audience: 'another' },
    'the signature of another key': { forged: true },
  };
  for (const [name, lie] of Object.entries(lies))
    it(`lets nobody in with ${name}`, async () => {
      const jar = new Jar();
      issuer.lie = lie;
      assert.equal(whyOf(await signIn(jar, 'oskar')), 'stale');
      assert.equal((await jar.me()).status, 401);
    });

  it('lets nobody in who did not begin here, or comes back a second time', async () => {
    const [jar, other] = [new Jar(), new Jar()];
    const back = await approved(jar, 'oskar');
    assert.equal(whyOf(next(await other.get(back))), 'stale', 'a link that was made elsewhere');
    await approved(other, 'oskar');
    assert.equal(whyOf(next(await other.get(back))), 'stale', 'and begun here, but not with this one');
    const kept = jar.cookies.get('tasktower-sign-in') ?? '';
    assert.equal(whyOf(next(await jar.get(back))), null);
    const again = new Jar();
    again.cookies.set('tasktower-sign-in', kept);
    assert.equal(whyOf(next(await again.get(back))), 'stale');
  });

  it('says when the issuer let nobody in, and when someone has no role here', async () => {
    assert.equal(whyOf(await signIn(new Jar(), '')), 'denied');
    const jar = new Jar();
    assert.equal(whyOf(await signIn(jar, 'nora')), 'role');
    assert.equal((await jar.me()).status, 401);
  });

  it('puts what a stranger says of a sign-in into one line of the log', async () => {
    const said = new URLSearchParams({
      error: 'denied',
      error_description: `\nerror: The disk is full.${'x'.repeat(5_000)}`,
      state: 'forged',
    });
    warned.length = 0;
    await fetch(`${stand.url}/api/session/callback?${said.toString()}`, { redirect: 'manual', headers: forged });
    assert.equal(warned.length, 1);
    assert.match(warned[0] ?? '', /^A sign-in at 127\.0\.0\.1:\d+ came to nothing: denied error: The disk is full\.x{400,500}…$/);
  });

  it('is renewed with the refresh token of the issuer, and over when it is signed out', async () => {
    const jar = new Jar();
    await signIn(jar, 'vera');
    const post = (method: string, path: string, refresh: string): Promise<Response> =>
      fetch(`${stand.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json', origin: stand.url, cookie: `tasktower-refresh=${refresh}` },
        body: '{}',
      });
    const refresh = jar.cookies.get('tasktower-refresh') ?? '';
    const renewed = await post('POST', '/api/session/refresh', refresh);
    assert.equal(renewed.status, 200);
    const fresh = /tasktower-refresh=([^;]+)/.exec(renewed.headers.getSetCookie().join())?.[1] ?? '';
    assert.notEqual(fresh, refresh);
    assert.equal((await post('POST', '/api/session/refresh', refresh)).status, 401);
    assert.equal((await post('DELETE', '/api/session', fresh)).status, 200);
    await until('the issuer to be told', () => issuer.revoked.includes(fresh));
  });

  it('comes back under the name that people call the tower', async () => {
    const answer = await stand.raw('GET /api/session/begin HTTP/1.1\r\nHost: tower.example\r\nConnection: close\r\n\r\n');
    assert.match(answer, /redirect_uri=https%3A%2F%2Ftower\.example%2Fapi%2Fsession%2Fcallback/);
  });

  it('asks the issuer no more than a few times a second, whoever comes back from where', async () => {
    const back = `${stand.url}/api/session/callback?code=forged&state=forged`;
    const before = issuer.asked;
    const answers = await Promise.all(Array.from({ length: 60 }, () => fetch(back, { redirect: 'manual', headers: forged })));
    const refused = answers.filter(({ status }) => status === 429).length;
    assert.ok(refused > 0 && refused < 60, String(refused));
    assert.equal(issuer.asked - before, 60 - refused);
  });

  it('tells the issuer no more than a few times a second that someone signed out', async () => {
    const init = { method: 'DELETE', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ refresh: 'made-up' }) };
    const answers = await Promise.all(Array.from({ length: 60 }, () => fetch(`${stand.url}/api/session`, init)));
    const refused = answers.filter(({ status }) => status === 429).length;
    assert.ok(refused > 0 && refused < 60, String(refused));
    const told = (): number => issuer.revoked.filter((token) => token === 'made-up').length;
    await until('the issuer to be told', () => told() === 60 - refused);
  });
});
