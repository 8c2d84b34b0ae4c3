import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { EvidenceStore } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { diskError, listFolder, nodeFiles, syncFolder, writeAll, type Files } from './files';
import { pictureType } from './mime';

const SHA256 = /^[0-9a-f]{64}$/;

/** Evidence bytes in `evidence/<first two hex digits>/<sha256>`. */
export class FolderEvidenceStore implements EvidenceStore {
  private readonly root: string;
  private readonly temporary: string;
  /** What was put in the last `settleMs`. */
  private readonly lately = new Map<string, NodeJS.Timeout>();
  /** The end of the line of those that get the same name. */
  private readonly keeping = new Map<string, Promise<boolean>>();

  /**
   * @param maxBytes the largest piece of evidence. @param settleMs how long a record may follow its file, ms.
   * @param shared several towers put files here, so the time of a file says how lately that was.
   */
  constructor(
    dir: string,
    private readonly maxBytes: number,
    private readonly files: Files = nodeFiles,
    private readonly settleMs = 60_000,
    private readonly shared = false,
  ) {
    this.root = join(dir, 'evidence');
    this.temporary = join(this.root, 'tmp');
  }

  /** @throws {HumanError} when the disk does not take it; nothing is left behind. */
  async put(bytes: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number; known: boolean }> {
    const path = join(this.temporary, randomBytes(12).toString('hex'));
    try {
      await this.files.makeFolder(this.temporary);
      const stored = await this.receive(path, bytes);
      this.settle(stored.sha256);
      const known = await this.keep(path, stored.sha256);
      // Again: a slow disk must not use the time up.
      this.settle(stored.sha256);
      return { ...stored, known };
    } catch (error) {
      await this.files.remove(path).catch(() => undefined);
      throw diskError(error, this.root);
    }
  }

  path(sha256: string): string | undefined {
    if (!SHA256.test(sha256)) return undefined;
    const path = this.pathOf(sha256);
    return this.files.existsSync(path) ? path : undefined;
  }

  async pictureType(sha256: string): Promise<string | undefined> {
    const path = this.path(sha256);
    return path === undefined ? undefined : pictureType(path);
  }

  async list(): Promise<string[]> {
    const folders = (await listFolder(this.files, this.root)).filter((folder) => /^[0-9a-f]{2}$/.test(folder));
    const names = await Promise.all(folders.map((folder) => listFolder(this.files, join(this.root, folder))));
    return names.flat().filter((name) => SHA256.test(name));
  }

  async size(sha256: string): Promise<number> {
    const path = this.path(sha256);
    return path === undefined ? 0 : (await this.files.stat(path)).size;
  }

  async delete(sha256: string): Promise<boolean> {
    if (this.lately.has(sha256)) return false;
    const path = this.path(sha256);
    if (path === undefined) return true;
    if (this.shared && (await this.files.stat(path)).mtimeMs > Date.now() - this.settleMs) return false;
    await this.files.remove(path);
    return true;
  }

  async sweep(): Promise<number> {
    const halves = await listFolder(this.files, this.temporary);
    for (const name of halves) await this.files.remove(join(this.temporary, name));
    return halves.length;
  }

  private settle(sha256: string): void {
    clearTimeout(this.lately.get(sha256));
    this.lately.set(sha256, setTimeout(() => this.lately.delete(sha256), this.settleMs).unref());
  }

  private pathOf(sha256: string): string {
    return join(this.root, sha256.slice(0, 2), sha256);
  }

  private async receive(path: string, bytes: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
    const hash = createHash('sha256');
    const fd = await this.files.open(path, 'wx');
    try {
      let size = 0;
      for await (const chunk of bytes) {
        if (size + chunk.length > this.maxBytes) {
          const limit = `${Math.floor(this.maxBytes / 2 ** 20) || this.maxBytes} ${this.maxBytes >= 2 ** 20 ? 'MiB' : 'bytes'}`;
          throw new Refusal('too_large', `This evidence is larger than ${limit}. Make it smaller or hand it in in parts.`, {
            maxBytes: this.maxBytes,
          });
        }
        hash.update(chunk);
        await writeAll(this.files, fd, chunk, size);
        size += chunk.length;
      }
      await this.files.sync(fd);
      return { sha256: hash.digest('hex'), bytes: size };
    } finally {
      await this.files.close(fd);
    }
  }

  /** Gives the bytes their name. The same bytes are kept once. @returns whether they were there already. */
  private async keep(path: string, sha256: string): Promise<boolean> {
    // One after another, so that of two that come at once one alone is new.
    const before = this.keeping.get(sha256) ?? Promise.resolve(false);
    const turn = before.catch(() => false).then(() => this.place(path, sha256));
    this.keeping.set(sha256, turn);
    try {
      return await turn;
    } finally {
      if (this.keeping.get(sha256) === turn) this.keeping.delete(sha256);
    }
  }

  private async place(path: string, sha256: string): Promise<boolean> {
    const kept = this.pathOf(sha256);
    // In place of the same bytes the file is new, so that no other tower deletes it as an old one.
    if (this.files.existsSync(kept) && !this.shared) {
      await this.files.remove(path);
      return true;
    }
    const known = this.files.existsSync(kept);
    await this.files.makeFolder(dirname(kept));
    await this.files.rename(path, kept);
    // So that the record which names it never outlives it.
    for (const folder of [dirname(kept), this.root, dirname(this.root)]) await syncFolder(this.files, folder);
    return known;
  }
}
