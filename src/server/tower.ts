import type { Clock } from './base/clock';
import type { Disposable } from './base/disposables';
import { Emitter } from './base/emitter';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import { answerOf } from './domain/answer';
import { findTask, tasksIn, type Board } from './domain/board';
import { Command, type Answer, type CommandInput } from './domain/command';
import type { Cost } from './domain/cost';
import { decide } from './domain/decide';
import { RECORD_VERSION, type TowerRecord } from './domain/event';
import type { Journal, Pricing, Tower } from './domain/ports';
import type { Spender } from './domain/prices';
import type { AgentOutput, LogLine, Query, QueryResult } from './domain/query';
import { reduce } from './domain/reduce';
import { Behind, read, Refusal, TowerStopped } from './domain/refusal';
import { toldUsage } from './domain/rules/usageRules';
import type { Secrets } from './domain/secrets';
import type { Phrase } from './domain/phrase';
import type { Actor, Task, Usage } from './domain/task';
import { whyNotNow } from './domain/waiting';
import type { LiveBoard } from './liveOverlay';

/** What the owner's tower works with. */
export interface TowerParts {
  board: Board;
  journal: Journal;
  live: LiveBoard;
  clock: Clock;
  newId: () => string;
  log: Log;
  pricing: Pricing;
  /** Its name, where several towers share a queue. */
  here?: string | undefined;
  /** The archived task a command names, or undefined. */
  recall(ref: string): Promise<Task | undefined>;
  query<Q extends Query>(query: Q): Promise<QueryResult<Q>>;
  /** Why nothing may be written, for people; undefined = all is well. */
  readOnly?: string | Phrase;
  /** Taken out of what agents say before it is kept. */
  secrets?: Secrets;
}

/** Commands that carry the words of an agent. */
const SAID: ReadonlySet<Command['type']> = new Set(['ReportAgentFailure', 'AskInput', 'DeclineAttempt', 'ReportError', 'ReportResult']);

/** The tower in the window that owns the storage folder: commands in, records out. */
export class LocalTower implements Tower, Disposable {
  private readonly committed = new Emitter<readonly TowerRecord[]>((error) => this.failed(error));
  private readonly logged = new Emitter<readonly LogLine[]>((error) => this.failed(error));
  private readonly printed = new Emitter<AgentOutput>((error) => this.failed(error));
  readonly onDidCommit = this.committed.event;
  readonly onDidLog = this.logged.event;
  readonly onDidPrint = this.printed.event;
  readonly onDidChangeLive;
  private batch: TowerRecord[] = [];
  /** The end of the line of commands: each waits for the one before. */
  private tail: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private readonly receiving: Disposable | undefined;

  constructor(private readonly parts: TowerParts) {
    this.onDidChangeLive = parts.live.onDidChange;
    this.receiving = parts.journal.onDidReceive?.((records) => {
      for (const record of records) this.take(record);
    });
  }

  get board(): Board {
    return this.parts.board;
  }

  get live(): LiveBoard {
    return this.parts.live;
  }

  execute(input: CommandInput, by: Actor, commandId = this.parts.newId()): Promise<Answer> {
    const answer = this.tail.then(() => this.carryOut(input, by, commandId));
    this.tail = answer.catch(() => undefined);
    return answer;
  }

  async query<Q extends Query>(query: Q): Promise<QueryResult<Q>> {
    if (this.stopped) throw new TowerStopped();
    // Files and history learn of a record with its batch; the board that the asker sees may be ahead of that.
    while (this.batch.length > 0) await new Promise((delivered) => setImmediate(delivered));
    this.parts.journal.look();
    return this.parts.query(query);
  }

  /** Tells whoever watches logs; the lines are stored already. */
  tellLines(lines: readonly LogLine[]): void {
    this.logged.fire(lines);
  }

  /** Tells whoever watches what an agent's own process printed. */
  tellOutput(output: AgentOutput): void {
    this.printed.fire(output);
  }

  /** Refuses every command from now on: the tower stops here, and another one may carry them out. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves when every command asked so far is answered. */
  async settled(): Promise<void> {
    await this.tail;
    this.deliver();
  }

  private async carryOut(input: CommandInput, by: Actor, commandId: string): Promise<Answer> {
    const { secrets } = this.parts;
    const asked = read(Command, input, 'This command');
    const command = secrets && SAID.has(asked.type) ? secrets.redactAll(asked) : asked;
    for (;;) {
      if (this.stopped) throw new TowerStopped();
      try {
        return await this.tryOut(command, by, commandId);
      } catch (error) {
        if (!(error instanceof Behind)) throw error;
      }
    }
  }

