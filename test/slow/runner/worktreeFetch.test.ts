import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { GitRepository } from '../../support/gitRepository';
import { removeTempFolders } from '../../support/tempFolder';
import { WorktreeBench } from '../../support/worktreeBench';

describe('Working tree that fetches first', () => {
  let bench: WorktreeBench;

  beforeEach(() => (bench = new WorktreeBench()));
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  beforeEach(() => {
    const source = bench.repository;
    bench.repository = new GitRepository(join(bench.folder, 'clone'));
    bench.repository.git('remote', 'add', 'origin', source.folder);
    bench.repository.git('fetch', '--quiet');
    bench.repository.git('checkout', '--quiet', '-B', 'main', '--track', 'origin/main');
    source.commit({ 'src/a.ts': 'newest\n' });
  });

  it('starts from the upstream when that is ahead', async () => {
    const tree = await bench.prepare({ config: { fetch: true } });
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'newest\n');
    assert.match(bench.log.join('\n'), /from origin\/main/);
  });

  it('starts from the branch itself when it has commits of its own', async () => {
    bench.repository.commit({ 'own.ts': 'own' });
    const tree = await bench.prepare({ config: { fetch: true } });
    assert.ok(existsSync(join(tree.cwd, 'own.ts')));
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'one\n');
  });

  it('goes on with what is here when the remote does not answer, and says no credentials', async () => {
    bench.repository.git('remote', 'set-url', 'origin', 'https://me:secret@127.0.0.1:1/x.git');
    const tree = await bench.prepare({ config: { fetch: true } });
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'one\n');
    assert.match(bench.log[0] ?? '', /^warn Goes on with what is here, because nothing could be fetched: git fetch failed/);
    assert.ok(!bench.log.join('\n').includes('secret'));
  });

  it('finds a branch that only the remote has', async () => {
    new GitRepository(join(bench.folder, 'app')).git('branch', 'feature');
    const tree = await bench.prepare({ config: { fetch: true, base: 'feature' } });
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'newest\n');
  });

  it('ends at once when aborted while the remote is silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    bench.repository.git('remote', 'set-url', 'origin', `git://127.0.0.1:${port}/x`);
    const abort = new AbortController();
    const prepared = bench.prepare({ config: { fetch: true }, signal: abort.signal });
    prepared.catch(() => undefined);
    const [socket] = (await once(silent, 'connection')) as [Socket];
    const closed = once(socket, 'close');
    socket.resume();
    abort.abort();
    await assert.rejects(prepared, { name: 'AbortError' });
    await closed;
    silent.close();
    assert.deepEqual(bench.repository.branches, ['main']);
  });
});
