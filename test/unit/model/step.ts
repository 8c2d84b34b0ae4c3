import assert from 'node:assert/strict';
import type fc from 'fast-check';
import type { Answer, CommandInput } from '../../../src/server/domain/command';
import type { Actor } from '../../../src/server/domain/task';
import { PERSON } from '../../support/ruleBench';
import { before, holds } from './invariants';
import type { MemoryTower } from './memoryTower';
import type { RefTask } from './pieces';
import type { Reference } from './reference';

/** One step of a run: it is taken on the reference and on the tower, which then must agree. */
export class Step<A extends object> implements fc.AsyncCommand<Reference, MemoryTower> {
  constructor(
    private readonly name: string,
    private readonly args: A,
    private readonly act: (world: World, args: A) => Promise<unknown>,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Reference, real: MemoryTower): Promise<void> {
    const world = new World(model, real);
    const was = before(real);
    world.readClocks();
    const statuses = new Map(model.tasks.map((task) => [task, task.status]));
    await this.act(world, this.args);
    // What was dismissed has become something else.
    for (const [task, status] of statuses) if (task.status !== status) task.dismissed = false;
    real.look();
    holds(model, real, was);
  }

  toString(): string {
    return `${this.name} ${JSON.stringify(this.args)}`;
  }
}

/** The reference and the tower, side by side. */
export class World {
  constructor(
    readonly model: Reference,
    readonly real: MemoryTower,
  ) {}

  readClocks(): void {
    this.model.now = this.real.clock.now();
    this.model.monotonic = this.real.clock.monotonic();
    assert.ok(this.model.now >= this.real.board.at, 'Time does not go back.');
  }

  /** The task of a number that may be too high, mostly a `likely` one; naming it brings it back from the archive. */
  task(index: number, likely: (task: RefTask) => boolean = () => true): RefTask | undefined {
    const { tasks } = this.model;
    const found = index < 8 ? tasks.filter(likely) : tasks;
    const among = found.length > 0 ? found : tasks;
    const task = among[index % Math.max(1, among.length)];
    if (task) task.archived = false;
    return task;
  }

  /** Sends a command that the reference allows or not. */
  async agree(allowed: boolean, input: CommandInput, by: Actor = PERSON): Promise<Answer> {
    const answer = await this.real.send(input, by);
    assert.equal(answer !== undefined, allowed, `${allowed ? 'Refused' : 'Not refused'}: ${JSON.stringify(input)}`);
    return answer ?? { seq: 0 };
  }

  /** Has a tower of that name decide, where several share the queue. */
  async at(tower: string | undefined, ask: () => Promise<unknown>): Promise<void> {
    this.real.here = tower;
    await ask();
    this.real.here = undefined;
  }

  /** An agent gives a sign of life. */
  hear(agentId: string, task?: RefTask): void {
    const { model, real } = this;
    real.leases.renewAgent(agentId);
    if (task) real.leases.renewTask(task.id);
    for (const other of model.tasks) {
      const attempt = model.open(other);
      if (!attempt) continue;
      const isHeard = attempt.leaseMs === undefined ? attempt.agent === agentId : other === task;
      if (isHeard) attempt.heard = model.monotonic;
    }
  }
}

/** How a task is named: by its id or its number. */
export function ref({ id, number }: RefTask): string {
  return number % 2 === 0 ? id : `#${number}`;
}
