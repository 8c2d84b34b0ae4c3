import { join } from 'node:path';
import * as z from 'zod';
import { RECORD_VERSION } from '../domain/event';
import { NewerRecord } from '../domain/migrations';
import { readLines, wholeLines, type Line } from './lines';
import { numberedIn, type Files } from './files';

const NAME = /^(\d{8,})\.ndjson$/;

/** The first line of an epoch: how many bytes of every earlier epoch count; what stands after them is void. */
const Header = z.object({
  v: z.int(),
  epoch: z.int().positive(),
  counts: z.record(z.string(), z.int().nonnegative()),
  checkpointSeq: z.int().nonnegative(),
});
export type Header = z.infer<typeof Header>;

/** A complete line of the journal that is not what it should be. */
export class UnreadableJournal extends Error {
  constructor(path: string, line: number, why: string) {
    super(`The journal file ${path} cannot be read at line ${line}: ${why}.`);
  }
}

/** The counted bytes of an epoch. */
export interface Extent {
  epoch: number;
  bytes: number;
}

/** The files `journal/<epoch>.ndjson`. Whoever created the newest one owns the storage folder. */
export class Epochs {
  constructor(
    private readonly folder: string,
    private readonly files: Files,
  ) {}

  path(epoch: number): string {
    return join(this.folder, `${String(epoch).padStart(8, '0')}.ndjson`);
  }

  /** All epochs, oldest first. */
  list(): number[] {
    return numberedIn(this.files, this.folder, NAME);
  }

  /** What counts of each of these epochs. An epoch without a whole header counts nothing: its maker answered nothing yet. */
  extents(epochs: readonly number[]): Extent[] {
    let header: Header | undefined;
    for (const epoch of epochs.toReversed()) if ((header = this.header(epoch))) break;
    const newest = header?.epoch ?? epochs[0];
    if (newest === undefined) return [];
    const earlier = Object.entries(header?.counts ?? {}).map(([epoch, bytes]) => ({ epoch: Number(epoch), bytes }));
    const own = { epoch: newest, bytes: header ? wholeLines(this.files, this.path(newest)).bytes : 0 };
    const later = epochs.filter((epoch) => epoch > newest).map((epoch) => ({ epoch, bytes: 0 }));
    return [...earlier.sort((a, b) => a.epoch - b.epoch), own, ...later];
  }

  /** How many bytes after the last whole line a file has: what a crash left of a line. */
  torn(epoch: number): number {
    const { bytes, size } = wholeLines(this.files, this.path(epoch));
    return size - bytes;
  }

  lines(epoch: number, from: number, to: number): Generator<Line> {
    return readLines(this.files, this.path(epoch), from, to);
  }

  /** The number of the line, from 1, that starts at a byte offset. */
  lineNumber(epoch: number, at: number): number {
    let number = 1;
    for (const _ of this.lines(epoch, 0, at)) number++;
    return number;
  }

  /** Deletes epochs before `epoch`, oldest first, so that a tower whose epoch's follower is gone finds its own gone too. */
  removeBefore(epoch: number): void {
    for (const old of this.list()) {
      if (old >= epoch) return;
      this.files.removeSync(this.path(old));
    }
  }

  private header(epoch: number): Header | undefined {
    for (const { text } of this.lines(epoch, 0, Infinity)) {
      const header = headerOf(text);
      if (header?.epoch === epoch) return header;
      throw new UnreadableJournal(this.path(epoch), 1, 'it is not the first line of a journal file');
    }
    return undefined;
  }
}

function headerOf(text: string): Header | undefined {
  try {
    const header = Header.parse(JSON.parse(text));
    if (header.v <= RECORD_VERSION) return header;
  } catch {
    return undefined;
  }
  throw new NewerRecord('The journal has a later version.');
}

/** The header line of a new epoch that follows these. */
export function headerLine(epoch: number, extents: readonly Extent[], checkpointSeq: number): string {
  const counts = Object.fromEntries(extents.map((extent) => [extent.epoch, extent.bytes]));
  return JSON.stringify({ v: RECORD_VERSION, epoch, counts, checkpointSeq } satisfies Header);
}
