import { errorCode, errorText } from '../base/errors';
import { emptyBoard, type Board } from '../domain/board';
import type { TowerRecord } from '../domain/event';
import { NewerRecord } from '../domain/migrations';
import { phrase, type Phrase } from '../domain/phrase';
import type { Checkpoints, Mark } from './checkpoint';
import { UnreadableJournal, type Epochs, type Extent } from './epochs';

/** How records become a board. */
export interface Folding {
  /** A line's value as a record of this version. @throws {NewerRecord} */
  lift: (value: unknown) => TowerRecord;
  fold: (board: Board, record: TowerRecord) => Board;
}

/** What the storage folder holds. */
export interface ReadJournal {
  board: Board;
  /** The records after the checkpoint. */
  tail: TowerRecord[];
  extents: Extent[];
  /** Why nothing may be written, for people. */
  problem?: Phrase;
}

/** Reads the checkpoint and the counted records of these epochs after it. */
export function readJournal(epochs: Epochs, checkpoints: Checkpoints, list: () => readonly number[], folding: Folding): ReadJournal {
  for (let tries = 0; ; tries++) {
    try {
      return readOnce(epochs, checkpoints, list(), folding);
    } catch (error) {
      // The owner may delete what its newest checkpoint holds while we read the one before.
      if (errorCode(error) !== 'ENOENT' || tries === 3) throw error;
    }
  }
}

function readOnce(epochs: Epochs, checkpoints: Checkpoints, list: readonly number[], { lift, fold }: Folding): ReadJournal {
  const read: ReadJournal = { board: emptyBoard(), tail: [], extents: [] };
  try {
    const newest = checkpoints.newest();
    if (newest) read.board = newest.board;
    read.extents = epochs.extents(list);
    for (const { epoch, at, text } of countedLines(epochs, read.extents, newest?.mark)) {
      const record = recordOf(epochs, epoch, at, text, lift);
      if (record.seq <= read.board.seq) continue;
      if (record.seq !== read.board.seq + 1) {
        const why = `record ${record.seq} follows record ${read.board.seq}; what was between them is missing`;
        throw new UnreadableJournal(epochs.path(epoch), epochs.lineNumber(epoch, at), why);
      }
      fold(read.board, record);
      read.tail.push(record);
    }
  } catch (error) {
    if (error instanceof NewerRecord)
      read.problem = phrase(
        '{0} A newer version of Tasktower wrote here. Update the extension to work in this folder; until then you can look, and nothing is written.',
        error.message,
      );
    else if (error instanceof UnreadableJournal)
      read.problem = phrase(
        '{0} You can look at what could be read, and nothing is written. Restore the file from a backup, or move the storage folder away to begin anew.',
        error.message,
      );
    else throw error;
  }
  return read;
}

function* countedLines(
  epochs: Epochs,
  extents: readonly Extent[],
  mark: Mark | undefined,
): Generator<{ epoch: number; at: number; text: string }> {
  for (const { epoch, bytes } of extents) {
    const from = mark?.epoch === epoch ? mark.bytes : 0;
    if ((mark && epoch < mark.epoch) || bytes <= from) continue;
    let end = from;
    for (const { at, text } of epochs.lines(epoch, from, bytes)) {
      end = at + Buffer.byteLength(text) + 1;
      if (at > 0) yield { epoch, at, text };
    }
    if (end !== bytes)
      throw new UnreadableJournal(
        epochs.path(epoch),
        epochs.lineNumber(epoch, end),
        `the file ends here, but ${bytes - end} more bytes were written`,
      );
  }
}

function recordOf(epochs: Epochs, epoch: number, at: number, text: string, lift: Folding['lift']): TowerRecord {
  try {
    return lift(JSON.parse(text));
  } catch (error) {
    if (error instanceof NewerRecord) throw error;
    throw new UnreadableJournal(epochs.path(epoch), epochs.lineNumber(epoch, at), errorText(error));
  }
}