  /** @throws {Behind} when another tower of the queue wrote first. */
  private async tryOut(command: Command, by: Actor, commandId: string): Promise<Answer> {
    const { board, readOnly } = this.parts;
    if (readOnly !== undefined) throw new Refusal('unavailable', readOnly);
    const given = board.answers.get(commandId);
    if (given) return { ...withoutTime(given), ...this.message(command) };
    for (const ref of namedTasks(command)) await this.bringBack(ref);
    for (const { after } of retried(board, command)) await this.bringBackAwaited(after);
    const told = toldUsage(board, command);
    if (told) await this.parts.pricing.prepare(told.usage, told.by);
    const answer = (await this.commit(command, by, commandId)) ?? { seq: board.seq };
    return { ...answer, ...this.message(command) };
  }

  /** Decides, writes, looks, folds. @returns undefined when the command asks for what is so already. */
  private async commit(command: Command, by: Actor, commandId: string): Promise<Answer | undefined> {
    const { board, journal, clock, newId, pricing, here: tower } = this.parts;
    const now = Math.max(Math.trunc(clock.now()), board.at);
    const costOf = (usage: Usage, spender: Spender): Cost => pricing.cost(usage, spender, now);
    const events = [...decide({ board, by, now, newId, costOf, tower }, command)];
    if (events.length === 0) return undefined;
    const record: TowerRecord = { v: RECORD_VERSION, seq: board.seq + 1, at: now, by, commandId, events };
    await journal.append(record);
    this.take(record);
    return answerOf(record);
  }

  /** Folds a record, unless it was received already. */
  private take(record: TowerRecord): void {
    const { board } = this.parts;
    if (record.seq <= board.seq) return;
    reduce(board, record);
    this.schedule(record);
  }

  /** A command on an archived task brings it back to the board first. */
  private async bringBack(ref: string): Promise<void> {
    if (findTask(this.board, ref)) return;
    const task = await this.parts.recall(ref);
    if (task) await this.commit({ type: 'RecallTask', task }, { kind: 'tower', name: 'tower' }, this.parts.newId());
  }

  /** A retried task waits again for what may have failed and been archived since; what is gone from the disk holds up nobody. */
  private async bringBackAwaited(refs: readonly string[]): Promise<void> {
    for (const ref of refs)
      await this.bringBack(ref).catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.code !== 'not_found') throw error;
      });
  }

  private message(command: Command): { message?: string } {
    if (command.type !== 'StartNow') return {};
    const task = findTask(this.board, command.taskId);
    // The same command may come again when the task runs already.
    const message = task?.startNow && whyNotNow(this.board, this.live, task, this.parts.clock.now());
    return message ? { message } : {};
  }

  private schedule(record: TowerRecord): void {
    this.batch.push(record);
    // After the call stack, so that a listener that executes a command cannot overtake another.
    if (this.batch.length === 1) setImmediate(() => this.deliver());
  }

  private deliver(): void {
    const batch = this.batch;
    if (batch.length === 0) return;
    this.batch = [];
    for (const record of batch) {
      for (const event of record.events)
        if (event.type === 'AttemptEnded' || event.type === 'TaskPurged') this.live.clearTask(event.taskId);
    }
    this.committed.fire(batch);
  }

  private failed(error: unknown): void {
    this.parts.log.error(`A view of the board failed: ${errorText(error)}`, error);
  }

  dispose(): void {
    this.stop();
    this.receiving?.dispose();
    this.committed.dispose();
    this.logged.dispose();
    this.printed.dispose();
  }
}

function namedTasks(command: Command): string[] {
  if (command.type === 'EditTask') return [command.taskId, ...(command.patch.after ?? [])];
  if ('taskId' in command) return [command.taskId];
  if (!('spec' in command)) return [];
  const { after, continues } = command.spec;
  return continues === undefined ? after : [...after, continues];
}

function retried(board: Board, command: Command): readonly Task[] {
  if (command.type === 'RetryFailed') return tasksIn(board, 'failed');
  const task = command.type === 'RetryTask' ? findTask(board, command.taskId) : undefined;
  return task ? [task] : [];
}

function withoutTime({ at: _, ...answer }: Answer & { at: number }): Answer {
  return answer;
}
