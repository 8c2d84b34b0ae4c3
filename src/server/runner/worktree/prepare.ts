import { existsSync } from 'node:fs';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText, HumanError } from '../../base/errors';
import type { WorktreeConfig } from '../../domain/worktree';
import { copyFiles, makeFolder } from './copyFiles';
import { Git } from './git';
import { type Mark, markReady, readMarks, writeMark } from './marks';
import { removeWorktree } from './remove';
import { type Base, findBase, findRepository, folderOfTrees, isWithin, type Repository } from './repository';
import { inRepository } from './repositoryLock';
import { leaveTree, takeTree, type TreeInUse } from './treesInUse';

/** How long the files of a tree may take, ms. */
const CHECKOUT_TERM = 10 * 60_000;
const MAX_SLUG = 40;
/** How many names are tried when those before are taken. */
const MAX_NAMES = 50;

/** The working tree of a task, ready to be worked in. All paths are absolute. */
export interface Worktree {
  /** The folder of the task, in the tree. */
  cwd: string;
  branch: string;
  /** It was there before: an earlier attempt worked in it. */
  reused: boolean;
  tree: string;
  /** Of this tree alone. */
  gitDir: string;
  repository: Repository;
  base: Base;
  /** Leave it when the work is over. */
  use: TreeInUse;
}

export interface PrepareOptions {
  /** The folder that the task would be worked on in, absolute. */
  folder: string;
  task: { id: string; number: number; title: string };
  config: WorktreeConfig;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  log: (level: 'info' | 'warn', text: string) => void;
  /** Runs the setup command; rejects when it fails. */
  setUp: (command: readonly string[], cwd: string) => Promise<void>;
}

/**
 * The tree of a task: that of the attempt before, else a new one on the branch `tasktower/<number>-<title>`.
 * @throws {HumanError} when there can be none. @throws the reason of an abort. Nothing is left behind then but what has changes.
 */
export async function prepareWorktree(options: PrepareOptions): Promise<Worktree> {
  const { folder, config, env, signal, log } = options;
  const git = Git.ofFolder(folder, env, signal);
  const repository = await findRepository(git, folder);
  const opened = await inRepository(repository.commonDir, signal, () => openTree(options, git, repository));
  const { worktree, isReady } = opened;
  try {
    if (!isReady) {
      const copying = { from: await realpath(repository.top), to: worktree.tree, log: (text: string) => log('warn', text), signal };
      await copyFiles(config.copy, copying);
      if (config.setup) await options.setUp(config.setup, worktree.tree);
      await markReady(git, worktree.branch);
    }
    await makeFolder(worktree.tree, repository.inside).catch((error: unknown) => {
      throw new HumanError(`Folder "${repository.inside}" cannot be worked in: ${errorText(error)}.`);
    });
    return worktree;
  } catch (error) {
    leaveTree(worktree.use);
    // Another attempt starts afresh, unless there is something to lose.
    if (config.keep === 'dirty' && !worktree.reused) await removeWorktree(worktree, config.copy, env).catch(() => undefined);
    throw error;
  }
}

async function openTree(
  { task, config, env, signal, log }: PrepareOptions,
  git: Git,
  repository: Repository,
): Promise<{ worktree: Worktree; isReady: boolean }> {
  const marks = await readMarks(git);
  await forgetMissing(git, marks);
  const known = marks.find(({ taskId }) => taskId === task.id);
  const reused = known !== undefined && existsSync(known.tree);
  let base: Base = { commit: known?.base ?? '', name: 'where it started' };
  let mark: Pick<Mark, 'branch' | 'tree'> | undefined = known;
  if (!mark) {
    base = await findBase(git, repository, config, (text) => log('warn', text));
    mark = await newBranch(git, repository, base, task, config);
  }
  if (!reused) await addTree(git, mark);
  const gitDir = await gitDirOf(Git.ofFolder(mark.tree, env, signal), mark.tree, repository);
  const from = reused ? 'as the attempt before left it' : `from ${base.name} (${base.commit.slice(0, 10)})`;
  log('info', `Works in ${mark.tree} on the branch ${mark.branch}, ${from}.`);
  const use = { tree: mark.tree, commonDir: repository.commonDir, number: task.number, files: [] };
  takeTree(use);
  const worktree = { ...mark, cwd: join(mark.tree, repository.inside), reused, gitDir, repository, base, use };
  return { worktree, isReady: reused && known.isReady };
}

/** Ends the registrations of our trees that someone deleted; not those of a drive that is away, nor those of others. */
async function forgetMissing(git: Git, marks: readonly Mark[]): Promise<void> {
  const isGone = ({ tree }: Mark): boolean => !existsSync(tree) && existsSync(dirname(tree));
  const gone = new Set(marks.filter(isGone).map(({ tree }) => tree));
  if (gone.size === 0) return;
  const listed = (await git.text(['worktree', 'list', '--porcelain']))
    .split('\n')
    .flatMap((line) => /^worktree (.+)$/.exec(line)?.[1] ?? []);
  for (const path of listed) if (gone.has(resolve(path))) await git.line(['worktree', 'remove', path]);
}

/** A branch, and a path for its tree, that nobody has. */
async function newBranch(
  git: Git,
  repository: Repository,
  base: Base,
  task: PrepareOptions['task'],
  config: WorktreeConfig,
): Promise<Pick<Mark, 'branch' | 'tree'>> {
  const root = await folderOfTrees(repository, config.folder);
  const name = `${task.number}-${slugOf(task.title)}`;
  for (let n = 1; n <= MAX_NAMES; n++) {
    const own = n === 1 ? name : `${name}-${n}`;
    const [branch, tree] = [`tasktower/${own}`, join(root, own)];
    const isTaken = async (): Promise<boolean> =>
      (await git.line(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`])) !== undefined;
    if (existsSync(tree) || (await isTaken())) continue;
    try {
      await git.run(['branch', '--no-track', branch, base.commit]);
    } catch (error) {
      // Another tower was faster.
      if (await isTaken()) continue;
      throw error;
    }
    await writeMark(git, { branch, tree, taskId: task.id, base: base.commit });
    return { branch, tree };
  }
  throw new HumanError(`All names like tasktower/${name} are taken. Delete old branches and the folders in "${root}".`);
}

async function addTree(git: Git, { tree, branch }: Pick<Mark, 'branch' | 'tree'>): Promise<void> {
  try {
    await mkdir(dirname(tree), { recursive: true });
  } catch (error) {
    throw new HumanError(
      `The folder for working trees could not be made: ${errorText(error)}. Set "folder" of "worktree" in tasktower.agents to one that can.`,
    );
  }
  await git.run(['worktree', 'add', '--quiet', tree, branch], { timeoutMs: CHECKOUT_TERM });
}

/** The git folder of a tree. @throws {HumanError} when the folder is no tree of that repository. */
async function gitDirOf(git: Git, tree: string, { commonDir }: Repository): Promise<string> {
  const top = await git.line(['rev-parse', '--show-toplevel']);
  const gitDir = await git.line(['rev-parse', '--absolute-git-dir']);
  const isOurs =
    top !== undefined &&
    gitDir !== undefined &&
    resolve(top) === (await realpath(tree)) &&
    isWithin(join(commonDir, 'worktrees'), resolve(gitDir));
  if (!isOurs) throw new HumanError(`"${tree}" is in the way: it is not the working tree of this task any more. Move it away, then retry.`);
  return resolve(gitDir);
}

/** ASCII alone: it becomes the name of a branch and of a folder. */
function slugOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, MAX_SLUG)
    .replace(/-$/, '');
  return slug || 'task';
}
