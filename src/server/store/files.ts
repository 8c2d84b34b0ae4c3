import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode, errorText, HumanError } from '../base/errors';
import { Refusal } from '../domain/refusal';
import { phrase, type Phrase } from '../domain/phrase';

/** The part of the file system that the store uses, so that a test can let it fail on cue. Names and errors are those of `node:fs`. */
export interface Files {
  openSync: (path: string, flags: string) => number;
  writeSync: (fd: number, bytes: Uint8Array, position: number) => number;
  readSync: (fd: number, into: Uint8Array, position: number) => number;
  truncateSync: (fd: number, length: number) => void;
  closeSync: (fd: number) => void;
  existsSync: (path: string) => boolean;
  listSync: (folder: string) => string[];
  makeFolderSync: (path: string) => void;
  removeSync: (path: string) => void;

  open: (path: string, flags: string) => Promise<number>;
  write: (fd: number, bytes: Uint8Array, position: number) => Promise<number>;
  read: (fd: number, into: Uint8Array, position: number) => Promise<number>;
  /** Brings the bytes of a file to the disk. */
  sync: (fd: number) => Promise<void>;
  truncate: (fd: number, length: number) => Promise<void>;
  close: (fd: number) => Promise<void>;
  rename: (from: string, to: string) => Promise<void>;
  remove: (path: string) => Promise<void>;
  removeFolder: (path: string) => Promise<void>;
  /** Resolves to whether it was not there. */
  makeFolder: (path: string) => Promise<boolean>;
  list: (folder: string) => Promise<string[]>;
  /** Size in bytes and time of the last change in ms. */
  stat: (path: string) => Promise<{ size: number; mtimeMs: number }>;
}

const open = promisify(fs.open);
const mkdir = promisify<string, number>(fs.mkdir);
const write = promisify(fs.write);
const read = promisify(fs.read);

/** The real file system. Files are made 0600, folders 0700. */
export const nodeFiles: Files = {
  openSync: (path, flags) => fs.openSync(path, flags, 0o600),
  writeSync: (fd, bytes, position) => fs.writeSync(fd, bytes, 0, bytes.length, position),
  readSync: (fd, into, position) => fs.readSync(fd, into, 0, into.length, position),
  truncateSync: fs.ftruncateSync,
  closeSync: fs.closeSync,
  existsSync: fs.existsSync,
  listSync: (folder) => fs.readdirSync(folder),
  makeFolderSync: (path) => void fs.mkdirSync(path, { recursive: true, mode: 0o700 }),
  removeSync: fs.unlinkSync,

  open: (path, flags) => open(path, flags, 0o600),
  write: async (fd, bytes, position) => (await write(fd, bytes, 0, bytes.length, position)).bytesWritten,
  read: async (fd, into, position) => (await read(fd, into, 0, into.length, position)).bytesRead,
  sync: promisify(fs.fsync),
  truncate: promisify(fs.ftruncate),
  close: promisify(fs.close),
  rename: promisify(fs.rename),
  remove: promisify(fs.unlink),
  removeFolder: (path) => fs.promises.rm(path, { recursive: true, force: true, maxRetries: 3 }),
  makeFolder: async (path) => {
    try {
      await mkdir(path, 0o700);
      return true;
    } catch (error) {
      // Mostly the one above it is there, and asking for all of them takes several times as long.
      if (errorCode(error) === 'ENOENT') return (await fs.promises.mkdir(path, { recursive: true, mode: 0o700 })) !== undefined;
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  },
  list: (folder) => fs.promises.readdir(folder),
  stat: (path) => fs.promises.stat(path),
};

/** Writes a whole file so that it is the old one or the new one, never a part: temporary file, sync, rename. @throws {HumanError} */
export async function writeWhole(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const fd = await files.open(temporary, 'wx');
    try {
      await writeAll(files, fd, bytes, 0);
      await files.sync(fd);
    } finally {
      await files.close(fd);
    }
    await files.rename(temporary, path);
    await syncFolder(files, dirname(path));
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw diskError(error, path);
  }
}

/** Brings the names in a folder to the disk, where the system knows how: Windows does by itself. */
export async function syncFolder(files: Files, folder: string): Promise<void> {
  let fd: number;
  try {
    fd = await files.open(folder, 'r');
  } catch (error) {
    if (process.platform === 'win32') return;
    throw error;
  }
  try {
    await files.sync(fd);
  } catch (error) {
    // Some file systems have no such call for folders.
    if (!['EINVAL', 'EPERM', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
  } finally {
    await files.close(fd);
  }
}

/** Writes all of `bytes` at `position`, going on after a short write. */
export async function writeAll(files: Files, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await files.write(fd, bytes.subarray(done), position + done);
}

/** The names in a folder; none when there is no such folder. */
export async function listFolder(files: Files, folder: string): Promise<string[]> {
  try {
    return await files.list(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The numbers in the names that `pattern` takes them from, lowest first; none when there is no such folder. */
export function numberedIn(files: Files, folder: string, pattern: RegExp): number[] {
  if (!files.existsSync(folder)) return [];
  return files
    .listSync(folder)
    .flatMap((name) => pattern.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

const SENTENCES: Readonly<Record<string, (path: string) => Phrase>> = {
  ENOSPC: (path) => phrase('The disk is full: nothing was stored. Free some space and try again. ({0})', path),
  EDQUOT: (path) => phrase('Your disk quota is used up: nothing was stored. Free some space and try again. ({0})', path),
  EMFILE: (path) => phrase('Too many files are open: nothing was stored. Close other programs and try again. ({0})', path),
};

/** What a failed file operation means for people, with the path; `code` and the first error are kept as `cause`. */
export function diskError(error: unknown, path: string): Error {
  const code = errorCode(error);
  // What is said already, and what did not come from the disk, such as a sender that went away.
  if (error instanceof HumanError || error instanceof Refusal || code === undefined || /^(ERR_|ABORT_|ECONN|EPIPE)/.test(code)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const known = SENTENCES[code];
  if (known) return new HumanError(known(path), { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const said = phrase('Tasktower may not write in {0}. Give your user write permission there, or open another folder.', path);
    return new HumanError(said, { cause: error });
  }
  const said = phrase('Tasktower could not read or write {0} ({1}). Check the disk and try again.', path, errorText(error));
  return new HumanError(said, { cause: error });
}
