import { join } from 'node:path';
import { errorCode, errorText, HumanError } from '../base/errors';
import { Emitter } from '../base/emitter';
import type { Log } from '../base/log';
import { encodeBoard, type Board } from '../domain/board';
import type { TowerRecord } from '../domain/event';
import type { Journal } from '../domain/ports';
import { SteppedDown } from '../domain/refusal';
import type { Checkpoints } from './checkpoint';
import { headerLine, type Epochs, type Extent } from './epochs';
import { diskError, syncFolder, type Files } from './files';
import { phrase } from '../domain/phrase';

/** The storage folder is gone from the disk. */
export class StorageGone extends HumanError {
  override readonly name = 'StorageGone';

  constructor(folder: string) {
    super(
      `The storage folder ${folder} was deleted while Tasktower ran, so nothing more is taken in. Put it back, or start again with an empty board.`,
    );
  }
}

/** Makes the file of an epoch, and with it an owner. @throws {SteppedDown} when another tower has made it. */
export function createEpoch(files: Files, path: string): number {
  try {
    return files.openSync(path, 'wx');
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw new SteppedDown();
    throw error;
  }
}

/** What the journal works with. */
export interface JournalParts {
  /** The storage folder. */
  dir: string;
  files: Files;
  epochs: Epochs;
  checkpoints: Checkpoints;
  log: Log;
  /** Sync each record to the disk before it is answered. */
  fsync: boolean;
  /** An epoch grows to about this many bytes before the next one is begun. */
  epochBytes?: number;
}

interface OwnEpoch {
  fd: number;
  epoch: number;
  /** What counts of the epochs before. */
  extents: Extent[];
}

/** The newest epoch, in the hands of its maker: write, look, then answer. */
export class FileJournal implements Journal {
  private size = 0;
  /** The size when the last record was answered. */
  private answered = 0;
  /** The file may end in a part of a line, which must be cut back before anything else is written. */
  private torn = false;
  private closed: Error | undefined;
  /** The epoch whose name is known to be on the disk. */
  private named = 0;
  private checkpointing: Promise<void> = Promise.resolve();
  private readonly lost = new Emitter<Error>();
  /** Nothing is written any more, with why: another tower has taken over, or the disk failed. */
  readonly onDidLose = this.lost.event;

  constructor(
    private readonly parts: JournalParts,
    private current: OwnEpoch,
    private seq: number,
  ) {}

  /** Writes the first line of the epoch. A full disk is no reason not to open: the next command tries again. */
  begin(): void {
    try {
      this.writeHeader();
    } catch (error) {
      this.parts.log.warn(`The journal could not be begun: ${errorText(error)}`);
    }
    this.look();
  }

  async append(record: TowerRecord): Promise<void> {
    if (this.closed) throw this.closed;
    if (record.seq !== this.seq + 1) throw new Error(`Record ${record.seq} cannot follow record ${this.seq}.`);
    if (this.size > (this.parts.epochBytes ?? 64 << 20)) await this.beginNext();
    if (this.size === 0) this.writeHeader();
    this.writeLine(JSON.stringify(record));
    if (this.parts.fsync) await this.sync();
    this.look();
    this.seq = record.seq;
    this.answered = this.size;
  }

  get kept(): number {
    return this.parts.checkpoints.seq;
  }

  checkpoint(board: Board, ready?: Promise<void>): Promise<void> {
    if (this.closed) return Promise.reject(this.closed);
    const { epoch } = this.current;
    // The board may be one record behind; then the reader skips what it has by its number.
    const mark = { seq: board.seq, epoch, bytes: board.seq === this.seq ? this.answered : 0 };
    const text = JSON.stringify(encodeBoard(board));
    const written = Promise.all([this.checkpointing, ready]).then(async () => {
      this.look();
      if (mark.seq === this.parts.checkpoints.seq) return;
      if (this.current.epoch === epoch) await this.parts.files.sync(this.current.fd);
      const before = await this.parts.checkpoints.write(mark, text);
      this.look();
      if (before) this.removeBefore(before.epoch);
    });
    this.checkpointing = written.catch(() => undefined);
    return written;
  }

