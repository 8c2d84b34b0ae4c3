import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HumanError } from '../base/errors';
import type { EvidenceStore } from '../domain/ports';
import type { PictureComparer } from './pictureComparer';
import { phrase } from '../domain/phrase';

/** Small pictures of stored ones, named by the hash of the large one. */
export class Thumbnails {
  /** @param folder where they lie, absolute; made when it is missing. */
  constructor(
    readonly folder: string,
    private readonly evidence: Pick<EvidenceStore, 'path'>,
    private readonly comparer: PictureComparer,
  ) {}

  /** The path of the thumbnail, which is made when it is missing. @throws {HumanError} when the picture cannot be read. */
  async of(sha256: string): Promise<string> {
    const path = this.evidence.path(sha256);
    if (path === undefined) throw new HumanError(phrase('This picture is no longer on the disk.'));
    const to = join(this.folder, `${sha256}.png`);
    if (existsSync(to)) return to;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await this.comparer.thumbnail(path, to);
    return to;
  }

  /** Deletes the thumbnail, if there is one. */
  async forget(sha256: string): Promise<void> {
    await rm(join(this.folder, `${sha256}.png`), { force: true });
  }
}
