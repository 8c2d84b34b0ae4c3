import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedFiles, patchOf, type TreePatch } from '../../../src/server/runner/worktree/changes';
import { conflicts, ConflictWarnings } from '../../../src/server/runner/worktree/conflicts';
import { ConflictWatch } from '../../../src/server/runner/worktree/conflictWatch';
import { diskUsed } from '../../../src/server/runner/worktree/diskUsed';
import { Git } from '../../../src/server/runner/worktree/git';
import type { Worktree } from '../../../src/server/runner/worktree/prepare';
import { GitRepository } from '../../support/gitRepository';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';
import { WorktreeBench } from '../../support/worktreeBench';

describe('Changes in a working tree', () => {
  let bench: WorktreeBench;
  let tree: Worktree;
  const copied = ['.env', 'local'];

  beforeEach(async () => {
    bench = new WorktreeBench();
    bench.repository.commit({ 'ü ber/b.ts': 'b\n', 'old.ts': 'a file\nwith three\nlines\n', 'local/base.json': '{}\n' });
    tree = await bench.prepare();
  });
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  const options = () => ({ base: tree.base.commit, gitDir: tree.gitDir, copied });
  const git = (): Git => Git.ofTree(tree.tree, tree.gitDir, process.env);
  const patch = (maxBytes?: number): Promise<TreePatch | undefined> => patchOf(git(), options(), maxBytes);
  const write = (name: string, text: string | Buffer): void => writeFileSync(join(tree.tree, name), text);
  const inTree = (...args: string[]): string => execFileSync('git', ['-C', tree.tree, ...args], { encoding: 'utf8' });

  it('are one patch of what was committed, staged, changed and new, which git applies', async () => {
    write('src/a.ts', 'committed\n');
    inTree('commit', '--quiet', '-am', 'work');
    write('staged.ts', 'staged\n');
    inTree('add', 'staged.ts');
    write('ü ber/b.ts', 'changed\n');
    write('new file.ts', 'new\n');
    rmSync(join(tree.tree, 'old.ts'));
    const before = inTree('status', '--porcelain');
    const index = readFileSync(join(tree.gitDir, 'index'));
    const found = await patch();
    assert.equal(found?.files, 5);
    assert.match(found.bytes.toString(), /^diff --git a\/ü ber\/b\.ts b\/ü ber\/b\.ts$/m);
    assert.ok(readFileSync(join(tree.gitDir, 'index')).equals(index), 'the index stays as it was');
    assert.equal(inTree('status', '--porcelain'), before);
    execFileSync('git', ['-C', bench.repository.folder, 'apply', '--check'], { input: found.bytes });
    assert.deepEqual((await changedFiles(git(), options())).toSorted(), ['new file.ts', 'old.ts', 'src/a.ts', 'staged.ts', 'ü ber/b.ts']);
  });

  it('are no patch when there are none', async () => {
    assert.equal(await patch(), undefined);
    assert.deepEqual(await changedFiles(git(), options()), []);
  });

  it('name binary files only, and are the same whatever settings say', async () => {
    write('picture.png', Buffer.from([0x89, 0x50, 0, 0, 1, 2]));
    write('src/a.ts', 'two\n');
    for (const [key, value] of [
      ['diff.noprefix', 'true'],
      ['color.ui', 'always'],
      ['diff.external', 'false'],
      ['diff.context', '0'],
    ] as const)
      bench.repository.git('config', key, value);
    const found = await patch();
    assert.deepEqual([found?.files, found?.binaries], [2, 1]);
    assert.match(found?.bytes.toString() ?? '', /^Binary files \/dev\/null and b\/picture\.png differ$/m);
    assert.match(found?.bytes.toString() ?? '', /^--- a\/src\/a\.ts\n\+\+\+ b\/src\/a\.ts\n@@ -1 \+1 @@\n-one\n\+two$/m);
  });

  it('leave out copied files, even committed ones, but not those that the base has', async () => {
    mkdirSync(join(tree.tree, 'local'), { recursive: true });
    write('.env', 'KEY=secret\n');
    write('local/own.json', 'secret\n');
    write('local/base.json', '{"a":1}\n');
    inTree('add', '--force', '.env');
    inTree('commit', '--quiet', '-m', 'oops');
    const found = await patch();
    assert.equal(found?.files, 1);
    assert.ok(!found.bytes.includes('secret'));
    assert.deepEqual(await changedFiles(git(), options()), ['local/base.json']);
  });

  it('end with the last whole file that fits', async () => {
    write('a-small.ts', 'small\n');
    write('b-large.ts', 'line\n'.repeat(10_000));
    const found = await patch(10_000);
    assert.deepEqual([found?.files, found?.isCut], [1, true]);
    assert.match(found?.bytes.toString() ?? '', /^diff --git a\/a-small\.ts[^]*\+small\n$/);
    rmSync(join(tree.tree, 'a-small.ts'));
    const none = await patch(10_000);
    assert.deepEqual([none?.files, none?.isCut, none?.bytes.length], [0, true, 0]);
  });

  it('run nothing that the agent put in place of the git folder', async () => {
    const trap = join(bench.folder, 'trap.sh');
    writeFileSync(trap, `#!/bin/sh\ntouch "${join(bench.folder, 'sprung')}"\ncat\n`);
    chmodSync(trap, 0o755);
    const forged = GitRepository.with(join(bench.folder, 'forged'), { 'src/a.ts': 'forged\n' });
    forged.git('config', 'diff.external', trap);
    forged.git('config', 'filter.x.clean', trap);
    forged.git('config', 'core.fsmonitor', trap);
    write('.git', `gitdir: ${join(forged.folder, '.git')}\n`);
    write('.gitattributes', '* filter=x\n');
    write('src/a.ts', 'two\n');
    const found = await patch();
    assert.match(found?.bytes.toString() ?? '', /-one\n\+two/);
    assert.throws(() => readFileSync(join(bench.folder, 'sprung')), { code: 'ENOENT' });
  });

  it('are compared with those of other running trees from time to time, until the work is over', async () => {
    const other = await bench.prepare({ id: 'T7', number: 7 });
    const warned: string[] = [];
    const watches = [tree, other].map((own) => new ConflictWatch(own, copied, process.env, (text) => void warned.push(text), 20));
    write('src/a.ts', 'mine\n');
    writeFileSync(join(other.tree, 'src/a.ts'), 'theirs\n');
    await until('both warnings', () => warned.length >= 2);
    for (const watch of watches) watch.dispose();
    assert.deepEqual(warned.toSorted(), ['#12 also changed src/a.ts', '#7 also changed src/a.ts']);
  });

  it('are said to be lost when the agent deleted the tree', async () => {
    renameSync(tree.tree, `${tree.tree}.moved`);
    await assert.rejects(patch(), /^GitError|^HumanError/);
  });
});

