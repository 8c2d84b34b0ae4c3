import { constants, copyFile, lstat, mkdir, readdir, readFile, readlink, realpath, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { errorText } from '../../base/errors';
import { isWithin } from './repository';

interface Copying {
  /** The main folder, and the new tree; both real paths. */
  from: string;
  to: string;
  log: (text: string) => void;
  signal?: AbortSignal;
}

/** Copies files and folders of the main folder into a tree. What is not there, or leads out of either, is said and left out. */
export async function copyFiles(paths: readonly string[], copying: Copying): Promise<void> {
  for (const path of paths) {
    try {
      await copy(path, copying, true);
    } catch (error) {
      copying.signal?.throwIfAborted();
      copying.log(`${path} was not copied: ${errorText(error)}`);
    }
  }
}

/** True when both are files with the same bytes. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => lstat(path).catch(() => undefined)));
  if (!a || !b) return false;
  if (a.isSymbolicLink() && b.isSymbolicLink()) return (await readlink(one)) === (await readlink(other));
  if (!a.isFile() || a.size !== (await realSize(other))) return false;
  return (await readFile(one)).equals(await readFile(other));
}

async function realSize(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

async function copy(path: string, copying: Copying, isNamed: boolean): Promise<void> {
  const { from, to, log, signal } = copying;
  signal?.throwIfAborted();
  const source = join(from, path);
  const found = await lstat(source).catch(() => undefined);
  if (!found) return log(`${path} was not copied: it is not in "${from}".`);
  if (!isWithin(from, await realpath(found.isSymbolicLink() ? dirname(source) : source)))
    return log(`${path} was not copied: it leads out of "${from}".`);
  if (found.isDirectory()) {
    await makeFolder(to, path);
    for (const name of await readdir(source)) if (name.toLowerCase() !== '.git') await copy(join(path, name), copying, false);
  } else if (found.isSymbolicLink()) {
    await copyLink(path, copying, isNamed);
  } else if (found.isFile()) {
    await copyBytes(source, path, to);
  }
}

/** A link that a person names stands for its file; one inside of a folder stays a link. Neither may lead out. */
async function copyLink(path: string, { from, to, log }: Copying, isNamed: boolean): Promise<void> {
  const source = join(from, path);
  const target = await realpath(source).catch(() => undefined);
  if (target === undefined || !isWithin(from, target) || target.slice(from.length).split(sep).includes('.git')) {
    return log(`${path} was not copied: the link leads out of "${from}", or nowhere.`);
  }
  if (isNamed && (await lstat(target)).isFile()) return copyBytes(target, path, to);
  const link = await readlink(source);
  if (!isWithin(from, resolve(dirname(source), link)) || resolve(link) === link)
    return log(`${path} was not copied: the link leads out of "${from}".`);
  await makeFolder(to, dirname(path));
  await symlink(link, join(to, path));
}

async function copyBytes(source: string, path: string, to: string): Promise<void> {
  await makeFolder(to, dirname(path));
  const target = join(to, path);
  const there = await lstat(target).catch(() => undefined);
  if (there && !there.isFile()) throw new Error('something else has its name in the tree');
  await copyFile(source, target, constants.COPYFILE_FICLONE);
}

/** Makes the folders of a path, and passes through no link: what the repository holds may lead anywhere. */
export async function makeFolder(root: string, path: string): Promise<void> {
  let at = root;
  for (const part of path.split(/[\\/]/).filter((name) => name !== '' && name !== '.')) {
    at = join(at, part);
    const found = await lstat(at).catch(() => undefined);
    if (found && !found.isDirectory()) throw new Error(`"${at}" is not a folder`);
    if (!found) await mkdir(at);
  }
}
