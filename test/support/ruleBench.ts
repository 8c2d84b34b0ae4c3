import { decodeBoard, emptyBoard, encodeBoard, type Board } from '../../src/server/domain/board';
import { answerOf } from '../../src/server/domain/answer';
import { Command, type Answer, type CommandInput } from '../../src/server/domain/command';
import { decide } from '../../src/server/domain/decide';
import { RECORD_VERSION, TowerRecord } from '../../src/server/domain/event';
import type { LiveAgent } from '../../src/server/domain/live';
import { NO_TARIFF, priceUsage, type Tariff } from '../../src/server/domain/prices';
import { reduce } from '../../src/server/domain/reduce';
import { Refusal } from '../../src/server/domain/refusal';
import type { RuleContext } from '../../src/server/domain/rules/context';
import type { Actor, Task } from '../../src/server/domain/task';

export const PERSON: Actor = { kind: 'person', name: 'you' };
export const TOWER: Actor = { kind: 'tower', name: 'tower' };
export const agent = (name: string): Actor => ({ kind: 'agent', name });

/** The rules alone, without files or sockets: commands in, board out. Every record goes through JSON as the journal would do. */
export class RuleBench {
  board: Board = emptyBoard();
  readonly records: TowerRecord[] = [];
  readonly online = new Map<string, LiveAgent>();
  now = 1_000_000;
  /** What models cost; no list is asked. */
  tariff: Tariff = NO_TARIFF;
  /** The name of the tower that decides, where several share a queue. */
  tower: string | undefined;
  private ids = 0;

  do(input: CommandInput, by: Actor = PERSON): Answer {
    const command = Command.parse(input);
    const { board, now, tower } = this;
    const costOf: RuleContext['costOf'] = (usage, spender) => priceUsage(usage, spender, this.tariff, () => undefined);
    const events = [...decide({ board, by, now, newId: () => this.newId(), costOf, tower }, command)];
    if (events.length === 0) return { seq: this.board.seq };
    const record = { v: RECORD_VERSION, seq: this.board.seq + 1, at: this.now, by, commandId: this.newId(), events };
    const written = TowerRecord.parse(JSON.parse(JSON.stringify(record)));
    this.records.push(written);
    reduce(this.board, written);
    return answerOf(written);
  }

  /** The sentence with which the rules refuse. */
  refusal(input: CommandInput, by: Actor = PERSON): string {
    const before = JSON.stringify(encodeBoard(this.board));
    try {
      this.do(input, by);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (JSON.stringify(encodeBoard(this.board)) !== before) throw new Error('The refused command changed the board.');
      return `${error.code}: ${error.message}`;
    }
    throw new Error(`Not refused: ${JSON.stringify(input)}`);
  }

  /** A new pending task. */
  create(title: string, spec: Partial<Extract<CommandInput, { type: 'CreateTask' }>['spec']> = {}): Task {
    const { taskId } = this.do({ type: 'CreateTask', spec: { title, ...spec } });
    return this.task(taskId ?? '');
  }

  /** An agent that is connected. */
  join(name: string, { skills = [] as string[], capacity = 1 } = {}): string {
    const { agentId } = this.do({ type: 'RegisterAgent', profile: { name, skills, capacity } }, agent(name));
    const id = agentId ?? name.toLowerCase();
    this.online.set(id, { presence: 'online', since: this.now });
    return id;
  }

  /** Gives a task to an agent, which accepts. */
  run(task: Task, agentId: string): number {
    const { attempt } = this.do({ type: 'AssignTask', taskId: task.id, agentId }, TOWER);
    this.do({ type: 'AcceptAttempt', taskId: task.id, attempt: attempt ?? 0 }, agent(agentId));
    return attempt ?? 0;
  }

  task(ref: string): Task {
    const task = this.board.tasks.get(ref);
    if (!task) throw new Error(`No task ${ref}`);
    return task;
  }

  /** The queue as text, in the order it starts: `urgent #2 B`. */
  queue(): string[] {
    return this.board.waiting.map((id) => {
      const { priority, number, title } = this.task(id);
      return `${priority} #${number} ${title}`;
    });
  }

  /** Everything on the board as plain data, once as it stands and once folded again from the records. */
  refolded(): [unknown, unknown, unknown] {
    const again = emptyBoard();
    for (const record of this.records) reduce(again, record);
    return [encodeBoard(this.board), encodeBoard(again), encodeBoard(decodeBoard(structuredClone(encodeBoard(this.board))))];
  }

  private newId(): string {
    return (++this.ids).toString().padStart(26, '0');
  }
}
