import type { Agent, AgentStatus } from './agent';
import { load, type Board } from './board';
import type { Live } from './live';
import { openAttempt } from './task';

/** What an agent is at, from the board and its presence. */
export function agentStatus(board: Board, live: Pick<Live, 'agents'>, agent: Agent): AgentStatus {
  const presence = live.agents.get(agent.id)?.presence;
  if (presence === 'starting' || presence === 'stopping') return presence;
  if (agent.failure && (presence === undefined || agent.halted || agent.broken)) return 'error';
  if (presence === undefined && !holdsLease(board, agent.id)) return 'offline';
  return load(board, agent.id) > 0 ? 'busy' : 'idle';
}

/** Work that is reported over HTTP goes on between two reports. */
function holdsLease(board: Board, agentId: string): boolean {
  return [...(board.held.get(agentId) ?? [])].some((id) => {
    const task = board.tasks.get(id);
    return task !== undefined && openAttempt(task)?.leaseMs !== undefined;
  });
}
