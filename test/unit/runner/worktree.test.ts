import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leaveTree } from '../../../src/server/runner/worktree/treesInUse';
import { GitRepository } from '../../support/gitRepository';
import { removeTempFolders } from '../../support/tempFolder';
import { until } from '../../support/until';
import { WorktreeBench } from '../../support/worktreeBench';

describe('Working tree', () => {
  let bench: WorktreeBench;

  beforeEach(() => (bench = new WorktreeBench()));
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  it('is made beside the repository, on a branch named after the task', async () => {
    const tree = await bench.prepare();
    assert.deepEqual(
      { cwd: tree.cwd, branch: tree.branch, reused: tree.reused },
      { cwd: join(bench.folder, 'app.tasktower', '12-fix-the-login'), branch: 'tasktower/12-fix-the-login', reused: false },
    );
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'one\n');
    assert.deepEqual(bench.repository.trees, [tree.cwd]);
    assert.equal(bench.repository.git('status', '--porcelain'), '');
  });

  it('keeps the sub-folder, with spaces and Unicode in every name', async () => {
    bench.repository = GitRepository.with(join(bench.folder, 'my äpp 漢字'), { 'pack age/ünit/b.ts': 'b' });
    const tree = await bench.prepare({ folder: join(bench.repository.folder, 'pack age/ünit'), title: '修正 Ünïcode: "Login" & co/…' });
    assert.equal(tree.branch, 'tasktower/12-unicode-login-co');
    assert.equal(tree.cwd, join(bench.folder, 'my äpp 漢字.tasktower', '12-unicode-login-co', 'pack age/ünit'));
    assert.equal(readFileSync(join(tree.cwd, 'b.ts'), 'utf8'), 'b');
  });

  it('makes a sub-folder that no commit has', async () => {
    mkdirSync(join(bench.repository.folder, 'new/one'), { recursive: true });
    const tree = await bench.prepare({ folder: join(bench.repository.folder, 'new/one') });
    assert.ok(existsSync(tree.cwd) && tree.cwd.endsWith(join('12-fix-the-login', 'new/one')));
  });

  it('does not work in a sub-folder that a link in the base leads out of the tree', async () => {
    symlinkSync(bench.folder, join(bench.repository.folder, 'out'));
    const base = bench.repository.commit({});
    rmSync(join(bench.repository.folder, 'out'));
    bench.repository.commit({ 'out/file': 'x' });
    await assert.rejects(
      bench.prepare({ folder: join(bench.repository.folder, 'out'), config: { base } }),
      /Folder "out" cannot be worked in/,
    );
    assert.deepEqual(bench.repository.trees, []);
  });

  it('starts from the commit that a detached HEAD is at', async () => {
    const first = bench.repository.git('rev-parse', 'HEAD');
    bench.repository.commit({ 'src/a.ts': 'two\n' });
    bench.repository.git('checkout', '--quiet', '--detach', first);
    const tree = await bench.prepare();
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'one\n');
    assert.equal(await bench.remove(tree), undefined);
  });

  it('starts from the branch that settings name, and says when it is not there', async () => {
    bench.repository.git('branch', 'release');
    bench.repository.commit({ 'src/a.ts': 'two\n' });
    const tree = await bench.prepare({ config: { base: 'release' } });
    assert.equal(readFileSync(join(tree.cwd, 'src/a.ts'), 'utf8'), 'one\n');
    await assert.rejects(
      bench.prepare({ id: 'T13', number: 13, config: { base: 'nowhere' } }),
      /"nowhere" was not found in ".*app"\. Set "base"/,
    );
  });

  it('says what is missing in an empty repository, a folder without git, and a bare repository', async () => {
    const empty = new GitRepository(join(bench.folder, 'empty'));
    await assert.rejects(bench.prepare({ folder: empty.folder }), /has no commit yet.*Make the first commit/);
    await assert.rejects(
      bench.prepare({ folder: bench.folder }),
      /is not in a git repository\. Run git init there, or take "worktree" out/,
    );
    await assert.rejects(bench.prepare({ folder: join(bench.folder, 'gone') }), /Folder ".*gone" was not found/);
    execFileSync('git', ['init', '--quiet', '--bare', join(bench.folder, 'bare')]);
    await assert.rejects(bench.prepare({ folder: join(bench.folder, 'bare') }), /belongs to a bare repository/);
  });

  it('says that git was not found', async () => {
    await assert.rejects(bench.prepare({ env: { PATH: join(bench.folder, 'nothing') } }), /^HumanError: git was not found\. Install git/);
    assert.deepEqual(bench.repository.branches, ['main']);
  });

  it('is not misled by variables that point git elsewhere', async () => {
    const other = GitRepository.with(join(bench.folder, 'other'), { file: 'x' });
    const env = {
      ...process.env,
      GIT_DIR: join(other.folder, '.git'),
      GIT_WORK_TREE: other.folder,
      GIT_INDEX_FILE: join(bench.folder, 'index'),
    };
    const tree = await bench.prepare({ env });
    assert.deepEqual(bench.repository.trees, [tree.tree]);
    assert.ok(!existsSync(join(bench.folder, 'index')));
  });

  it('refuses a folder for trees that is inside of the repository, also through a link', async () => {
    await assert.rejects(bench.prepare({ config: { folder: 'trees' } }), /is inside of the repository\. Set "folder"/);
    symlinkSync(bench.repository.folder, join(bench.folder, 'link'));
    await assert.rejects(bench.prepare({ config: { folder: join(bench.folder, 'link', 'trees') } }), /is inside of the repository/);
    const tree = await bench.prepare({ config: { folder: '../elsewhere' } });
    assert.equal(tree.tree, join(bench.folder, 'elsewhere', '12-fix-the-login'));
  });

  it('goes beside the main folder when the task is in another working tree inside of it', async () => {
    const inner = join(bench.repository.folder, '.trees', 'inner');
    bench.repository.git('worktree', 'add', '--quiet', inner);
    const tree = await bench.prepare({ folder: inner });
    assert.equal(tree.tree, join(bench.folder, 'app.tasktower', '12-fix-the-login'));
    await assert.rejects(bench.prepare({ id: 'T13', folder: inner, config: { folder: '.trees/more' } }), /is inside of the repository/);
  });

  it('goes on in the tree of an earlier attempt, though the title changed', async () => {
    const first = await bench.prepare();
    writeFileSync(join(first.cwd, 'half.ts'), 'half');
    leaveTree(first.use);
    bench.repository.commit({ 'src/a.ts': 'two\n' });
    const again = await bench.prepare({ title: 'Another title' });
    assert.deepEqual([again.cwd, again.reused, again.base.commit], [first.cwd, true, first.base.commit]);
    assert.ok(existsSync(join(again.cwd, 'half.ts')));
  });

  it('comes back on its branch when someone deleted the folder', async () => {
    const first = await bench.prepare();
    execFileSync('git', ['-C', first.cwd, 'commit', '--quiet', '--allow-empty', '-m', 'work']);
    const done = bench.repository.git('rev-parse', first.branch);
    leaveTree(first.use);
    rmSync(first.tree, { recursive: true });
    const again = await bench.prepare();
    assert.deepEqual([again.tree, again.branch, again.reused], [first.tree, first.branch, false]);
    assert.equal(execFileSync('git', ['-C', again.cwd, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(), done);
  });

  it('ends the registrations of deleted trees of ours alone', async () => {
    const first = await bench.prepare();
    leaveTree(first.use);
    bench.repository.git('worktree', 'add', '--quiet', join(bench.folder, 'mine'));
    rmSync(first.tree, { recursive: true });
    rmSync(join(bench.folder, 'mine'), { recursive: true });
    const next = await bench.prepare({ id: 'T13', number: 13 });
    assert.deepEqual(bench.repository.trees.toSorted(), [next.tree, join(bench.folder, 'mine')].toSorted());
  });

  it('takes another name when the branch or the folder is taken by something else', async () => {
    bench.repository.git('branch', 'tasktower/12-fix-the-login');
    mkdirSync(join(bench.folder, 'app.tasktower', '12-fix-the-login-2'), { recursive: true });
    const tree = await bench.prepare();
    assert.deepEqual([tree.branch, tree.reused], ['tasktower/12-fix-the-login-3', false]);
    assert.ok(bench.repository.branches.includes('tasktower/12-fix-the-login'));
  });

  it('gives two towers with the same task number a tree each', async () => {
    const [one, two] = await Promise.all([bench.prepare({ id: 'A' }), bench.prepare({ id: 'B' })]);
    assert.notEqual(one.tree, two.tree);
    assert.notEqual(one.branch, two.branch);
  });

  it('says when a strange folder took the place of the tree', async () => {
    const first = await bench.prepare();
    leaveTree(first.use);
    rmSync(first.tree, { recursive: true });
    mkdirSync(first.tree);
    writeFileSync(join(first.tree, 'precious'), 'x');
    await assert.rejects(bench.prepare(), /is in the way: it is not the working tree of this task any more/);
    assert.ok(existsSync(join(first.tree, 'precious')));
  });

  it('prepares many at once in one repository, and waits for the lock of someone else', async () => {
    const lock = join(bench.repository.folder, '.git', 'config.lock');
    writeFileSync(lock, '');
    const all = [1, 2, 3, 4, 5, 6].map((number) => bench.prepare({ id: `T${number}`, number }));
    let isDone = false;
    void Promise.allSettled(all).then(() => (isDone = true));
    await until('a branch that cannot be noted yet', () => bench.repository.branches.length > 1);
    assert.ok(!isDone);
    rmSync(lock);
    const trees = await Promise.all(all);
    assert.equal(new Set(trees.map(({ tree }) => tree)).size, 6);
    assert.deepEqual(bench.repository.trees.toSorted(), trees.map(({ tree }) => tree).toSorted());
  });

  it('runs no hook and no monitor of the repository', async () => {
    const trap = join(bench.folder, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch "${join(bench.folder, 'sprung')}"\n`);
    chmodSync(trap, 0o755);
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      symlinkSync(trap, join(bench.repository.folder, '.git', 'hooks', hook));
    }
    bench.repository.git('config', 'core.fsmonitor', trap);
    bench.repository.git('status');
    assert.ok(existsSync(join(bench.folder, 'sprung')), 'the trap works');
    rmSync(join(bench.folder, 'sprung'));
    const tree = await bench.prepare();
    assert.equal(await bench.remove(tree), undefined);
    assert.ok(!existsSync(join(bench.folder, 'sprung')));
  });

  it('stops waiting for another preparation when aborted', async () => {
    const abort = new AbortController();
    const lock = join(bench.repository.folder, '.git', 'config.lock');
    writeFileSync(lock, '');
    const first = bench.prepare();
    const second = bench.prepare({ id: 'T13', number: 13, signal: abort.signal });
    await until('the first to begin', () => bench.repository.branches.length > 1);
    abort.abort();
    await assert.rejects(second, { name: 'AbortError' });
    rmSync(lock);
    await first;
  });
});
