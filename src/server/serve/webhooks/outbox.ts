import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode, errorText } from '../../base/errors';
import type { Log } from '../../base/log';
import { listFolder, nodeFiles, writeWhole } from '../../store/files';
import { Delivery, keyOf } from './delivery';

/** Up to which record everything is in the outbox, and when that record was made, ms. */
const Mark = z.object({ seq: z.int().nonnegative(), at: z.int() });
export type Mark = z.infer<typeof Mark>;

/** What is still to be delivered, one file each, so that it outlives the tower. */
export class Outbox {
  private readonly waiting: string;
  private readonly markPath: string;

  /** @param folder made when it is missing. */
  constructor(
    private readonly folder: string,
    private readonly log: Log,
  ) {
    this.waiting = join(folder, 'waiting');
    this.markPath = join(folder, 'mark.json');
  }

  /** Everything that waits, by receiver and task. What cannot be read is left where it is, and said; what a crash left half written goes. */
  async list(): Promise<Delivery[]> {
    const waiting: Delivery[] = [];
    for (const name of (await listFolder(nodeFiles, this.waiting)).sort()) {
      const path = join(this.waiting, name);
      if (name.endsWith('.tmp')) await nodeFiles.remove(path);
      const delivery = name.endsWith('.json') ? await this.read(path, Delivery) : undefined;
      if (delivery) waiting.push(delivery);
    }
    return waiting;
  }

  /** Keeps a delivery, in place of what was kept of it. @throws {HumanError} when the disk does not take it. */
  async put(delivery: Delivery): Promise<void> {
    await nodeFiles.makeFolder(this.waiting);
    await writeWhole(nodeFiles, this.pathOf(delivery), Buffer.from(JSON.stringify(delivery)));
  }

  async remove(delivery: Delivery): Promise<void> {
    try {
      await nodeFiles.remove(this.pathOf(delivery));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  /** undefined when nothing was ever sent from here. */
  async mark(): Promise<Mark | undefined> {
    return this.read(this.markPath, Mark);
  }

  async setMark(mark: Mark): Promise<void> {
    await nodeFiles.makeFolder(this.folder);
    await writeWhole(nodeFiles, this.markPath, Buffer.from(JSON.stringify(mark)));
  }

  private pathOf(delivery: Delivery): string {
    return join(this.waiting, `${keyOf(delivery)}.json`);
  }

  private async read<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | undefined> {
    try {
      return schema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.log.warn(`${path} cannot be read and is passed over: ${errorText(error)}`);
      return undefined;
    }
  }
}
