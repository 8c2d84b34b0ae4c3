import type { Agent } from '../agent';
import type { Board } from '../board';
import type { TowerEvent } from '../event';
import { isTelling, limitedUntil } from '../policy';
import type { Task, TaskError } from '../task';
import { fittingAgents } from '../waiting';

/** All agents that share the limits of one: itself, and those of its account. */
function sharers(board: Board, agent: Agent): Agent[] {
  const { account } = agent;
  return account === undefined ? [agent] : [...board.agents.values()].filter((other) => other.account === account);
}

/**
 * What a failed attempt means for its agent: a limit that holds it back until a time, ms, or one failure too many. `retryAt`: when the limit
 * returns, ms; `times`: how many of its attempts fail alike at once.
 */
export function agentAfter(
  board: Board,
  agentId: string,
  error: TaskError,
  now: number,
  { retryAt, times = 1 }: { retryAt?: number | undefined; times?: number } = {},
): TowerEvent[] {
  const agent = board.agents.get(agentId);
  if (!agent) return [];
  if (error.kind === 'limit') {
    const { limitedUntil: held = 0 } = agent;
    // Attempts that ran side by side have met one limit, not one after the other.
    if (held > now && (retryAt ?? 0) <= held) return [];
    const until = limitedUntil((agent.limits ?? 0) + 1, now, retryAt);
    return sharers(board, agent).map(({ id }) => ({ type: 'AgentLimited', agentId: id, until }));
  }
  const { breaker = 0 } = board.queue;
  if (!isTelling(error.kind) || agent.broken) return [];
  const failures = (agent.failures ?? 0) + times;
  const isLogin = error.kind === 'auth_required';
  if (!isLogin && (breaker === 0 || failures < breaker)) return [];
  const message = isLogin ? error.message : `${failures} failures in a row, so it gets no more work. The last: ${error.message}`;
  return [{ type: 'AgentBroken', agentId, message }];
}

/** True when an agent that has not met this limit may do the task instead. */
export function othersMay(board: Board, task: Task, agentId: string, now: number): boolean {
  const met = board.agents.get(agentId);
  if (task.agent !== undefined || !met) return false;
  const out = new Set(sharers(board, met).map(({ id }) => id));
  return fittingAgents(board, task).some((agent) => !out.has(agent.id) && !agent.broken && (agent.limitedUntil ?? 0) <= now);
}
