import type { Disposable } from '../base/disposables';
import { Emitter } from '../base/emitter';
import { errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import { emptyBoard, encodeBoard, type Board } from '../domain/board';
import type { TowerRecord } from '../domain/event';
import { NewerRecord } from '../domain/migrations';
import type { Journal, JournalSource, Listen } from '../domain/ports';
import { Behind } from '../domain/refusal';
import { Unanswered, type Commands } from './commands';
import type { Client, Connection } from './connection';

/** Records read at once, and how long one waits for the next, ms. */
const AT_ONCE = 500;
const BLOCK = 2_000;

/**
 * Appends a record only behind the one before it: `XADD` alone refuses an id that is not newer, but would leave a gap where Redis has lost
 * a record that was answered. Gives back where the journal ends when that is elsewhere.
 */
const APPEND = `
local last = '0-0'
local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
if not info.err then
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then last = info[i + 1] end end
end
if last ~= ARGV[1] then return last end
redis.call('XADD', KEYS[1], ARGV[2], 'r', ARGV[3])
return 'ok'
`;

/** What a Redis journal works with. */
export interface RedisJournalParts extends JournalSource {
  /** The key of the stream. */
  key: string;
  commands: Commands;
  /** A connection of its own, on which it waits for records. */
  reader: Connection;
  log: Log;
}

interface Entry {
  id: string;
  message: Record<string, string>;
}

/** The journal of a queue that several towers share: a Redis Stream whose entry ids are `<seq>-0`. */
export class RedisJournal implements Journal {
  private readonly lost = new Emitter<Error>();
  readonly onDidLose = this.lost.event;
  private readonly received = new Emitter<readonly TowerRecord[]>();
  /** Reading begins with whoever takes the records, so that none goes by. */
  readonly onDidReceive: Listen<readonly TowerRecord[]> = (listener) => {
    const subscription = this.received.event(listener);
    this.begin();
    return subscription;
  };
  private begun: Disposable | undefined;
  private closed: Error | undefined;
  /** The last record's text, by which a journal that went on without us is told apart. */
  private lastLine: string | undefined;
  /** The record that is being appended, and whether it has been read back. */
  private sought: { seq: number; line: string; found: boolean } | undefined;
  private catching: Promise<void> | undefined;

  private constructor(
    private readonly parts: RedisJournalParts,
    /** The last record that was received or appended. */
    private seq: number,
  ) {}

  /**
   * Reads the newest checkpoint and what came after it, and goes on reading.
   * @throws {HumanError} when the two do not belong together.
   */
  static async open(parts: RedisJournalParts): Promise<{ journal: RedisJournal; board: Board; tail: TowerRecord[] }> {
    const { checkpoints, key, commands, fold } = parts;
    const newest = checkpoints.newest();
    const board = newest?.board ?? emptyBoard();
    const journal = new RedisJournal(parts, board.seq);
    const tail: TowerRecord[] = [];
    const take = journal.received.event((records) => {
      for (const record of records) fold(board, record);
      tail.push(...records);
    });
    try {
      await journal.catchUp();
      const last = await commands.ask((client) => endOf(client, key));
      if (last < board.seq)
        throw new HumanError(
          `The journal in Redis (${key}) ends at record ${last}, but the data folder holds ${board.seq}: Redis lost records. Restore its data, or begin anew with another --queue and an empty --storage.`,
        );
    } finally {
      take.dispose();
    }
    return { journal, board, tail };
  }

  private begin(): void {
    if (this.begun) return;
    const { reader } = this.parts;
    this.begun = reader.onDidOpen((client) => void this.read(client));
    if (reader.client) void this.read(reader.client);
  }

  look(): void {
    if (this.closed) throw this.closed;
  }

  async append(record: TowerRecord): Promise<void> {
    const line = JSON.stringify(record);
    const { seq } = record;
    this.sought = { seq, line, found: false };
    for (;;) {
      this.look();
      const last = await this.tryAppend(seq, line);
      // No answer: asked again, it says whether the record is there.
      if (last === undefined) continue;
      if (last === 'ok') {
        if (this.seq === seq - 1) this.heard(seq, line);
        return;
      }
      if (seqOf(last) < seq - 1) throw this.close(lostRecords(this.parts.key, seqOf(last), seq - 1));
      await this.catchUp();
      if (this.sought.found) return;
      if (this.seq < seq) throw this.close(lostRecords(this.parts.key, this.seq, seq - 1));
      throw new Behind();
    }
  }

  private async tryAppend(seq: number, line: string): Promise<string | undefined> {
    const { commands, key } = this.parts;
    try {
      const wanted = { keys: [key], arguments: [`${seq - 1}-0`, `${seq}-0`, line] };
      return (await commands.ask((client) => client.eval(APPEND, wanted))) as string;
    } catch (error) {
      if (error instanceof Unanswered) return undefined;
      throw error;
    }
  }

  /** Delivers everything that is in the journal by now. */
  private catchUp(): Promise<void> {
    this.catching ??= this.readAll().finally(() => (this.catching = undefined));
    return this.catching;
  }

  private async readAll(): Promise<void> {
    const { commands, key } = this.parts;
    for (;;) {
      const from = `${this.seq + 1}-0`;
      const entries = await commands
        .ask((client) => client.xRange(key, from, '+', { COUNT: AT_ONCE }))
        .catch((error: unknown) => {
          if (error instanceof Unanswered) return undefined;
          throw error;
        });
      if (!entries) continue;
      this.deliver(entries);
      if (entries.length < AT_ONCE) return;
    }
  }

  /** Waits for records for as long as the connection lasts. */
  private async read(client: Client): Promise<void> {
    const { key, log } = this.parts;
    try {
      await this.compare(client);
      while (!this.closed && client.isReady) {
        const streams = await client.xRead({ key, id: `${this.seq}-0` }, { BLOCK, COUNT: AT_ONCE });
        const [stream] = (streams ?? []) as { messages: Entry[] }[];
        if (stream && !this.closed) this.deliver(stream.messages);
      }
    } catch (error) {
      if (this.closed) return;
      log.debug(`Records are no longer read: ${errorText(error)}`);
      // Whatever was wrong, a new connection begins anew.
      this.parts.reader.drop();
    }
  }

  /** After an outage: is what Redis has still what was read from it? */
  private async compare(client: Client): Promise<void> {
    const { key } = this.parts;
    const { seq, lastLine } = this;
    const last = await endOf(client, key);
    if (last < seq) throw this.close(lostRecords(key, last, seq));
    const [entry] = (await client.xRange(key, `${seq}-0`, `${seq}-0`)) ?? [];
    if (entry && lastLine !== undefined && entry.message.r !== lastLine) throw this.close(lostRecords(key, seq - 1, seq));
  }

  private deliver(entries: readonly Entry[]): void {
    const records: TowerRecord[] = [];
    for (const { id, message } of entries) {
      const seq = seqOf(id);
      if (seq <= this.seq) continue;
      if (seq !== this.seq + 1)
        throw this.close(
          new HumanError(
            `The journal in Redis (${this.parts.key}) goes on at record ${seq}, but the data folder ends at ${this.seq}. Mount the data folder that the other towers use, or start this tower again.`,
          ),
        );
      const line = message.r ?? '';
      records.push(this.recordOf(line, seq));
      this.heard(seq, line);
    }
    if (records.length > 0) this.received.fire(records);
  }

  private heard(seq: number, line: string): void {
    this.seq = seq;
    this.lastLine = line;
    if (this.sought?.seq === seq && this.sought.line === line) this.sought.found = true;
  }

  private recordOf(line: string, seq: number): TowerRecord {
    try {
      return this.parts.lift(JSON.parse(line));
    } catch (error) {
      const next = error instanceof NewerRecord ? 'Another tower of this queue is newer. Update this one.' : 'Restore Redis from a backup.';
      throw this.close(new HumanError(`Record ${seq} in Redis (${this.parts.key}): ${errorText(error)} ${next}`));
    }
  }

  get kept(): number {
    return this.parts.checkpoints.seq;
  }

  /** Keeps the board in the data folder, and drops what no start needs any more. Only the keeper of the folder does so. */
  async checkpoint(board: Board, ready?: Promise<void>): Promise<void> {
    const { checkpoints, commands, key } = this.parts;
    const mark = { seq: board.seq, epoch: 1, bytes: 0 };
    const text = JSON.stringify(encodeBoard(board));
    await ready;
    this.look();
    // Whoever kept the folder before may have written one since.
    checkpoints.newest();
    if (mark.seq <= checkpoints.seq) return;
    const before = await checkpoints.write(mark, text);
    if (before) await commands.ask((client) => client.xTrim(key, 'MINID', `${before.seq + 1}-0`));
  }

  async dispose(): Promise<void> {
    this.received.dispose();
    this.close(new HumanError('The tower has stopped. Ask another one of the team.'), false);
  }

  private close(reason: Error, tell = true): Error {
    if (this.closed) return this.closed;
    this.closed = reason;
    this.begun?.dispose();
    if (tell) this.lost.fire(reason);
    this.lost.dispose();
    return reason;
  }
}

function seqOf(id: string): number {
  return Number(id.split('-', 1)[0]);
}

/** The last record of a stream; 0 when there is none. */
async function endOf(client: Client, key: string): Promise<number> {
  if ((await client.exists(key)) === 0) return 0;
  return seqOf(String((await client.xInfoStream(key))['last-generated-id']));
}

function lostRecords(key: string, last: number, seq: number): HumanError {
  return new HumanError(
    `Redis has lost records that were answered: its journal (${key}) ends at ${last}, this tower is at ${seq}. The tower stops; started again, it goes on from what Redis has. Let Redis keep every write: appendonly yes, appendfsync always.`,
  );
}