describe('Conflicts of working trees', () => {
  it('are files that more than one changed', () => {
    const trees = [
      { number: 12, files: ['src/a.ts', 'b'] },
      { number: 7, files: ['src/a.ts', 'c'] },
      { number: 9, files: ['c', 'src/a.ts'] },
    ];
    assert.deepEqual(conflicts(trees), [
      { file: 'c', numbers: [7, 9] },
      { file: 'src/a.ts', numbers: [7, 9, 12] },
    ]);
    assert.deepEqual(conflicts([{ number: 1, files: ['a', 'a'] }]), []);
  });

  it('are said once to each task, and not without end', () => {
    const warnings = new ConflictWarnings(7, 2);
    const found = conflicts([
      { number: 12, files: ['a', 'b', 'c', 'd', 'e'] },
      { number: 7, files: ['a', 'b', 'c', 'd', 'e'] },
    ]);
    assert.deepEqual(warnings.of(found.slice(0, 1)), ['#12 also changed a']);
    assert.deepEqual(warnings.of(found), ['#12 also changed b', 'More files are changed by several tasks at once.']);
    assert.deepEqual(warnings.of(found), []);
    assert.deepEqual(new ConflictWarnings(8).of(found), []);
  });
});

describe('Disk used', () => {
  afterEach(removeTempFolders);

  it('counts every file once, and follows no link', async () => {
    const folder = tempFolder();
    const empty = await diskUsed(folder);
    mkdirSync(join(folder, 'a'));
    writeFileSync(join(folder, 'a', 'file'), Buffer.alloc(1_000_000, 1));
    linkSync(join(folder, 'a', 'file'), join(folder, 'again'));
    symlinkSync('/', join(folder, 'root'));
    const used = (await diskUsed(folder)) - empty;
    assert.ok(used >= 1_000_000 && used < 1_200_000, String(used));
    assert.equal(await diskUsed(join(folder, 'gone')), 0);
  });
});
