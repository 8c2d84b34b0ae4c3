import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { errorText, HumanError } from '../../base/errors';
import type { WorktreeConfig } from '../../domain/worktree';
import { type Git, GitError } from './git';

const WAY_OUT = 'or take "worktree" out of the agent in tasktower.agents.';

/** A repository, seen from one of its folders. All paths are absolute. */
export interface Repository {
  /** The main folder: the working tree that holds the folder. */
  top: string;
  /** What all working trees share. */
  commonDir: string;
  /** The folder, relative to `top`; empty for `top` itself. */
  inside: string;
}

/** Where a tree starts from. */
export interface Base {
  commit: string;
  /** For people. */
  name: string;
}

/** @throws {HumanError} when the folder is in no repository that can have working trees. */
export async function findRepository(git: Git, folder: string): Promise<Repository> {
  const isInside = await git.line(['rev-parse', '--is-inside-work-tree']);
  if (isInside === 'false')
    throw new HumanError(`"${folder}" belongs to a bare repository. Give the agent a folder with files in "cwd", ${WAY_OUT}`);
  if (isInside === undefined) throw new HumanError(await whyNot(git, folder));
  const [top, commonDir, inside] = [
    await git.line(['rev-parse', '--show-toplevel']),
    await git.line(['rev-parse', '--git-common-dir']),
    await git.line(['rev-parse', '--show-prefix']),
  ];
  if (top === undefined || commonDir === undefined) throw new HumanError(`The repository of "${folder}" could not be read.`);
  return { top: resolve(top), commonDir: await realpath(resolve(folder, commonDir)), inside: (inside ?? '').replace(/\/$/, '') };
}

/** Where trees go. @throws {HumanError} when that is inside of the repository. */
export async function folderOfTrees({ top, commonDir }: Repository, folder: string | undefined): Promise<string> {
  // The folder may be a working tree itself, maybe inside of the first one.
  const main = basename(commonDir) === '.git' ? dirname(commonDir) : top;
  const wanted = resolve(main, folder ?? join('..', `${basename(main)}.tasktower`));
  const real = await realOf(wanted);
  for (const taken of [top, main, commonDir]) {
    if (!isWithin(await realOf(taken), real)) continue;
    throw new HumanError(
      `"${wanted}" is inside of the repository. Set "folder" of "worktree" in tasktower.agents to a folder outside of it.`,
    );
  }
  return real;
}

/** The commit a new tree starts from. @throws {HumanError} when there is none. */
export async function findBase(git: Git, { top }: Repository, config: WorktreeConfig, log: (text: string) => void): Promise<Base> {
  const current = await git.line(['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const name = config.base ?? current ?? 'HEAD';
  const remote = await remoteOf(git, name);
  if (config.fetch) await fetch(git, remote, log);
  const commit = (await commitOf(git, name)) ?? (remote === undefined ? undefined : await commitOf(git, `${remote}/${name}`));
  if (commit === undefined) {
    const isEmpty = (await commitOf(git, 'HEAD')) === undefined && config.base === undefined;
    throw new HumanError(
      isEmpty
        ? `The repository "${top}" has no commit yet, and a working tree starts from one. Make the first commit, ${WAY_OUT}`
        : `"${name}" was not found in "${top}". Set "base" of "worktree" in tasktower.agents to a branch or commit that is there.`,
    );
  }
  const ahead = config.fetch ? await upstreamAhead(git, name, commit) : undefined;
  return ahead ?? { commit, name };
}

/** True for `root` and all below it. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path);
}

/** The real path of what may not be there yet. */
async function realOf(path: string): Promise<string> {
  const found = await realpath(path).catch(() => undefined);
  if (found !== undefined || dirname(path) === path) return found ?? path;
  return join(await realOf(dirname(path)), basename(path));
}

async function whyNot(git: Git, folder: string): Promise<string> {
  const said = await git.text(['rev-parse', '--git-dir']).catch((error: unknown) => errorText(error));
  if (said.includes('not a git repository')) return `"${folder}" is not in a git repository. Run git init there, ${WAY_OUT}`;
  if (said.includes('cannot change to')) return `Folder "${folder}" was not found. Check "cwd" in tasktower.agents.`;
  const foreign = /dubious ownership in repository at '(.+?)'/.exec(said)?.[1];
  if (foreign !== undefined) {
    return `"${foreign}" belongs to another user, so git does not open it. If you trust it, run: git config --global --add safe.directory "${foreign}"`;
  }
  return `The repository of "${folder}" could not be read: ${said}`;
}

async function commitOf(git: Git, name: string): Promise<string | undefined> {
  return git.line(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
}

/** The remote that a branch is from, else `origin`, else the only one. */
async function remoteOf(git: Git, name: string): Promise<string | undefined> {
  const remotes = (await git.text(['remote'])).split('\n').filter(Boolean);
  const own = remotes.find((remote) => name.startsWith(`${remote}/`)) ?? (await git.line(['config', '--get', `branch.${name}.remote`]));
  if (own !== undefined && remotes.includes(own)) return own;
  return remotes.includes('origin') ? 'origin' : remotes.length === 1 ? remotes[0] : undefined;
}

async function fetch(git: Git, remote: string | undefined, log: (text: string) => void): Promise<void> {
  if (remote === undefined) return log('Nothing was fetched: the repository has no remote.');
  try {
    await git.run(['fetch', '--quiet', '--no-write-fetch-head', '--no-recurse-submodules', remote]);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    log(`Goes on with what is here, because nothing could be fetched: ${errorText(error)}`);
  }
}

/** The upstream of a branch that has all of its commits, and more. */
async function upstreamAhead(git: Git, name: string, commit: string): Promise<Base | undefined> {
  const upstream = await git.line(['rev-parse', '--abbrev-ref', '--symbolic-full-name', `${name}@{upstream}`]);
  const found = upstream === undefined ? undefined : await commitOf(git, upstream);
  if (upstream === undefined || found === undefined || found === commit) return undefined;
  const behind = await git.line(['rev-list', '--count', `${found}..${commit}`]);
  return behind === '0' ? { commit: found, name: upstream } : undefined;
}
