import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserBook } from '../../../src/server/users/userBook';
import { addTeam, CHEAP, PASSWORD, peopleOf, signIn, teamDoor, type TestTokens } from '../../support/team';
import { TokenForge } from '../../support/tokenForge';
import { rest, RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { problem, Stand } from '../gateway/stand';

describe('a session', () => {
  let stand: Stand;
  let ahead = 0;
  before(async () => {
    stand = await Stand.open({
      door: async (storage) => {
        await addTeam(storage);
        return teamDoor(peopleOf(storage, () => Date.now() + ahead));
      },
    });
  });
  afterEach(() => (ahead = 0));
  after(() => stand.close());

  const storage = (): string => join(stand.folder, 'storage');
  const me = (token: string) => rest(stand.url, token, 'GET', '/api/session');
  const refresh = (token: string) => rest(stand.url, 'none', 'POST', '/api/session/refresh', { refresh: token });
  const watch = async ({ access }: TestTokens): Promise<RpcSocket> => {
    const board = await RpcSocket.open(stand.url, '/board', access);
    await board.ask('board/hello', { protocol: 1 });
    return board;
  };

  it('begins with a name and a password, however the name is written', async () => {
    const { access } = await signIn(stand.url, 'Anna');
    const { status, body } = await me(access);
    assert.equal(status, 200);
    assert.deepEqual([body.name, body.role], ['anna', 'admin']);
    for (const [name, password] of [
      ['anna', 'wrong horse battery'],
      ['nobody', PASSWORD],
    ])
      problem(await rest(stand.url, 'none', 'POST', '/api/session', { name, password }), 401, /Name or password is wrong/);
  });

  it('keeps no password and no token on the disk, and its files are for this user alone', async () => {
    const { access, refresh } = await signIn(stand.url, 'anna');
    const folder = join(storage(), 'users');
    for (const name of ['users.json', 'secret', ...readdirSync(join(folder, 'sessions')).map((file) => join('sessions', file))]) {
      const text = readFileSync(join(folder, name), 'utf8');
      for (const secret of [PASSWORD, access, refresh]) assert.ok(!text.includes(secret), name);
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    }
  });

  it('gives tokens for 15 minutes, and new ones for a refresh token', async () => {
    const first = await signIn(stand.url, 'oskar');
    ahead = 14.9 * 60_000;
    assert.equal((await me(first.access)).status, 200);
    ahead = 15.1 * 60_000;
    problem(await me(first.access), 401, /wrong or over/);
    const { status, body } = await refresh(first.refresh);
    assert.equal(status, 200);
    assert.equal((await me(String(body.access))).status, 200);
  });

  it('ends when a refresh token is used again, and what is open in it is closed', async () => {
    const first = await signIn(stand.url, 'oskar');
    const board = await watch(first);
    const second = (await refresh(first.refresh)).body as unknown as TestTokens;
    problem(await refresh(first.refresh), 401, /used twice/);
    problem(await refresh(second.refresh), 401, /over/);
    problem(await me(second.access), 401, /wrong or over/);
    problem(await me(first.access), 401, /wrong or over/);
    await until('the socket to be closed', () => board.closed === 4006);
  });

  it('gives the next token to one alone of many that ask at once', async () => {
    const { refresh: token } = await signIn(stand.url, 'oskar');
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(token)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401, 401]);
  });

  it('is not ended by a made-up refresh token of the same session', async () => {
    const { access, refresh: token } = await signIn(stand.url, 'oskar');
    problem(await refresh(token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))), 401, /over/);
    assert.equal((await me(access)).status, 200);
  });

  it('is over after 30 days without use', async () => {
    const { refresh: token } = await signIn(stand.url, 'oskar');
    ahead = 31 * 86_400_000;
    problem(await refresh(token), 401, /over/);
  });

  it('ends by signing out, which closes open sockets', async () => {
    const tokens = await signIn(stand.url, 'vera');
    const board = await watch(tokens);
    const { body } = await rest(stand.url, tokens.access, 'DELETE', '/api/session', { refresh: tokens.refresh });
    assert.deepEqual(body, { ended: true });
    await until('the socket to be closed', () => board.closed === 4006);
    problem(await me(tokens.access), 401, /wrong or over/);
  });

  it('is listed to its owner, and ended by them or an admin', async () => {
    const [vera, oskar, anna] = await Promise.all(['vera', 'oskar', 'anna'].map((name) => signIn(stand.url, name)));
    const list = async ({ access }: TestTokens) =>
      (await rest(stand.url, access, 'GET', '/api/sessions')).body.sessions as { id: string; name: string; current: boolean }[];
    assert.ok(vera && oskar && anna);
    assert.deepEqual([...new Set((await list(vera)).map(({ name }) => name))], ['vera']);
    assert.ok(new Set((await list(anna)).map(({ name }) => name)).size >= 3);
    const own = (await list(vera)).find(({ current }) => current);
    const end = (tokens: TestTokens, id = '') => rest(stand.url, tokens.access, 'DELETE', `/api/sessions/${id}`);
    problem(await end(oskar, own?.id), 403, /takes an admin/);
    assert.equal((await end(anna, own?.id)).status, 200);
    problem(await me(vera.access), 401, /wrong or over/);
  });

  it('ends with its user, their role or their password, and other sessions go on', async () => {
    const users = new UserBook(storage(), CHEAP);
    await users.add('gone', 'operator', PASSWORD, Date.now() - 1000);
    const [gone, other] = await Promise.all([signIn(stand.url, 'gone'), signIn(stand.url, 'oskar')]);
    const [board, theirs] = [await watch(gone), await watch(other)];
    users.setRole('gone', 'viewer');
    await until('the socket to be closed', () => board.closed === 4006);
    assert.equal((await me(gone.access)).body.role, 'viewer');
    await users.setPassword('gone', `${PASSWORD} 2`, Date.now() + 1);
    problem(await me(gone.access), 401, /wrong or over/);
    users.remove('gone');
    problem(await rest(stand.url, 'none', 'POST', '/api/session', { name: 'gone', password: `${PASSWORD} 2` }), 401, /wrong/);
    assert.equal(theirs.closed, undefined);
    theirs.close();
  });

  describe('of a token that is not ours', () => {
    let forge: TokenForge;
    before(async () => (forge = new TokenForge(storage(), (await signIn(stand.url, 'anna')).access)));

    it('takes one that is made right, so that the others are wrong for one reason each', async () => {
      assert.equal((await me(await forge.signed())).status, 200);
    });

    it('refuses one that is wrong for any reason, by REST and by the socket', async () => {
      for (const [reason, make] of Object.entries(forge.wrong)) {
        const token = await make();
        assert.deepEqual([reason, (await me(token)).status], [reason, 401]);
        await assert.rejects(RpcSocket.open(stand.url, '/board', token), /401/, reason);
      }
    });
  });
});

describe('guessing a password', () => {
  it('is slowed for the name, however it is written, and others may still sign in', async () => {
    const stand = await Stand.open({
      door: async (storage) => {
        await addTeam(storage);
        await new UserBook(storage, CHEAP).add('zoë', 'viewer', PASSWORD, Date.now());
        return teamDoor(peopleOf(storage));
      },
    });
    try {
      const names = ['zoë', 'ZOË', 'zoë'.normalize('NFD')];
      const guess = (n: number) => rest(stand.url, 'none', 'POST', '/api/session', { name: names[n % 3], password: `guess ${n}` });
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => guess(n)));
      assert.deepEqual(
        [401, 429].map((wanted) => answers.filter(({ status }) => status === wanted).length),
        [10, 10],
      );
      await signIn(stand.url, 'oskar');
    } finally {
      await stand.close();
    }
  });
});
