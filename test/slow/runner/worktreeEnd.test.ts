import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeWorktree } from '../../../src/server/runner/worktree/remove';
import { GitRepository } from '../../support/gitRepository';
import { removeTempFolders } from '../../support/tempFolder';
import { WorktreeBench } from '../../support/worktreeBench';

describe('Working tree at the end', () => {
  let bench: WorktreeBench;

  beforeEach(() => (bench = new WorktreeBench()));
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  it('is removed with its branch when nothing was changed', async () => {
    bench.repository.write({ '.env': 'KEY=1', notes: 'copied, not ignored' });
    const copy = ['.env', 'notes'];
    const tree = await bench.prepare({ config: { copy } });
    assert.equal(await bench.remove(tree, copy), undefined);
    assert.deepEqual([bench.repository.trees, bench.repository.branches, existsSync(tree.tree)], [[], ['main'], false]);
    assert.equal(bench.repository.git('config', '--local', '--list').includes('tasktower'), false);
    assert.equal(bench.repository.read('notes'), 'copied, not ignored');
  });

  for (const [what, change] of Object.entries<(cwd: string) => void>({
    'a changed file': (cwd) => writeFileSync(join(cwd, 'src/a.ts'), 'two\n'),
    'a new file': (cwd) => writeFileSync(join(cwd, 'new.ts'), ''),
    'a deleted file': (cwd) => rmSync(join(cwd, 'src/a.ts')),
    'a changed copy': (cwd) => writeFileSync(join(cwd, 'notes'), 'changed'),
    'a repository inside': (cwd) => void GitRepository.with(join(cwd, 'nested'), { a: 'a' }),
    'a staged file': (cwd) => {
      writeFileSync(join(cwd, 'src/a.ts'), 'two\n');
      execFileSync('git', ['-C', cwd, 'add', '.']);
    },
  })) {
    it(`stays with ${what}, and copies with it`, async () => {
      bench.repository.write({ notes: 'copied' });
      const tree = await bench.prepare({ config: { copy: ['notes'] } });
      change(tree.cwd);
      assert.equal(await bench.remove(tree, ['notes']), 'it has changes that are not committed');
      assert.ok(existsSync(join(tree.cwd, 'notes')) && bench.repository.branches.includes(tree.branch));
    });
  }

  it('stays with commits that are on no other branch, and goes when they are', async () => {
    const tree = await bench.prepare();
    execFileSync('git', ['-C', tree.cwd, 'commit', '--quiet', '--allow-empty', '-m', 'work']);
    assert.equal(await bench.remove(tree), 'it has commits that are on no other branch');
    bench.repository.git('merge', '--quiet', tree.branch);
    assert.equal(await bench.remove(tree), undefined);
    assert.deepEqual(bench.repository.branches, ['main']);
  });

  it('stays with commits of a detached HEAD, and goes when they are on a branch that the agent made', async () => {
    const tree = await bench.prepare();
    const git = (...args: string[]): Buffer => execFileSync('git', ['-C', tree.cwd, ...args]);
    git('checkout', '--quiet', '--detach');
    git('commit', '--quiet', '--allow-empty', '-m', 'work');
    assert.equal(await bench.remove(tree), 'it has commits that are on no other branch');
    git('checkout', '--quiet', '-b', 'feature');
    assert.equal(await bench.remove(tree), undefined);
    assert.deepEqual(bench.repository.branches, ['feature', 'main']);
  });

  it('stays in the midst of a rebase, while locked, and while in use', async () => {
    const tree = await bench.prepare();
    assert.equal(await removeWorktree(tree, [], process.env), 'it is in use');
    mkdirSync(join(tree.gitDir, 'rebase-merge'));
    assert.equal(await bench.remove(tree), 'a merge or rebase is under way in it');
    rmSync(join(tree.gitDir, 'rebase-merge'), { recursive: true });
    bench.repository.git('worktree', 'lock', tree.tree);
    assert.match((await bench.remove(tree)) ?? '', /cannot remove a locked working tree/);
    assert.ok(existsSync(tree.tree));
  });
});
