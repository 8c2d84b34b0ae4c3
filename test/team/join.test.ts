import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import { nullLog } from '../../src/server/base/log';
import { TeamSession } from '../../src/server/follower/teamSession';
import { JoinedTower } from '../../src/server/joinedTower';
import type { Standing } from '../../src/server/sharedTower';
import { UserBook } from '../../src/server/users/userBook';
import { memoryVault } from '../support/memoryVault';
import { PASSWORD } from '../support/team';
import { makeCertificate, TeamServe } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { SocketAgent, type Assigned } from '../support/towerClient';
import { until } from '../support/until';
import { PNG } from '../unit/gateway/stand';

const YOU = { kind: 'person', name: 'you' } as const;

describe('a window that has joined a team tower over wss', function () {
  this.timeout(120_000);
  let tower: TeamServe;
  let options: string[];
  let url = '';
  const open: JoinedTower[] = [];
  const usual = tls.getCACertificates('default');

  before(async () => {
    const home = tempFolder();
    const { ca, cert, key } = makeCertificate(home);
    tls.setDefaultCACertificates([...usual, readFileSync(ca, 'utf8')]);
    options = ['--cert', cert, '--key', key, '--evidence', 'operator'];
    tower = await TeamServe.start(home, options);
    url = tower.openUrl;
    options.push('--port', new URL(url).port);
  });
  afterEach(async () => {
    for (const joined of open.splice(0)) await joined.close();
  });
  after(async () => {
    await tower.stop();
    tls.setDefaultCACertificates(usual);
    removeTempFolders();
  });

  const joinAs = async (name: string, cache = tempFolder()): Promise<JoinedTower> => {
    const vault = memoryVault(await TeamSession.signIn(url, name, PASSWORD, 'a test'));
    const joined = new JoinedTower({ session: new TeamSession(url, vault), cache, log: nullLog });
    open.push(joined);
    await until(`${name} to be connected`, () => joined.standing.role === 'follower');
    return joined;
  };
  const create = (joined: JoinedTower, title: string) => joined.execute({ type: 'CreateTask', spec: { title, skills: ['none'] } }, YOU);
  const roleOf = ({ standing }: JoinedTower): Standing['role'] => standing.role;

  it('speaks https alone to others, with a certificate that is checked', async () => {
    assert.match(url, /^https:/);
    await assert.rejects(fetch(url.replace('https', 'http')));
    tls.setDefaultCACertificates(usual);
    await assert.rejects(
      TeamSession.signIn(url.replace('127.0.0.1', 'localhost'), 'anna', PASSWORD, 'a test'),
      /authority that is not known here/,
    );
    const [first = ''] = readFileSync(join(tower.home, 'ca.pem'), 'utf8').split('\n\n');
    tls.setDefaultCACertificates([...usual, first]);
  });

  it('shows what others do, and does what the role allows', async () => {
    const [vera, oskar, anna] = [await joinAs('vera'), await joinAs('oskar'), await joinAs('anna')];
    assert.deepEqual(vera.you, { name: 'vera', role: 'viewer', readsEvidence: false });
    const { taskId = '' } = await create(oskar, 'Together');
    await until('the others to see it', () => vera.board.tasks.has(taskId) && anna.board.tasks.has(taskId));
    await assert.rejects(vera.execute({ type: 'CancelTask', taskId }, YOU), /A viewer may only look/);
    assert.equal(oskar.board.tasks.get(taskId)?.status, 'pending');
    await anna.execute({ type: 'CancelTask', taskId }, YOU);
    await until('it to be cancelled', () => vera.board.tasks.get(taskId)?.endedBy?.name === 'anna');
    await assert.rejects(oskar.execute({ type: 'StartAgent', agentId: 'any' }, YOU), /takes an admin/);
    await assert.rejects(anna.execute({ type: 'StartAgent', agentId: 'any' }, YOU), /There is no agent|no such agent|not/i);
  });

  it('has the proof on this machine, for whom may see it', async () => {
    const work: Assigned[] = [];
    const agent = await SocketAgent.join(tower.url, tower.keys.client, { name: 'Baker' }, (_, task) => work.push(task));
    const [oskar, vera] = [await joinAs('oskar'), await joinAs('vera')];
    const { taskId = '' } = await oskar.execute({ type: 'CreateTask', spec: { title: 'Picture' } }, YOU);
    const task = await until('the work', () => work[0]);
    const headers = { authorization: `Bearer ${task.token}`, 'content-type': 'image/png' };
    const query = 'kind=image&name=login';
    const answer = await fetch(`${tower.url}/api/tasks/${taskId}/evidence?${query}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(PNG),
    });
    assert.equal(answer.status, 201);
    await agent.send(task, { type: 'log', lines: [{ level: 'info', text: 'Took it.' }] });
    await agent.send(task, { type: 'result', result: 'Done.' });
    await oskar.prepareEvidence(taskId);
    const [piece] = (await oskar.query({ type: 'Evidence', taskId })).pieces;
    const path = oskar.evidencePath(piece?.evidence.sha256 ?? '');
    assert.deepEqual(path && readFileSync(path), PNG);
    assert.equal(
      readFileSync(await oskar.thumbnail(piece?.evidence.sha256 ?? ''))
        .subarray(1, 4)
        .toString(),
      'PNG',
    );
    assert.equal((await buffer(Readable.from(await oskar.bundle(taskId)))).subarray(0, 2).toString(), 'PK');
    const lines = await buffer(Readable.from(oskar.exportLogs({ scope: { taskIds: [taskId] }, format: 'ndjson' })));
    assert.match(lines.toString(), /Took it\./);
    await assert.rejects(vera.prepareEvidence(taskId), /may not open evidence/);
    await assert.rejects(vera.bundle(taskId), /may not open evidence/);
    agent.close();
  });

  it('keeps the last board while the tower is away, also over a new start, and catches up', async () => {
    const cache = tempFolder();
    const oskar = await joinAs('oskar', cache);
    const { taskId = '' } = await create(oskar, 'Before');
    await tower.stop('SIGKILL');
    await until('the window to notice', () => roleOf(oskar) === 'reconnecting');
    assert.ok(oskar.board.tasks.has(taskId));
    const anew = new JoinedTower({
      session: new TeamSession(url, memoryVault({ name: 'oskar', role: 'operator', access: 'x', until: 0, refresh: 'x' })),
      cache,
      log: nullLog,
    });
    assert.ok(anew.board.tasks.has(taskId), 'a new start shows the last board');
    assert.equal(roleOf(anew), 'reconnecting');
    await anew.close();
    await tower.restart(options);
    oskar.reconnect();
    await until('the window to be back', () => roleOf(oskar) === 'follower', 30_000);
    const { taskId: after = '' } = await create(oskar, 'After');
    assert.ok(oskar.board.tasks.has(taskId) && oskar.board.tasks.has(after));
  });

  it('is told to sign in when the session is ended', async () => {
    const vera = await joinAs('vera');
    const users = new UserBook(tower.storage);
    users.setRole('vera', 'operator');
    await until('the window to come back in the new role', () => vera.you?.role === 'operator', 20_000);
    users.remove('vera');
    await until('the window to say so', () => roleOf(vera) === 'down', 20_000);
    assert.match(vera.standing.role === 'down' ? vera.standing.reason : '', /signed out .*Connect to a Tower/);
    await assert.rejects(create(vera, 'x'), /signed out/);
  });
});
