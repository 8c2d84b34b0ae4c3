import type { Agent, AgentStatus } from './agent';
import { load, type Board } from './board';
import type { Live } from './live';

/** What an agent is at, from the board and its presence. */
export function agentStatus(board: Board, live: Pick<Live, 'agents'>, agent: Agent): AgentStatus {
  const presence = live.agents.get(agent.id)?.presence;
  if (presence === 'starting' || presence === 'stopping') return presence;
  if (agent.failure && (presence === undefined || agent.halted)) return 'error';
  if (load(board, agent.id) > 0) return 'busy';
  return presence === undefined ? 'offline' : 'idle';
}
