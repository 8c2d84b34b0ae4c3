import type { Clock } from '../base/clock';
import { errorText } from '../base/errors';
import { load, runningCount } from '../domain/board';
import { usedBudget } from '../domain/budget';
import type { Assignment, ClaimAnswer, Claims, Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { openAttempt, type Actor } from '../domain/task';
import { assignmentOf } from './dispatcher';
import { plan } from './plan';

const TOWER: Actor = { kind: 'tower', name: 'tower' };

/** Hands work to agents without a socket, which ask for it; by the same plan as any other agent. */
export class PullClaims implements Claims {
  constructor(
    private readonly tower: Tower,
    private readonly leaseMs: number,
    private readonly clock: Clock,
  ) {}

  /** The next task for the agent, or why there is none after waiting `waitMs`. */
  async claim(agentId: string, waitMs: number, leaseMs = this.leaseMs, gone?: AbortSignal): Promise<ClaimAnswer> {
    const until = this.clock.monotonic() + waitMs;
    for (;;) {
      // Work given to a caller who has hung up would lie with nobody for a whole lease.
      if (gone?.aborted) return { reason: 'no_tasks_available' };
      const current = this.current(agentId);
      if (current) return { reason: 'continue_current', assignment: await assignmentOf(this.tower, current.taskId, current.attempt) };
      const assignment = await this.take(agentId, leaseMs);
      if (assignment) return { assignment };
      const left = until - this.clock.monotonic();
      if (left <= 0) return { reason: this.reason(agentId) };
      await this.change(left, gone);
    }
  }

  /** What an agent with one slot is already at: it asked again after losing an answer or its memory. */
  private current(agentId: string): { taskId: string; attempt: number } | undefined {
    const { board } = this.tower;
    if ((board.agents.get(agentId)?.capacity ?? 1) > 1) return undefined;
    for (const taskId of board.held.get(agentId) ?? []) {
      const task = board.tasks.get(taskId);
      const attempt = task && openAttempt(task);
      if (attempt) return { taskId, attempt: attempt.n };
    }
    return undefined;
  }

  private async take(agentId: string, leaseMs: number): Promise<Assignment | undefined> {
    for (const { taskId } of plan(this.tower.board, this.tower.live, this.clock.now(), agentId)) {
      try {
        const { attempt = 1 } = await this.tower.execute({ type: 'AssignTask', taskId, agentId, leaseMs }, TOWER);
        return await this.assignment(taskId, attempt);
      } catch (error) {
        // Someone else was given it first, or it cannot be told; the next one of the plan may still be free.
        if (!(error instanceof Refusal)) throw error;
      }
    }
    return undefined;
  }

  /** The work in full. @throws when it cannot be told: then the attempt ends here, as nobody works on it. */
  private async assignment(taskId: string, attempt: number): Promise<Assignment> {
    try {
      return await assignmentOf(this.tower, taskId, attempt);
    } catch (error) {
      const message = errorText(error);
      // Refused when it has ended meanwhile, which is as well.
      await this.tower.execute({ type: 'ReportError', taskId, attempt, kind: 'protocol_error', message }, TOWER).catch(() => undefined);
      throw error;
    }
  }

  private reason(agentId: string): 'at_capacity' | 'paused' | 'no_tasks_available' {
    const { board } = this.tower;
    const agent = board.agents.get(agentId);
    if (agent && load(board, agentId) >= agent.capacity) return 'at_capacity';
    if (board.queue.state !== 'open' || usedBudget(board, this.clock.now(), agentId)) return 'paused';
    return runningCount(board) >= board.queue.cap && board.waiting.length > 0 ? 'at_capacity' : 'no_tasks_available';
  }

  private change(ms: number, gone?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, Math.min(ms, 60_000));
      const subscription = this.tower.onDidCommit(done);
      gone?.addEventListener('abort', done);
      function done(): void {
        clearTimeout(timer);
        gone?.removeEventListener('abort', done);
        subscription.dispose();
        resolve();
      }
    });
  }
}
