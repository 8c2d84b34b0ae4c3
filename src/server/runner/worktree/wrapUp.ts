import { errorText } from '../../base/errors';
import { bytes } from '../../domain/format';
import type { WorktreeConfig } from '../../domain/worktree';
import type { WorkContext } from '../driver';
import { changedFiles, patchOf, type TreePatch } from './changes';
import type { ConflictWatch } from './conflictWatch';
import { diskUsed } from './diskUsed';
import { Git } from './git';
import type { Worktree } from './prepare';
import { removeWorktree } from './remove';
import { leaveTree } from './treesInUse';

/** How long the size of a tree is counted, ms. */
const COUNT_TERM = 3_000;

interface WrapUp {
  tree: Worktree;
  watch: ConflictWatch;
  config: WorktreeConfig;
  env: NodeJS.ProcessEnv;
  handIn: WorkContext['handIn'];
  log: (level: 'info' | 'warn', text: string) => void;
}

/** After the work in a tree: hands in what changed, and removes the tree when nothing would be lost. Never rejects. */
export async function wrapUp({ tree, watch, config, env, handIn, log }: WrapUp): Promise<void> {
  try {
    const git = Git.ofTree(tree.tree, tree.gitDir, env);
    const options = { base: tree.base.commit, gitDir: tree.gitDir, copied: config.copy };
    watch.take(await changedFiles(git, options));
    const patch = await patchOf(git, options);
    if (patch && patch.bytes.length === 0) log('warn', 'The patch is not handed in: one file alone is larger than 16 MB.');
    else if (patch) await handIn(headOf(patch, tree), { mime: 'text/x-diff', bytes: patch.bytes });
  } catch (error) {
    log('warn', `What changed could not be handed in: ${errorText(error)}`);
  }
  leaveTree(tree.use);
  const why = config.keep === 'always' ? 'as settings say' : await removeWorktree(tree, config.copy, env).catch(errorText);
  if (why === undefined) return log('info', 'The working tree was removed: nothing in it was changed.');
  const used = await diskUsed(tree.tree, AbortSignal.timeout(COUNT_TERM)).catch(() => undefined);
  const size = used === undefined ? '' : `, ${bytes(used)}`;
  log('info', `The working tree stays, ${why}: ${tree.tree} (branch ${tree.branch}${size}).`);
}

function headOf({ files, binaries, isCut }: TreePatch, { base }: Worktree): Parameters<WorkContext['handIn']>[0] {
  const said = [
    `What changed since ${base.name} (${base.commit.slice(0, 10)}), as git tells it: ${files === 1 ? 'one file' : `${files} files`}.`,
    binaries > 0 ? `Named only, because not text: ${binaries === 1 ? 'one file' : `${binaries} files`}.` : '',
    isCut ? 'Cut off at 16 MB; the tree holds all of it.' : '',
  ];
  return { kind: 'patch', name: 'worktree.patch', description: said.filter(Boolean).join(' ') };
}
