import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyBoard, encodeBoard, type Board, type BoardData } from '../../src/server/domain/board';
import type { TowerEvent, TowerRecord } from '../../src/server/domain/event';
import { reduce } from '../../src/server/domain/reduce';

/**
 * Reads the journal by itself, keeps every record, and folds them: what the tower says is held against this.
 * A record that was seen once must never change or go.
 */
export class Witness {
  /** The board that the records make. */
  readonly board: Board = emptyBoard();
  /** The same, with what has been archived. */
  readonly whole: Board = emptyBoard();
  /** By `seq` - 1. */
  readonly records: string[] = [];
  events = 0;
  private readonly commands = new Map<string, number>();
  private readonly attempts = new Map<string, { agentId: string; ended: boolean }>();
  private readonly counts = new Map<string, number>();

  constructor(private readonly storage: string) {}

  /** How many records a command with this id at the end of its own left. */
  effects(key: string): number {
    let count = 0;
    for (const [id, times] of this.commands) if (id.endsWith(`:${key}`)) count += times;
    return count;
  }

  /** Reads what is new, and holds the rest against what it was. @throws {AssertionError} */
  read(): void {
    for (const line of this.lines()) {
      const { seq } = recordOf(line, this.records.length);
      const known = this.records[seq - 1];
      if (known !== undefined) {
        assert.equal(line, known, `record ${seq} has changed`);
        continue;
      }
      assert.equal(seq, this.records.length + 1, `records before ${seq} are gone`);
      this.records.push(line);
      this.take(JSON.parse(line) as TowerRecord, JSON.parse(line) as TowerRecord);
    }
  }

  /** Holds the board of a snapshot against the fold; the tower may have gone on since. */
  compare(snapshot: BoardData): void {
    this.read();
    assert.ok(snapshot.seq <= this.board.seq, `the tower is at ${snapshot.seq}, its journal at ${this.board.seq}`);
    const board = snapshot.seq === this.board.seq ? this.board : this.foldTo(snapshot.seq);
    assert.deepEqual(
      plain({ ...snapshot, answers: [] }),
      plain({ ...encodeBoard(board), answers: [] }),
      'the board is not what the records make',
    );
  }

  /** Holds records that a viewer was sent against the journal. */
  confirm(records: readonly TowerRecord[]): void {
    for (const record of records)
      assert.deepEqual(
        plain(record),
        JSON.parse(this.records[record.seq - 1] ?? 'null'),
        `record ${record.seq} that a viewer was sent is not in the journal`,
      );
  }

  private foldTo(seq: number): Board {
    const board = emptyBoard();
    for (const line of this.records.slice(0, seq)) reduce(board, JSON.parse(line) as TowerRecord);
    return board;
  }

  private take(record: TowerRecord, copy: TowerRecord): void {
    assert.ok(record.at >= this.board.at, `record ${record.seq} is older than the one before it`);
    this.commands.set(record.commandId, (this.commands.get(record.commandId) ?? 0) + 1);
    assert.equal(this.commands.get(record.commandId), 1, `the command ${record.commandId} took effect twice`);
    for (const event of record.events) this.hold(event);
    this.events += record.events.length;
    reduce(this.board, record);
    const events = copy.events.filter(({ type }) => type !== 'TasksArchived' && type !== 'TaskRecalled');
    reduce(this.whole, { ...copy, events });
  }

  /** The rules of attempts: numbered without gap, one holder each, one end each, one open at a time. */
  private hold(event: TowerEvent): void {
    if (event.type === 'AttemptStarted') {
      const { taskId, attempt } = event;
      const before = this.counts.get(taskId) ?? 0;
      assert.equal(attempt.n, before + 1, `attempt ${attempt.n} of ${taskId} follows attempt ${before}`);
      if (before > 0) assert.ok(this.attempts.get(`${taskId}/${before}`)?.ended, `two attempts of ${taskId} are open`);
      this.counts.set(taskId, attempt.n);
      this.attempts.set(`${taskId}/${attempt.n}`, { agentId: attempt.agentId, ended: false });
    }
    if (event.type !== 'AttemptEnded') return;
    const attempt = this.attempts.get(`${event.taskId}/${event.attempt}`);
    assert.ok(attempt, `attempt ${event.attempt} of ${event.taskId} ended and never began`);
    assert.ok(!attempt.ended, `attempt ${event.attempt} of ${event.taskId} ended twice`);
    attempt.ended = true;
  }

  /** The lines that count, in order: as the newest header says, and all whole lines of the newest file. */
  private lines(): string[] {
    const folder = join(this.storage, 'journal');
    if (!existsSync(folder)) return [];
    const epochs = readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .sort();
    const texts = new Map(epochs.map((name) => [Number.parseInt(name, 10), readFileSync(join(folder, name))]));
    const newest = [...texts.keys()].reverse().find((epoch) => texts.get(epoch)?.includes('\n'));
    if (newest === undefined) return [];
    const { counts } = JSON.parse(firstLine(texts.get(newest))) as { counts: Record<string, number> };
    const read = (epoch: number, bytes: number): string[] =>
      (texts.get(epoch) ?? Buffer.alloc(0)).subarray(0, bytes).toString('utf8').split('\n').slice(1, -1);
    const earlier = Object.entries(counts).sort(([a], [b]) => Number(a) - Number(b));
    return [...earlier.flatMap(([epoch, bytes]) => read(Number(epoch), bytes)), ...read(newest, Infinity)];
  }
}

function recordOf(line: string, before: number): TowerRecord {
  try {
    return JSON.parse(line) as TowerRecord;
  } catch {
    return assert.fail(`the journal is broken after record ${before}: ${line.slice(0, 200)}`);
  }
}

function firstLine(bytes: Buffer | undefined): string {
  return bytes?.subarray(0, bytes.indexOf('\n')).toString('utf8') ?? '';
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
