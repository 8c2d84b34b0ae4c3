import assert from 'node:assert/strict';
import { steadyClock, type Clock } from '../../../src/server/base/clock';
import { emptyBoard, decodeBoard, encodeBoard, findTask, type Board, type BoardData } from '../../../src/server/domain/board';
import type { Answer, CommandInput } from '../../../src/server/domain/command';
import { TowerRecord } from '../../../src/server/domain/event';
import type { Journal } from '../../../src/server/domain/ports';
import { NO_TARIFF, priceUsage } from '../../../src/server/domain/prices';
import { reduce } from '../../../src/server/domain/reduce';
import { Refusal } from '../../../src/server/domain/refusal';
import type { Actor, Task } from '../../../src/server/domain/task';
import { LeaseBook } from '../../../src/server/leases';
import { LiveBoard } from '../../../src/server/liveOverlay';
import { LocalTower } from '../../../src/server/tower';
import { PERSON, TOWER } from '../../support/ruleBench';
import { picture, samePicture } from './invariants';
import { AGENT_LEASE } from './reference';

const silent = (): void => undefined;

/** A command that was carried out, to be sent again. */
export interface Sent {
  input: CommandInput;
  by: Actor;
  id: string;
  answer: Answer;
  at: number;
}

/** The real tower, its journal and its archive in memory, its clocks set by hand. */
export class MemoryTower {
  /** The machine's clocks, ms. */
  readonly machine = { wall: 1_790_000_000_000, monotonic: 0 };
  readonly records: TowerRecord[] = [];
  readonly sent: Sent[] = [];
  /** The board folded from what stands in the journal alone. */
  readonly folded = emptyBoard();
  board = emptyBoard();
  /** The name of the tower that decides, where several share a queue. */
  here: string | undefined;
  private readonly archive = new Map<string, Task>();
  private readonly raw: Clock = { now: () => this.machine.wall, monotonic: () => this.machine.monotonic };
  private ids = 0;
  clock!: Clock;
  live!: LiveBoard;
  leases!: LeaseBook;
  private tower!: LocalTower;

  constructor() {
    this.start();
  }

  /** Ends the tower and starts another one, from the checkpoint and the journal. */
  restart(): void {
    this.dispose();
    const again = emptyBoard();
    for (const record of this.records) reduce(again, record);
    samePicture(again, this.board, 'All records folded from the start give the board.');
    this.board = this.decoded();
    this.start();
  }

  /** The board as a checkpoint brings it back. */
  decoded(): Board {
    return decodeBoard(JSON.parse(JSON.stringify(encodeBoard(this.board))) as BoardData);
  }

  private start(): void {
    this.clock = steadyClock(this.raw, this.board.at);
    this.live = new LiveBoard(this.clock);
    this.leases = new LeaseBook(this.clock, AGENT_LEASE);
    const journal: Journal = {
      look: silent,
      onDidLose: () => ({ dispose: silent }),
      append: (record) => Promise.resolve(this.keep(record)),
      kept: 0,
      checkpoint: () => Promise.resolve(),
      dispose: () => Promise.resolve(),
    };
    const name = (): string | undefined => this.here;
    this.tower = new LocalTower({
      ...{ board: this.board, journal, live: this.live, clock: this.clock },
      get here() {
        return name();
      },
      newId: () => this.newId(),
      log: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
      pricing: { prepare: () => Promise.resolve(), cost: (usage, by) => priceUsage(usage, by, NO_TARIFF, () => undefined) },
      recall: (ref) => Promise.resolve(structuredClone(this.archived(ref))),
      query: () => Promise.reject(new Error('Nothing is asked here.')),
    });
  }

  private archived(ref: string): Task | undefined {
    return this.archive.get(ref) ?? [...this.archive.values()].find(({ number }) => ref === `#${number}`);
  }

  private keep(record: TowerRecord): void {
    const written = JSON.parse(JSON.stringify(record)) as TowerRecord;
    assert.deepEqual(TowerRecord.parse(written), written, 'What is written can be read.');
    for (const event of written.events) {
      if (event.type === 'TasksArchived') for (const id of event.taskIds) this.put(id);
      if (event.type === 'TaskPurged') this.archive.delete(event.taskId);
    }
    this.records.push(written);
    reduce(this.folded, written);
  }

  private put(id: string): void {
    const task = findTask(this.board, id);
    if (task) this.archive.set(id, structuredClone(task));
  }

  /** Sends a command twice at once under one id. @returns undefined when it is refused, which must change nothing. */
  async send(input: CommandInput, by: Actor = PERSON): Promise<Answer | undefined> {
    const id = this.newId();
    const before = picture(this.board);
    const length = this.records.length;
    const [first, second] = await Promise.all([this.ask(input, by, id), this.ask(input, by, id)]);
    assert.deepEqual(second, first, 'The same command id gets the same answer.');
    const times = this.records.filter(({ commandId }) => commandId === id).length;
    assert.ok(times <= 1, `A command was carried out ${times} times.`);
    if (typeof first === 'string') {
      // Naming an archived task brings it back, whatever comes of the command.
      const recalled = this.records.slice(length).flatMap(({ events }) => events);
      if (recalled.length === 0) assert.equal(picture(this.board), before, 'A refused command changes nothing.');
      assert.ok(recalled.every(({ type }) => type === 'TaskRecalled'));
      return undefined;
    }
    if (times === 1) this.sent.push({ input, by, id, answer: first, at: this.board.at });
    return first;
  }

  /** @returns the sentence of a refusal as text. */
  async ask(input: CommandInput, by: Actor, id: string): Promise<Answer | string> {
    try {
      return await this.tower.execute(input, by, id);
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      throw error;
    }
  }

  /** What the timekeeper does when the alarm rings, until nothing is due. */
  async ring(late: boolean): Promise<void> {
    if (late) this.leases.grace();
    for (let seq = -1; seq !== this.board.seq;) {
      seq = this.board.seq;
      await this.send({ type: 'Tick' }, TOWER);
    }
    for (const lost of this.leases.check(this.board).lost) await this.send({ type: 'LoseAttempt', ...lost }, TOWER);
  }

  /** What the timekeeper does after each commit. */
  look(): void {
    this.leases.forget(this.board);
    this.leases.check(this.board);
  }

  task(id: string): Task | undefined {
    return this.board.tasks.get(id);
  }

  private newId(): string {
    return (++this.ids).toString().padStart(26, '0');
  }

  dispose(): void {
    this.tower.dispose();
    this.live.dispose();
  }
}
