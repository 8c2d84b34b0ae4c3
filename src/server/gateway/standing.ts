import type { Board } from '../domain/board';
import { openAttempt } from '../domain/task';

export interface AttemptRef {
  taskId: string;
  attempt: number;
}

/** How an agent that says hello stands to the board. */
export interface Standing {
  /** It goes on with these. */
  resumed: (AttemptRef & { cancel: boolean })[];
  /** Those it names that have ended, or belong to someone else. */
  ended: AttemptRef[];
  /** Those it had accepted and does not name: whatever did them is gone. */
  forgotten: AttemptRef[];
}

/** Compares what an agent says it is at with what the board says. Pure. */
export function standingOf(board: Board, agentId: string, resume: readonly AttemptRef[]): Standing {
  const standing: Standing = { resumed: [], ended: [], forgotten: [] };
  const named = new Set<string>();
  for (const { taskId, attempt } of resume) {
    const task = board.tasks.get(taskId);
    const open = task && openAttempt(task);
    if (!task || open?.n !== attempt || open.agentId !== agentId) standing.ended.push({ taskId, attempt });
    else if (!named.has(taskId)) standing.resumed.push({ taskId, attempt, cancel: task.phase === 'cancelling' });
    if (open?.n === attempt) named.add(taskId);
  }
  for (const taskId of board.held.get(agentId) ?? []) {
    const task = board.tasks.get(taskId);
    const open = task && openAttempt(task);
    // One that was never accepted is offered again; one reported over HTTP has a lease of its own.
    if (!open || named.has(taskId) || open.acceptedAt === undefined || open.leaseMs !== undefined) continue;
    standing.forgotten.push({ taskId, attempt: open.n });
  }
  return standing;
}
