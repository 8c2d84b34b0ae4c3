import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { WebSocket } from 'ws';
import { MemberTower } from '../support/memberTower';
import { freePort, RedisServer } from '../support/redisServer';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { SocketAgent } from '../support/towerClient';
import { until } from '../support/until';

const MIB = 1024 * 1024;

describe('two towers behind the nginx of deploy/nginx.conf', () => {
  let home: string;
  let redis: RedisServer;
  let towers: MemberTower[];
  let nginx: ChildProcess;
  let port: number;
  let ca: Buffer;

  const call = (
    method: string,
    path: string,
    token: string | undefined,
    body?: Readable | string,
    type = 'application/json',
  ): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-type': type }) };
      const sent = request({ host: 'localhost', port, method, path, ca, headers, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject);
      if (body instanceof Readable) body.pipe(sent);
      else sent.end(body);
    });
  const hashOf = (path: string, token: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      request({ host: 'localhost', port, path, ca, headers, agent: false }, (response) => {
        const hash = createHash('sha256');
        response.on('data', (chunk: Buffer) => hash.update(chunk));
        response.on('error', reject).on('end', () => resolve(hash.digest('hex')));
      })
        .on('error', reject)
        .end();
    });
  const socket = async (path: string, token: string): Promise<WebSocket> => {
    const opened = new WebSocket(`wss://localhost:${port}${path}`, { ca, headers: { authorization: `Bearer ${token}` } });
    await once(opened, 'open');
    return opened;
  };

  before(async () => {
    home = tempFolder();
    port = await freePort();
    redis = await RedisServer.start(join(home, 'redis'));
    const more = ['--url', `https://localhost:${port}`];
    towers = [await MemberTower.start('north', home, redis.url, 10, more), await MemberTower.start('south', home, redis.url, 10, more)];
    const key = join(home, 'tower.key');
    const cert = join(home, 'tower.pem');
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...name], {
      stdio: 'ignore',
    });
    ca = readFileSync(cert);
    // Ports, names and files are this test's; the rest is the example, word for word.
    const example = readFileSync('deploy/nginx.conf', 'utf8')
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('server_name tower.example', 'server_name localhost')
      .replace('/etc/ssl/certs/tower.example.pem', cert)
      .replace('/etc/ssl/private/tower.example.key', key)
      .replace('127.0.0.1:4000 ', `${new URL(towers[0]?.url ?? '').host} `)
      .replace('127.0.0.1:4001 ', `${new URL(towers[1]?.url ?? '').host} `);
    const folder = join(home, 'nginx');
    mkdirSync(folder);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`);
    writeFileSync(
      join(folder, 'nginx.conf'),
      `pid ${folder}/pid; error_log ${folder}/error.log; events {} http { access_log off; ${temporary.join(' ')}\n${example}\n}`,
    );
    const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
    execFileSync('nginx', ['-t', ...args], { stdio: 'pipe' });
    nginx = spawn('nginx', [...args, '-g', 'daemon off;'], { stdio: 'ignore' });
    await until('nginx to answer', async () => (await call('GET', '/api/health', undefined)).status === 200);
  });

  after(async () => {
    const gone = once(nginx, 'exit');
    nginx.kill('SIGTERM');
    await Promise.all([gone, ...towers.map((tower) => tower.stop())]);
    await redis.stop();
    removeTempFolders();
  });

  it('are reached over https, with both sockets, by the name that people use alone', async () => {
    const { client: token, person } = towers[0]!.keys;
    assert.equal((await call('GET', '/api/tasks', token)).status, 200);
    assert.equal((await call('GET', '/api/tasks', undefined)).status, 401);
    for (const [path, key] of [
      ['/agent', token],
      ['/board', person],
    ] as const)
      (await socket(path, key)).close();
  });

  it('take 100 MiB of evidence without holding it in memory, give it back whole, and refuse what is larger than they take', async function () {
    this.timeout(240_000);
    const { client: token, person } = towers[0]!.keys;
    const agent = await SocketAgent.join(towers[0]!.url, token, { name: 'Uploader' }, () => undefined);
    const created = await call('POST', '/api/tasks', person, JSON.stringify({ title: 'Large', agent: 'Uploader' }));
    const { id } = JSON.parse(created.text) as { id: string };
    await until('the work to be given', () => agent.assigned.length > 0);
    const body = (mib: number): Readable =>
      Readable.from(
        (function* () {
          for (let n = 0; n < mib; n++) yield Buffer.alloc(MIB, n);
        })(),
      );
    const upload = (mib: number): ReturnType<typeof call> =>
      call('POST', `/api/tasks/${id}/evidence?kind=file&name=large`, person, body(mib), 'application/octet-stream');
    // What every upload takes, however small: buffers, and what is not collected yet.
    assert.equal((await upload(20)).status, 201);
    const before = towers.map((tower) => tower.peak());
    const { status, text } = await upload(100);
    assert.equal(status, 201, text);
    const sent = createHash('sha256');
    for await (const chunk of body(100)) sent.update(chunk as Buffer);
    const { evidenceId } = JSON.parse(text) as { evidenceId: string };
    assert.equal(await hashOf(`/api/evidence/${id}/${evidenceId}`, person), sent.digest('hex'));
    towers.forEach((tower, at) => {
      const grown = tower.peak() - (before[at] ?? 0);
      assert.ok(grown < 50 * MIB, `${tower.name} grew by ${Math.round(grown / MIB)} MiB`);
    });
    const larger = await upload(140).catch((error: unknown) => error as Error);
    // The tower answers before it has read all, so that the connection may break instead.
    if (!(larger instanceof Error)) {
      assert.equal(larger.status, 413);
      assert.match(larger.text, /larger than 128 MiB/);
    }
    agent.close();
  });

  it('are both asked, and when one of them dies the other answers at the same address', async function () {
    this.timeout(60_000);
    const { person } = towers[0]!.keys;
    await towers[0]!.kill();
    for (let n = 0; n < 10; n++) assert.equal((await call('GET', '/api/tasks', person)).status, 200);
    (await socket('/board', person)).close();
  });
});
