import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { childEnv } from '../childEnv';
import { Git } from '../worktree/git';

/** Folders that hold what others made, where no git says what to leave out. */
const NOT_OURS: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'vendor', 'dist', 'out', 'build', 'target', 'coverage']);

/** The files of a folder, as paths with `/` below it, in order. */
export interface FileList {
  files: string[];
  /** git said which files there are, so those that it ignores are left out. */
  byGit: boolean;
  /** There are more than `files` names. */
  isCut: boolean;
}

/** Lists at most `most` files: those that git knows or would take, else all but hidden ones and what others made. */
export async function listFiles(folder: string, most: number, signal: AbortSignal): Promise<FileList> {
  const known = await gitFiles(folder, signal);
  const files = known ?? (await walk(folder, most, signal));
  return { files: files.slice(0, most), byGit: known !== undefined, isCut: files.length > most };
}

/** Undefined when the folder is in no repository, or there is no git. */
async function gitFiles(folder: string, signal: AbortSignal): Promise<string[] | undefined> {
  try {
    const git = Git.ofFolder(folder, childEnv(process.env), signal);
    const files = await git.items(['ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    return [...new Set(files)].sort();
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function walk(folder: string, most: number, signal: AbortSignal): Promise<string[]> {
  const files: string[] = [];
  const folders = [''];
  while (folders.length > 0 && files.length <= most) {
    signal.throwIfAborted();
    const at = folders.shift() ?? '';
    const entries = await readdir(join(folder, at), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isFile()) files.push(path);
      else if (entry.isDirectory() && !entry.name.startsWith('.') && !NOT_OURS.has(entry.name)) folders.push(path);
    }
  }
  return files;
}

/** The size of a file, bytes; undefined for what is none (any more), such as a link. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}
