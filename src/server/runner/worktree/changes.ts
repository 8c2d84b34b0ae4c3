import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { errorCode } from '../../base/errors';
import type { Git } from './git';

/** The largest patch, bytes. */
const MAX_PATCH = 16 * 1024 * 1024;
const FILE = '\ndiff --git ';
/** As git shows changes when nobody has set anything, and without running anything. */
const PLAIN = [
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--unified=3',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--submodule=short',
  '--ignore-submodules=dirty',
];

/** All that changed in a tree since its base: committed, staged, changed and new files. */
export interface TreePatch {
  bytes: Buffer;
  files: number;
  /** Those of them that are named only. */
  binaries: number;
  /** More than fits: the files at the end were left out. */
  isCut: boolean;
}

export interface ChangesOptions {
  /** The commit the tree started from. */
  base: string;
  gitDir: string;
  /** What was copied into the tree; its new files are nobody's work. */
  copied: readonly string[];
}

/** @returns undefined when nothing changed. @throws {GitError} */
export async function patchOf(git: Git, options: ChangesOptions, maxBytes = MAX_PATCH): Promise<TreePatch | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'tasktower-index-'));
  try {
    // The tree's own index stays as the agent left it.
    const index = join(folder, 'index');
    await copyFile(join(options.gitDir, 'index'), index).catch(ignoreMissing);
    const env = { GIT_INDEX_FILE: index };
    const added = (await newFiles(git, options.copied)).filter((file) => !file.endsWith('/'));
    if (added.length > 0) {
      const input = added.join('\0');
      await git.run(['--literal-pathspecs', 'add', '--intent-to-add', '--pathspec-from-file=-', '--pathspec-file-nul'], { input, env });
    }
    const args = ['diff', ...PLAIN, options.base, '--', ...(await scope(git, options))];
    const { output, cut } = await git.run(args, { env, maxBytes });
    return read(output, cut);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The names of all files changed since the base. @throws {GitError} */
export async function changedFiles(git: Git, options: ChangesOptions): Promise<string[]> {
  const args = ['diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', '--ignore-submodules=dirty', options.base, '--'];
  const changed = await git.items([...args, ...(await scope(git, options))]);
  return [...new Set([...changed, ...(await newFiles(git, options.copied))])];
}

/** True for what was copied, and all below it. */
export function isCopied(copied: readonly string[], file: string): boolean {
  const names = copied.map(nameOf);
  return names.some((name) => file === name || file.startsWith(`${name}/`));
}

async function newFiles(git: Git, copied: readonly string[]): Promise<string[]> {
  const files = await git.items(['ls-files', '--others', '--exclude-standard', '-z']);
  return files.filter((file) => !isCopied(copied, file));
}

/** The whole tree without copies that the base does not have, even when the agent committed them: they may be secret. */
async function scope(git: Git, { base, copied }: ChangesOptions): Promise<string[]> {
  const names = copied.map(nameOf);
  if (names.length === 0) return [':(top)'];
  const inBase = new Set(await git.items(['--literal-pathspecs', 'ls-tree', '-z', '--name-only', base, '--', ...names]));
  return [':(top)', ...names.filter((name) => !inBase.has(name)).map((name) => `:(top,exclude,literal)${name}`)];
}

function nameOf(path: string): string {
  return posix.normalize(path.replaceAll('\\', '/')).replace(/^\.\/|\/+$/g, '');
}

function read(output: Buffer, isCut: boolean): TreePatch | undefined {
  const bytes = isCut ? output.subarray(0, output.lastIndexOf(FILE) + 1) : output;
  if (bytes.length === 0 && !isCut) return undefined;
  const text = `\n${bytes.toString('latin1')}`;
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  return { bytes, isCut, files: count(/^diff --git /gm), binaries: count(/^Binary files .* differ$/gm) };
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
