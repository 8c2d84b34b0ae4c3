import { existsSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorText } from '../../base/errors';
import { isCopied } from './changes';
import { isSameFile } from './copyFiles';
import { Git } from './git';
import type { Worktree } from './prepare';
import { inRepository } from './repositoryLock';
import { isInUse } from './treesInUse';

/** How long deleting a tree may take, ms. */
const DELETE_TERM = 10 * 60_000;
/** Of a merge, rebase, … that is under way; in the git folder of a tree. */
const UNDER_WAY = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'BISECT_LOG', 'rebase-merge', 'rebase-apply', 'sequencer'];

/**
 * Removes a tree and its branch, if nothing is lost by it: no change, and no commit that is on no other branch. Ignored files go with it.
 * @returns why it stays; undefined when it was removed.
 */
export async function removeWorktree(worktree: Worktree, copied: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { tree, branch, gitDir, repository } = worktree;
  return inRepository(repository.commonDir, undefined, async () => {
    if (isInUse(tree)) return 'it is in use';
    const own = Git.ofTree(tree, gitDir, env);
    const main = Git.ofFolder(repository.top, env);
    try {
      if (UNDER_WAY.some((name) => existsSync(join(gitDir, name)))) return 'a merge or rebase is under way in it';
      const copies = await unchangedCopies(own, worktree, copied);
      if (!copies) return 'it has changes that are not committed';
      if (await isAhead(own, worktree)) return 'it has commits that are on no other branch';
      // Git would keep the tree for them.
      for (const copy of copies) await rm(copy);
      // Without force: git itself has the last look.
      await main.run(['worktree', 'remove', tree], { timeoutMs: DELETE_TERM });
    } catch (error) {
      return errorText(error);
    }
    await main.line(['branch', '--delete', '--force', branch]);
    await rmdir(dirname(tree)).catch(() => undefined);
    return undefined;
  });
}

/** The new files of a tree, when all are copies as they came; undefined when there is any other change. */
async function unchangedCopies(git: Git, { tree, repository }: Worktree, copied: readonly string[]): Promise<string[] | undefined> {
  const entries = await git.items(['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--ignore-submodules=none']);
  const copies: string[] = [];
  for (const entry of entries) {
    const file = entry.slice(3);
    const isCopy = entry.startsWith('?? ') && isCopied(copied, file);
    if (!isCopy || !(await isSameFile(join(tree, file), join(repository.top, file)))) return undefined;
    copies.push(join(tree, file));
  }
  return copies;
}

/** True when the tree or its branch has commits that would be lost with them. */
async function isAhead(git: Git, { branch, base }: Worktree): Promise<boolean> {
  const others = ['--not', `--exclude=${branch}`, '--branches', '--remotes', base.commit];
  const tip = await git.line(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]);
  const only = await git.text(['rev-list', '--max-count=1', 'HEAD', ...(tip === undefined ? [] : [tip]), ...others]);
  return only.trim() !== '';
}
