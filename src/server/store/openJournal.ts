import { join } from 'node:path';
import { errorCode, HumanError } from '../base/errors';
import { Emitter } from '../base/emitter';
import type { Log } from '../base/log';
import type { Board } from '../domain/board';
import type { TowerRecord } from '../domain/event';
import type { Phrase } from '../domain/phrase';
import type { Journal } from '../domain/ports';
import { Checkpoints } from './checkpoint';
import { Epochs } from './epochs';
import { diskError, nodeFiles, syncFolder, type Files } from './files';
import { createEpoch, FileJournal } from './journal';
import { readJournal, type Folding, type ReadJournal } from './journalReader';

export interface JournalOptions extends Folding {
  /** The storage folder. */
  dir: string;
  /** Sync each record to the disk before it is answered. */
  fsync: boolean;
  log: Log;
  files?: Files;
  /** Why nothing may be written, when the caller only wants to look. */
  readOnly?: string;
  /** An epoch grows to about this many bytes before the next one is begun. */
  epochBytes?: number;
}

export interface OpenedJournal {
  journal: Journal;
  board: Board;
  /** The records after the checkpoint: what the projections may lack after a crash. */
  tail: TowerRecord[];
  /** The epoch this tower owns; 0 when it is read-only. */
  epoch: number;
  /** Why nothing may be written, for people. */
  readOnly?: string | Phrase;
  /** The tower before did not end in order, so a power cut may have taken records that the files of tasks have. */
  mayLack?: boolean;
}

/**
 * Reads the storage folder and takes it over by creating the next epoch.
 * @throws {SteppedDown} when another tower did so at the same moment.
 * @throws {HumanError} when the folder may not be read or written.
 */
export async function openJournal(options: JournalOptions): Promise<OpenedJournal> {
  const { dir, log, files = nodeFiles } = options;
  const folder = join(dir, 'journal');
  const epochs = new Epochs(folder, files);
  const checkpoints = new Checkpoints(join(dir, 'checkpoints'), files, log);
  try {
    // Decided before anything is read, so that of two towers that find the owner gone one alone takes its place.
    const epoch = (epochs.list().at(-1) ?? 0) + 1;
    const first = readJournal(epochs, checkpoints, () => epochs.list(), options);
    const reason = options.readOnly ?? first.problem;
    if (reason !== undefined) return lookOnly(first, reason, options);
    await files.makeFolder(folder);
    const fd = createEpoch(files, epochs.path(epoch));
    const read = await settle(epochs, checkpoints, epoch, first, options).catch((error: unknown) => {
      files.closeSync(fd);
      throw error;
    });
    if (read.problem !== undefined) {
      files.closeSync(fd);
      return lookOnly(read, read.problem, options);
    }
    const { board, tail, extents } = read;
    const journal = new FileJournal({ ...options, files, epochs, checkpoints }, { fd, epoch, extents }, board.seq);
    journal.begin();
    return { journal, board, tail, epoch, mayLack: tail.length > 0 || epoch - 1 > checkpoints.epoch };
  } catch (error) {
    throw diskError(error, folder);
  }
}

/** What counts of the epochs before ours is what stands there now: whoever wrote before looks, and finds our epoch. */
async function settle(
  epochs: Epochs,
  checkpoints: Checkpoints,
  epoch: number,
  first: ReadJournal,
  options: JournalOptions,
): Promise<ReadJournal> {
  // By its name the next tower sees that this one was there, also after a power cut.
  for (const one of [join(options.dir, 'journal'), options.dir]) await syncFolder(options.files ?? nodeFiles, one);
  const earlier = (): number[] => epochs.list().filter((one) => one < epoch);
  const read = isStill(epochs, earlier(), first) ? first : readJournal(epochs, checkpoints, earlier, options);
  const last = read.extents.findLast(({ bytes }) => bytes > 0);
  if (last) await keep(options.files ?? nodeFiles, epochs, last.epoch, options.log);
  return read;
}

function isStill(epochs: Epochs, list: readonly number[], read: ReadJournal): boolean {
  try {
    return JSON.stringify(epochs.extents(list)) === JSON.stringify(read.extents);
  } catch {
    return false;
  }
}

function lookOnly({ board, tail }: ReadJournal, reason: string | Phrase, { dir, log }: JournalOptions): OpenedJournal {
  log.warn(`The storage folder ${dir} is open read-only. ${String(reason)}`);
  return { board, tail, epoch: 0, readOnly: reason, journal: new ReadOnlyJournal(reason) };
}

/** Our header says that the bytes of the last epoch count, so they must outlive a power cut that it outlives. */
async function keep(files: Files, epochs: Epochs, epoch: number, log: Log): Promise<void> {
  const path = epochs.path(epoch);
  try {
    const torn = epochs.torn(epoch);
    if (torn > 0)
      log.warn(`The journal file ${path} ended in a part of a line; its ${torn} bytes do not count, as nothing was answered for them.`);
    const fd = await files.open(path, 'r+');
    try {
      await files.sync(fd);
    } finally {
      await files.close(fd);
    }
  } catch (error) {
    // The tower before us has deleted it, as its checkpoint holds it.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** A journal that refuses every record, with the reason. */
class ReadOnlyJournal implements Journal {
  readonly onDidLose = new Emitter<Error>().event;
  readonly kept = Infinity;

  constructor(private readonly reason: string | Phrase) {}

  append(): Promise<void> {
    return Promise.reject(new HumanError(this.reason));
  }

  look(): void {}

  async checkpoint(): Promise<void> {}

  async dispose(): Promise<void> {}
}