  async dispose(): Promise<void> {
    await this.checkpointing;
    this.lost.dispose();
    this.close(new HumanError(phrase('The journal is closed. Try again in the window that is open.')));
  }

  private removeBefore(epoch: number): void {
    try {
      this.parts.epochs.removeBefore(epoch);
    } catch (error) {
      this.parts.log.warn(`Old journal files could not be deleted: ${errorText(error)}`);
    }
  }

  /** An epoch that has grown large is followed by one of our own, so that old records can go. */
  private async beginNext(): Promise<void> {
    // The next header says that these bytes count, so they must outlive a power cut that it outlives.
    await this.sync();
    this.look();
    const { epoch, extents, fd } = this.current;
    const next = this.openNext(epoch + 1);
    this.parts.files.closeSync(fd);
    this.current = { fd: next, epoch: epoch + 1, extents: [...extents, { epoch, bytes: this.size }] };
    this.size = 0;
    this.answered = 0;
  }

  private openNext(epoch: number): number {
    try {
      return createEpoch(this.parts.files, this.parts.epochs.path(epoch));
    } catch (error) {
      if (error instanceof SteppedDown) throw this.close(error);
      throw diskError(error, this.parts.epochs.path(epoch));
    }
  }

  private writeHeader(): void {
    const { epochs, checkpoints } = this.parts;
    const { epoch, extents } = this.current;
    const kept = new Set(epochs.list());
    this.writeLine(
      headerLine(
        epoch,
        extents.filter((extent) => kept.has(extent.epoch)),
        checkpoints.seq,
      ),
    );
  }

  /** One write: the line is whole or it is cut back. */
  private writeLine(line: string): void {
    const { fd, epoch } = this.current;
    if (this.torn) this.cutBack();
    const bytes = Buffer.from(`${line}\n`);
    try {
      if (this.parts.files.writeSync(fd, bytes, this.size) < bytes.length)
        throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
    } catch (error) {
      this.torn = true;
      try {
        this.cutBack();
      } catch (cut) {
        this.parts.log.error(`${errorText(cut)}`);
      }
      throw diskError(error, this.parts.epochs.path(epoch));
    }
    this.size += bytes.length;
  }

  private cutBack(): void {
    try {
      this.parts.files.truncateSync(this.current.fd, this.size);
    } catch (error) {
      const path = this.parts.epochs.path(this.current.epoch);
      throw new HumanError(
        phrase(
          'The journal {0} could not be repaired after a failed write. Check the disk and try again; until then nothing is written.',
          path,
        ),
        { cause: error },
      );
    }
    this.torn = false;
  }

  private async sync(): Promise<void> {
    const { dir, files } = this.parts;
    try {
      await files.sync(this.current.fd);
      if (this.named === this.current.epoch) return;
      // The name of a new file, and once that of its folder.
      for (const folder of [join(dir, 'journal'), dir]) await syncFolder(files, folder);
      this.named = this.current.epoch;
    } catch (error) {
      // What the disk holds now is unknown, and a second sync would not tell: only a fresh read does.
      const path = this.parts.epochs.path(this.current.epoch);
      throw this.close(
        new HumanError(phrase('The disk did not keep {0} ({1}). Check the disk, then reload the window.', path, errorText(error)), {
          cause: error,
        }),
      );
    }
  }

  look(): void {
    if (this.closed) throw this.closed;
    const { files, epochs, dir } = this.parts;
    const { epoch } = this.current;
    if (files.existsSync(epochs.path(epoch + 1))) throw this.close(new SteppedDown());
    if (files.existsSync(epochs.path(epoch))) return;
    // Epochs are deleted oldest first: when ours has gone and a later one is there, the one after ours has gone too.
    throw this.close(epochs.list().some((later) => later > epoch) ? new SteppedDown() : new StorageGone(dir));
  }

  private close(reason: Error): Error {
    if (this.closed) return this.closed;
    this.closed = reason;
    this.parts.files.closeSync(this.current.fd);
    this.lost.fire(reason);
    return reason;
  }
}
