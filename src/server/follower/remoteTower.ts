import { Emitter } from '../base/emitter';
import { NoAnswer } from '../base/errors';
import { decodeBoard, emptyBoard, type Board } from '../domain/board';
import type { Answer, CommandInput } from '../domain/command';
import type { TowerRecord } from '../domain/event';
import type { LiveAgent, LiveChange, LiveTask } from '../domain/live';
import type { Tower } from '../domain/ports';
import type { AgentOutput, LogLine, Query, QueryResult } from '../domain/query';
import { reduce } from '../domain/reduce';
import type { Actor } from '../domain/task';
import type { BoardNotices } from '../protocol/board';
import { PROTOCOL } from '../protocol/version';
import type { BoardChannel, BoardNotice, CloseReason } from './boardChannel';

/** A tower elsewhere, followed over a channel: its records folded here, commands and queries sent there. */
export class RemoteTower implements Tower {
  /** The same object for as long as the tower is followed, also when it is filled anew. */
  readonly board: Board = emptyBoard();
  readonly live: { tasks: Map<string, LiveTask>; agents: Map<string, LiveAgent>; trouble?: string | undefined } = {
    tasks: new Map(),
    agents: new Map(),
  };
  private readonly committed = new Emitter<readonly TowerRecord[]>();
  private readonly liveChanged = new Emitter<LiveChange>();
  private readonly logged = new Emitter<readonly LogLine[]>();
  private readonly printed = new Emitter<AgentOutput>();
  private readonly reset = new Emitter<void>();
  private readonly closed = new Emitter<CloseReason>();
  readonly onDidCommit = this.committed.event;
  readonly onDidChangeLive = this.liveChanged.event;
  readonly onDidLog = this.logged.event;
  readonly onDidPrint = this.printed.event;
  /** The whole board was replaced: what was missed is not known record by record. */
  readonly onDidReset = this.reset.event;
  /** The connection is lost; the board stays as it was. */
  readonly onDidClose = this.closed.event;
  /** Who waits for a record to arrive. */
  private waiting: { seq: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  private known = false;
  private isClosed = false;
  private readonly subscriptions: { dispose(): void }[];

  private constructor(private readonly channel: BoardChannel) {
    this.subscriptions = [channel.onDidNotify((notice) => this.hear(notice)), channel.onDidClose((reason) => this.close(reason))];
  }

  /**
   * Says hello and waits for the board.
   * @throws {Refusal} when the tower speaks another protocol. @throws {NoAnswer} when the connection is lost first.
   */
  static async open(channel: BoardChannel, role: 'window' | 'panel' | 'viewer'): Promise<RemoteTower> {
    const tower = new RemoteTower(channel);
    try {
      const hello = (): Promise<unknown> => channel.request('board/hello', { protocol: PROTOCOL, role });
      const answer = hello() as Promise<{ ahead?: boolean } | undefined>;
      answer.catch(() => undefined);
      await Promise.race([answer, tower.upTo(0)]);
      // What was sent ahead comes before the answer; it is lost with a page that was hidden before it listened.
      if (!tower.known && (await answer)?.ahead) await hello();
      await tower.upTo(0);
      if (role === 'window') await channel.request('logs/subscribe', { filter: {} });
      return tower;
    } catch (error) {
      tower.dispose();
      throw error;
    }
  }

  /** The tower over there says in whose name this is: `by` is not sent. */
  async execute(command: CommandInput, _by: Actor, commandId: string): Promise<Answer> {
    const answer = (await this.channel.request('command', { id: commandId, command })) as Answer;
    // Whoever asked may look at the board next, so it holds what the answer tells.
    await this.upTo(answer.seq);
    return answer;
  }

  async query<Q extends Query>(query: Q): Promise<QueryResult<Q>> {
    return (await this.channel.request('query', { query })) as QueryResult<Q>;
  }

  private hear({ method, params }: BoardNotice): void {
    switch (method) {
      case 'board/snapshot':
        return this.replace(params);
      case 'board/records':
        return this.fold(params.records);
      case 'board/live':
        return this.overlay(params);
      case 'board/logs':
        return this.logged.fire(params.lines);
      case 'board/output':
        return this.printed.fire(params);
    }
  }

  private replace({ board, live }: BoardNotices['board/snapshot']): void {
    Object.assign(this.board, decodeBoard(board));
    this.live.tasks.clear();
    this.live.agents.clear();
    for (const [id, task] of Object.entries(live.tasks)) this.live.tasks.set(id, task);
    for (const [id, agent] of Object.entries(live.agents)) this.live.agents.set(id, agent);
    this.live.trouble = live.trouble;
    this.known = true;
    this.reset.fire();
    this.wake();
  }

  private fold(records: readonly TowerRecord[]): void {
    // The board that is still to come holds them: it is made when it is sent.
    if (!this.known) return;
    const fresh = records.filter(({ seq }) => seq > this.board.seq);
    // A gap cannot be closed by waiting; whoever follows dials again and gets the whole board.
    if (fresh.some(({ seq }, index) => seq !== this.board.seq + 1 + index)) return this.channel.dispose();
    for (const record of fresh) {
      reduce(this.board, record);
      for (const event of record.events)
        if (event.type === 'AttemptEnded' || event.type === 'TaskPurged') this.live.tasks.delete(event.taskId);
    }
    if (fresh.length > 0) this.committed.fire(fresh);
    this.wake();
  }

  private overlay(change: LiveChange): void {
    merge(this.live.tasks, change.tasks);
    merge(this.live.agents, change.agents);
    if (change.trouble !== undefined) this.live.trouble = change.trouble ?? undefined;
    this.liveChanged.fire(change);
  }

  private upTo(seq: number): Promise<void> {
    if (this.known && this.board.seq >= seq) return Promise.resolve();
    if (this.isClosed) return Promise.reject(lost());
    return new Promise((resolve, reject) => this.waiting.push({ seq, resolve, reject }));
  }

  private wake(): void {
    const there = this.waiting.filter(({ seq }) => this.board.seq >= seq);
    this.waiting = this.waiting.filter(({ seq }) => this.board.seq < seq);
    for (const { resolve } of there) resolve();
  }

  private close(reason: CloseReason): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { reject } of this.waiting.splice(0)) reject(lost());
    this.closed.fire(reason);
  }

  dispose(): void {
    this.channel.dispose();
    this.close('closed');
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const emitter of [this.committed, this.liveChanged, this.logged, this.printed, this.reset, this.closed]) emitter.dispose();
  }
}

function merge<T>(into: Map<string, T>, changes: Record<string, T | null> = {}): void {
  for (const [id, value] of Object.entries(changes)) {
    if (value === null) into.delete(id);
    else into.set(id, value);
  }
}

function lost(): NoAnswer {
  return new NoAnswer('The connection to the tower was lost.');
}
