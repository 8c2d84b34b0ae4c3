import { agentIdOf, type Agent } from '../agent';
import type { AgentProfile, Command } from '../command';
import { restartAt } from '../policy';
import { newAgent } from '../fold/agents';
import { Refusal } from '../refusal';
import type { Decision, RuleContext } from './context';
import { registered } from './roomRules';
import { phrase } from '../phrase';

type Ask<T extends Command['type']> = Extract<Command, { type: T }>;

/** @throws {Refusal} when nobody of that id was ever seen. */
function agentOf({ board }: RuleContext, agentId: string): Agent {
  const agent = board.agents.get(agentId);
  if (!agent) throw new Refusal('not_found', phrase('There is no agent {0}.', agentId));
  return agent;
}

/** An agent said who it is. What the settings say of a managed one stands. */
export function registerAgent({ board }: RuleContext, { profile }: Ask<'RegisterAgent'>): Decision {
  const id = agentIdOf(profile.name);
  const known = board.agents.get(id);
  if (!known) return registered(board, newAgent(id, { ...profile, run: 'external' }));
  if (known.managed && known.run === 'task') return [];
  const same = known.name === profile.name && known.capacity === profile.capacity && sameList(known.skills, profile.skills);
  if (same) return [];
  const { name, skills, capacity } = profile;
  return [{ type: 'AgentRegistered', agent: { ...known, name, skills, capacity } }];
}

/** The agents of the settings. @throws {Refusal} when two share a name. */
export function configureAgents({ board }: RuleContext, { agents }: Ask<'ConfigureAgents'>): Decision {
  const seen = new Map<string, AgentProfile>();
  for (const agent of agents) {
    const twin = seen.get(agentIdOf(agent.name));
    if (twin) throw new Refusal('invalid', phrase('Two agents are named "{0}". Give each its own name in tasktower.agents.', twin.name));
    seen.set(agentIdOf(agent.name), agent);
  }
  const same = [...seen].every(([id, agent]) => unchanged(board.agents.get(id), agent));
  const gone = [...board.agents.values()].some((agent) => agent.managed && !seen.has(agent.id));
  return same && !gone ? [] : [{ type: 'AgentsConfigured', agents }];
}

function unchanged(known: Agent | undefined, { name, run, skills, capacity, account }: AgentProfile): boolean {
  return (
    known?.name === name && known.run === run && known.account === account && known.capacity === capacity && sameList(known.skills, skills)
  );
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

export function startAgent(context: RuleContext, { agentId }: Ask<'StartAgent'>): Decision {
  return want(context, agentId, 'started');
}

export function stopAgent(context: RuleContext, { agentId }: Ask<'StopAgent'>): Decision {
  return want(context, agentId, 'stopped');
}

function want(context: RuleContext, agentId: string, wanted: 'started' | 'stopped'): Decision {
  const agent = agentOf(context, agentId);
  if (!agent.managed && agent.broken && wanted === 'started') return [{ type: 'AgentMended', agentId }];
  if (!agent.managed) {
    const why =
      wanted === 'started'
        ? phrase('{0} connects by itself; start it where it runs, or list it in tasktower.agents.', agent.name)
        : phrase('{0} connects by itself; stop it where it runs, or list it in tasktower.agents.', agent.name);
    throw new Refusal('conflict', why);
  }
  return agent.wanted === wanted && !agent.failure ? [] : [{ type: 'AgentWanted', agentId, wanted }];
}

export function restartAgent(context: RuleContext, { agentId }: Ask<'RestartAgent'>): Decision {
  const agent = agentOf(context, agentId);
  if (!agent.managed) throw new Refusal('conflict', phrase('{0} connects by itself; restart it where it runs.', agent.name));
  return [{ type: 'AgentStartedAnew', agentId }];
}

export function reportAgentFailure(context: RuleContext, { agentId, message, restart }: Ask<'ReportAgentFailure'>): Decision {
  const agent = agentOf(context, agentId);
  const crashes = agent.crashes + 1;
  const at = restart && agent.managed ? restartAt(crashes, context.now) : undefined;
  return [{ type: 'AgentFailed', agentId, message, crashes, ...(at === undefined ? {} : { restartAt: at }) }];
}

export function reportAgentRecovery(context: RuleContext, { agentId }: Ask<'ReportAgentRecovery'>): Decision {
  return agentOf(context, agentId).failure ? [{ type: 'AgentRecovered', agentId }] : [];
}

export function dismissAgent(context: RuleContext, { agentId }: Ask<'DismissAgent'>): Decision {
  const agent = agentOf(context, agentId);
  return agent.failure && !agent.dismissed ? [{ type: 'AgentDismissed', agentId }] : [];
}

/** Whether an agent is there, as the history keeps it. */
export function reportPresence(context: RuleContext, { agentId, present, lastAt }: Ask<'ReportPresence'>): Decision {
  const { tower, now } = context;
  const agent = agentOf(context, agentId);
  // Only the tower that it is connected to knows that it went.
  if (!present && agent.tower !== undefined && agent.tower !== tower) return [];
  const moved = present && tower !== undefined && agent.tower !== tower;
  if ((agent.present ?? false) === present && !moved) return [];
  const earlier = present || lastAt === undefined || lastAt >= now ? {} : { lastAt };
  return [{ type: 'AgentPresent', agentId, present, ...earlier, ...(moved ? { tower } : {}) }];
}

export function reportProcess({ board }: RuleContext, { process, agentId, running }: Ask<'ReportProcess'>): Decision {
  const known = board.processes.get(process.pid);
  const same = known?.startTime === process.startTime;
  if (running) return same ? [] : [{ type: 'ProcessStarted', process, agentId }];
  return same ? [{ type: 'ProcessEnded', process, agentId }] : [];
}
