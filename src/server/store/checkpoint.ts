import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import { decodeBoard, type Board, type BoardData } from '../domain/board';
import { RECORD_VERSION } from '../domain/event';
import { NewerRecord } from '../domain/migrations';
import { numberedIn, syncFolder, writeWhole, type Files } from './files';
import { readWhole } from './lines';

const NAME = /^(\d{12,})\.json$/;

/** The first line of a checkpoint: the board on the second line holds every record up to `bytes` of `epoch`. */
const Head = z.object({
  v: z.int(),
  seq: z.int().nonnegative(),
  epoch: z.int().positive(),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
});

/** Up to where a board holds the journal. */
export interface Mark {
  seq: number;
  epoch: number;
  bytes: number;
}

/**
 * The files `checkpoints/<seq>.json`; the newest two are kept. They are named by `seq`, so a tower that another one has replaced
 * cannot put an older board in the place of a newer one.
 */
export class Checkpoints {
  /** The newest one that could be read or was written. */
  private last: Mark | undefined;

  constructor(
    private readonly folder: string,
    private readonly files: Files,
    private readonly log: Log,
  ) {}

  get seq(): number {
    return this.last?.seq ?? 0;
  }

  /** The epoch that it was written in; 0 without one. */
  get epoch(): number {
    return this.last?.epoch ?? 0;
  }

  /** The newest checkpoint that can be read. @throws {NewerRecord} when a newer version of Tasktower wrote it. */
  newest(): { mark: Mark; board: Board } | undefined {
    this.last = undefined;
    for (const seq of this.list().reverse()) {
      try {
        const { mark, board } = this.read(this.path(seq));
        this.last = mark;
        return { mark, board };
      } catch (error) {
        if (error instanceof NewerRecord) throw error;
        this.log.warn(
          `The checkpoint ${this.path(seq)} cannot be read (${errorText(error)}); the one before it and more of the journal are read instead.`,
        );
      }
    }
    return undefined;
  }

  /** Writes the next checkpoint. @returns the one before it, which needs the journal from there on. */
  async write(mark: Mark, boardText: string): Promise<Mark | undefined> {
    const { seq, epoch, bytes } = mark;
    const head = JSON.stringify({ v: RECORD_VERSION, seq, epoch, bytes, sha256: hash(boardText) } satisfies z.infer<typeof Head>);
    await this.files.makeFolder(this.folder);
    await writeWhole(this.files, this.path(seq), Buffer.from(`${head}\n${boardText}\n`));
    // Its folder may be new; what it holds is about to be deleted from the journal.
    await syncFolder(this.files, dirname(this.folder));
    const before = this.last;
    this.last = mark;
    if (before) for (const old of this.list()) if (old < before.seq) this.files.removeSync(this.path(old));
    return before;
  }

  private path(seq: number): string {
    return join(this.folder, `${String(seq).padStart(12, '0')}.json`);
  }

  private list(): number[] {
    return numberedIn(this.files, this.folder, NAME);
  }

  private read(path: string): { mark: Mark; board: Board } {
    const [first = '', boardText = ''] = readWhole(this.files, path).toString('utf8').split('\n');
    const { v, sha256, ...mark } = Head.parse(JSON.parse(first));
    if (v > RECORD_VERSION) throw new NewerRecord(`The checkpoint has version ${v}.`);
    if (hash(boardText) !== sha256) throw new Error('its checksum does not match');
    const board = decodeBoard(JSON.parse(boardText) as BoardData);
    if (board.seq !== mark.seq) throw new Error('its board ends at another record');
    return { mark, board };
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
