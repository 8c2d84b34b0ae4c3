import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeFiles, type Files } from '../../src/server/store/files';

/** A file or folder, whatever its name is at the moment. */
interface Inode {
  /** Its bytes when it was last synced; undefined for a folder. */
  synced?: Buffer;
}

/**
 * The real file system below a folder, of which a power cut leaves what POSIX promises and no more: the bytes of a file as they were when it
 * was synced, under the name it had when the folder of that name was synced. What is deleted stays deleted.
 */
export class PowerCut {
  readonly files: Files;
  private readonly names = new Map<string, Inode>();
  private readonly kept = new Map<string, Inode>();
  private readonly open = new Map<number, string>();
  private off = false;

  /** @param root is there, and empty but for what was never written through `files`. */
  constructor(private readonly root: string) {
    const real = nodeFiles;
    this.files = this.guarded({
      ...real,
      openSync: (path, flags) => this.opened(path, real.openSync(path, flags)),
      open: async (path, flags) => this.opened(path, await real.open(path, flags)),
      makeFolderSync: (path) => this.made(path, () => real.makeFolderSync(path)),
      makeFolder: async (path) => {
        const isNew = !existsSync(path);
        this.made(path, () => real.makeFolderSync(path));
        return isNew;
      },
      sync: async (fd) => {
        await real.sync(fd);
        this.sync(this.open.get(fd) ?? '');
      },
      rename: async (from, to) => {
        await real.rename(from, to);
        const inode = this.names.get(from);
        this.names.delete(from);
        if (inode) this.names.set(to, inode);
        for (const [fd, path] of this.open) if (path === from) this.open.set(fd, to);
      },
      removeSync: (path) => {
        real.removeSync(path);
        this.forget(path);
      },
      remove: async (path) => {
        await real.remove(path);
        this.forget(path);
      },
      removeFolder: async (path) => {
        await real.removeFolder(path);
        for (const name of [...this.names.keys(), ...this.kept.keys()]) if (name === path || name.startsWith(`${path}/`)) this.forget(name);
      },
    });
  }

  /** From here on every call fails, as nothing is written any more. */
  cut(): void {
    this.off = true;
  }

  /** The power is back: the folder is as the disk has it. Nobody may use `files` meanwhile. */
  restore(): void {
    for (const path of [...this.names.keys()].sort().reverse()) rmSync(path, { recursive: true, force: true });
    this.names.clear();
    for (const [path, inode] of [...this.kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
      // The way to it must have been kept too.
      if (dirname(path) !== this.root && !existsSync(dirname(path))) continue;
      if (inode.synced) writeFileSync(path, inode.synced, { mode: 0o600 });
      else mkdirSync(path, { recursive: true });
      this.names.set(path, inode);
    }
    this.kept.clear();
    for (const [path, inode] of this.names) this.kept.set(path, inode);
    this.off = false;
  }

  private guarded(files: Files): Files {
    const wrap =
      (operation: (...args: unknown[]) => unknown) =>
      (...args: unknown[]) => {
        if (!this.off || operation === (files.close as unknown) || operation === (files.closeSync as unknown)) return operation(...args);
        throw Object.assign(new Error('EIO: the power is off'), { code: 'EIO' });
      };
    return Object.fromEntries(Object.entries(files).map(([name, operation]) => [name, wrap(operation as never)])) as unknown as Files;
  }

  private opened(path: string, fd: number): number {
    this.open.set(fd, path);
    if (!this.names.has(path) && statSync(path).isFile()) this.names.set(path, { synced: Buffer.alloc(0) });
    return fd;
  }

  private made(path: string, make: () => void): void {
    make();
    for (let folder = path; folder.startsWith(`${this.root}/`); folder = dirname(folder))
      if (!this.names.has(folder)) this.names.set(folder, {});
  }

  private sync(path: string): void {
    const inode = this.names.get(path);
    if (inode?.synced) inode.synced = readFileSync(path);
    else for (const name of readdirSync(path)) this.keep(join(path, name));
  }

  private keep(path: string): void {
    const inode = this.names.get(path);
    if (inode) this.kept.set(path, inode);
  }

  private forget(path: string): void {
    this.names.delete(path);
    this.kept.delete(path);
  }
}
