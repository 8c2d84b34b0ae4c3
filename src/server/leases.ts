import type { Clock } from './base/clock';
import type { Leases } from './domain/ports';
import { openAttempt, type Attempt, type Task } from './domain/task';
import type { Board } from './domain/board';

/** An attempt whose holder gave no sign of life for a whole term. */
export interface Lost {
  taskId: string;
  attempt: number;
}

/** Who was last heard of when, on the monotonic clock: it does not jump when the wall clock does. */
export class LeaseBook implements Leases {
  private readonly heard = new Map<string, number>();
  /** Nothing counts as silence before this, monotonic ms: the tower itself was away. */
  private floor: number;
  private renewed = new Set<string>();

  /** @param here the name of this tower, where several share a queue: each judges the agents that are connected to it. */
  constructor(
    private readonly clock: Clock,
    private readonly agentTerm: number,
    private readonly here?: string,
  ) {
    this.floor = clock.monotonic();
  }

  renewAgent(agentId: string): void {
    this.heard.set(`agent:${agentId}`, this.clock.monotonic());
  }

  renewTask(taskId: string): void {
    this.heard.set(`task:${taskId}`, this.clock.monotonic());
    if (this.here !== undefined) this.renewed.add(taskId);
  }

  /** Takes in that another tower heard of tasks. */
  renewedElsewhere(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.heard.set(`task:${taskId}`, this.clock.monotonic());
  }

  /** The tasks that were renewed here since this was last asked. */
  takeRenewed(): string[] {
    const taken = [...this.renewed];
    this.renewed = new Set();
    return taken;
  }

  /** Gives everyone a whole term more: the tower slept or was blocked, so silence proves nothing. */
  grace(): void {
    this.floor = this.clock.monotonic();
  }

  /** The attempts that are lost now, and in how many ms the next one would be. */
  check(board: Board): { lost: Lost[]; nextInMs: number | undefined } {
    const now = this.clock.monotonic();
    const lost: Lost[] = [];
    let next: number | undefined;
    for (const task of held(board)) {
      const attempt = openAttempt(task);
      if (!attempt || !this.judges(board, attempt)) continue;
      const left = this.endsAt(task, attempt) - now;
      if (left <= 0) lost.push({ taskId: task.id, attempt: attempt.n });
      else next = Math.min(next ?? left, left);
    }
    return { lost, nextInMs: next };
  }

  /** Whoever reports over HTTP may do so anywhere, and one that is connected nowhere is nobody's: every tower judges those. */
  private judges(board: Board, { agentId, leaseMs }: Attempt): boolean {
    const tower = board.agents.get(agentId)?.tower;
    return this.here === undefined || leaseMs !== undefined || tower === undefined || tower === this.here;
  }

  private endsAt(task: Task, attempt: Attempt): number {
    const key = attempt.leaseMs === undefined ? `agent:${attempt.agentId}` : `task:${task.id}`;
    // An attempt that began after its holder was last heard of has its term from its own begin: first sight here.
    const mark = `${task.id}/${attempt.n}`;
    const first = this.heard.get(mark) ?? this.clock.monotonic();
    this.heard.set(mark, first);
    return Math.max(this.heard.get(key) ?? 0, first, this.floor) + (attempt.leaseMs ?? this.agentTerm);
  }

  /** Forgets whoever holds nothing any more, so that the book does not grow with the history. */
  forget(board: Board): void {
    const keep = new Set<string>();
    for (const task of held(board)) {
      const attempt = openAttempt(task);
      if (attempt) keep.add(`${task.id}/${attempt.n}`).add(`task:${task.id}`).add(`agent:${attempt.agentId}`);
    }
    for (const key of this.heard.keys()) if (!keep.has(key)) this.heard.delete(key);
  }
}

function* held(board: Board): Generator<Task> {
  for (const status of ['running', 'input_required'] as const) {
    for (const id of board.byStatus[status]) {
      const task = board.tasks.get(id);
      // Once the result is in, nobody needs to be there any more.
      if (task && task.phase !== 'checking') yield task;
    }
  }
}
