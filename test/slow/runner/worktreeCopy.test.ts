import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorktreeConfig } from '../../../src/server/domain/worktree';
import { leaveTree } from '../../../src/server/runner/worktree/treesInUse';
import { removeTempFolders } from '../../support/tempFolder';
import { type Wanted, WorktreeBench } from '../../support/worktreeBench';

describe('New working tree', () => {
  let bench: WorktreeBench;

  beforeEach(() => (bench = new WorktreeBench()));
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  describe('copied files', () => {
    it('are those that settings name, folders with all that is in them', async () => {
      bench.repository.write({ '.env': 'KEY=1', 'local/x/y.json': '{}', 'local/.git/config': 'no' });
      const tree = await bench.prepare({ config: { copy: ['.env', './local/', 'missing'] } });
      assert.equal(readFileSync(join(tree.cwd, '.env'), 'utf8'), 'KEY=1');
      assert.equal(readFileSync(join(tree.cwd, 'local/x/y.json'), 'utf8'), '{}');
      assert.ok(!existsSync(join(tree.cwd, 'local/.git')));
      assert.match(bench.log.join('\n'), /warn missing was not copied: it is not in/);
    });

    it('come through no link that leads out', async () => {
      writeFileSync(join(bench.folder, 'secret'), 'secret');
      symlinkSync(join(bench.folder, 'secret'), join(bench.repository.folder, 'leak'));
      symlinkSync(bench.folder, join(bench.repository.folder, 'up'));
      bench.repository.write({ 'local/a': 'a' });
      symlinkSync('../../secret', join(bench.repository.folder, 'local/leak'));
      symlinkSync('a', join(bench.repository.folder, 'local/alias'));
      const tree = await bench.prepare({ config: { copy: ['leak', 'up/secret', 'local'] } });
      assert.deepEqual(
        ['leak', 'up', 'local/leak', 'local/alias', 'local/a'].filter((name) => existsSync(join(tree.cwd, name))),
        ['local/alias', 'local/a'],
      );
      assert.equal(bench.log.filter((line) => line.includes('leads out of')).length, 3);
    });

    it('are not written through a link of the base', async () => {
      mkdirSync(join(bench.folder, 'outside'));
      symlinkSync(join(bench.folder, 'outside'), join(bench.repository.folder, 'config'));
      const base = bench.repository.commit({});
      rmSync(join(bench.repository.folder, 'config'));
      bench.repository.commit({ 'config/kept': '1' });
      bench.repository.write({ 'config/.env': 'KEY=1' });
      await bench.prepare({ config: { base, copy: ['config/.env'] } });
      assert.ok(!existsSync(join(bench.folder, 'outside', '.env')));
      assert.match(bench.log.join('\n'), /config\/\.env was not copied: ".*config" is not a folder/);
    });

    it('are literal relative paths', () => {
      for (const path of ['/etc/passwd', '../x', 'a/../../x', '.git/config', 'a/.GIT', 'C:\\x', 'C:x', '..\\x', '', '.', 'a\0b']) {
        assert.ok(!WorktreeConfig.safeParse({ copy: [path] }).success, path);
      }
      assert.ok(WorktreeConfig.safeParse({ copy: ['.env', './a b/ü', 'a..b'] }).success);
      assert.ok(!WorktreeConfig.safeParse({ base: '--upload-pack=x' }).success);
    });
  });

  it('runs the setup command once, in the top of the tree, after copying', async () => {
    bench.repository.write({ '.env': 'KEY=1' });
    const seen: unknown[] = [];
    const setUp = async (command: readonly string[], cwd: string): Promise<void> => void seen.push(command, existsSync(join(cwd, '.env')));
    const wanted: Wanted = { folder: join(bench.repository.folder, 'src'), config: { copy: ['.env'], setup: ['npm', 'ci'] }, setUp };
    leaveTree((await bench.prepare(wanted)).use);
    assert.ok((await bench.prepare(wanted)).reused);
    assert.deepEqual(seen, [['npm', 'ci'], true]);
  });

  it('leaves nothing behind when setup fails, and runs it again when there is something to keep', async () => {
    const config = { copy: ['notes'], setup: ['x'] };
    bench.repository.write({ notes: 'not ignored' });
    const fails = (): Promise<void> => Promise.reject(new Error('no network'));
    await assert.rejects(bench.prepare({ config, setUp: fails }), /no network/);
    assert.deepEqual(
      [bench.repository.trees, bench.repository.branches, existsSync(join(bench.folder, 'app.tasktower'))],
      [[], ['main'], false],
    );
    const writes = async (_: readonly string[], cwd: string): Promise<void> => {
      writeFileSync(join(cwd, 'left'), 'x');
      throw new Error('half way');
    };
    await assert.rejects(bench.prepare({ config, setUp: writes }), /half way/);
    let runs = 0;
    const tree = await bench.prepare({ config, setUp: async () => void runs++ });
    assert.deepEqual([tree.reused, runs, existsSync(join(tree.cwd, 'left'))], [true, 1, true]);
  });
});
