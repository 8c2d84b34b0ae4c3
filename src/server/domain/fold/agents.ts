import { agentIdOf, type Agent } from '../agent';
import type { Board } from '../board';
import type { AgentProfile } from '../command';
import type { TowerEvent } from '../event';
import { isTelling } from '../policy';
import type { ErrorKind } from '../task';

/** Takes the agents of the settings; those no longer listed connect by themselves from now on. */
export function configureAgents(board: Board, profiles: readonly AgentProfile[]): void {
  const listed = new Set<string>();
  for (const profile of profiles) {
    const id = agentIdOf(profile.name);
    listed.add(id);
    const managed = profile.run !== 'external';
    const known = board.agents.get(id);
    const { name, run, skills, capacity, account } = profile;
    if (known) {
      delete known.account;
      if (account !== undefined) known.account = account;
      if (!known.managed && managed) known.wanted = profile.autoStart ? 'started' : 'stopped';
      Object.assign(known, { name, run, managed, skills: [...skills], capacity });
    } else board.agents.set(id, newAgent(id, profile));
  }
  for (const agent of board.agents.values()) {
    if (agent.managed && !listed.has(agent.id)) Object.assign(agent, { managed: false, run: 'external', wanted: 'stopped' });
  }
}

/** An agent that has done nothing yet. */
export function newAgent(id: string, { name, run, skills, capacity, autoStart, account }: AgentProfile): Agent {
  const managed = run !== 'external';
  return {
    id,
    name,
    run,
    managed,
    skills: [...skills],
    capacity,
    ...(account === undefined ? {} : { account }),
    wanted: managed && autoStart ? 'started' : 'stopped',
    crashes: 0,
    declines: 0,
    totals: { completed: 0, failed: 0, cancelled: 0 },
  };
}

/** Events about one agent. */
export type AgentEvent = Extract<
  TowerEvent,
  {
    type:
      | 'AgentWanted'
      | 'AgentStartedAnew'
      | 'AgentFailed'
      | 'AgentRestarted'
      | 'AgentRecovered'
      | 'AgentPassedOver'
      | 'AgentDismissed'
      | 'AgentPresent'
      | 'AgentLimited'
      | 'AgentBroken'
      | 'AgentMended';
  }
>;

/** Folds an event about one agent. */
export function applyToAgent(board: Board, event: AgentEvent, at: number): void {
  const agent = board.agents.get(event.agentId);
  if (!agent) return;
  switch (event.type) {
    case 'AgentWanted':
      agent.wanted = event.wanted;
      return recover(agent);
    case 'AgentStartedAnew':
      agent.wanted = 'started';
      agent.starts = (agent.starts ?? 0) + 1;
      return recover(agent);
    case 'AgentFailed':
      agent.crashes = event.crashes;
      agent.failure = { message: event.message, at };
      delete agent.dismissed;
      delete agent.restartAt;
      delete agent.halted;
      if (event.restartAt === undefined) agent.halted = true;
      else agent.restartAt = event.restartAt;
      return;
    case 'AgentRestarted':
      delete agent.restartAt;
      return;
    case 'AgentRecovered':
      // Its process is well; what its work was like is another matter.
      if (!agent.broken) recover(agent);
      return;
    case 'AgentMended':
      return recover(agent);
    case 'AgentLimited':
      agent.limitedUntil = event.until;
      agent.limits = (agent.limits ?? 0) + 1;
      return;
    case 'AgentBroken':
      agent.broken = true;
      agent.failure = { message: event.message, at };
      delete agent.dismissed;
      return;
    case 'AgentPassedOver':
      agent.passedOverUntil = event.until;
      agent.declines = event.declines;
      return;
    case 'AgentDismissed':
      agent.dismissed = true;
      return;
    case 'AgentPresent':
      // Presence itself is live; this says what the history has been told of it.
      delete agent.present;
      delete agent.tower;
      if (event.present) agent.present = true;
      if (event.tower !== undefined) agent.tower = event.tower;
      return;
  }
}

/** Adds an ended attempt to the totals of its agent. */
export function countOutcome(agent: Agent | undefined, outcome: string, kind?: ErrorKind): void {
  if (!agent) return;
  if (outcome === 'completed') {
    delete agent.failures;
    delete agent.limits;
    delete agent.limitedUntil;
  } else if (outcome === 'failed' && isTelling(kind)) agent.failures = (agent.failures ?? 0) + 1;
  if (outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled') agent.totals[outcome]++;
  if (outcome !== 'declined') {
    agent.declines = 0;
    delete agent.passedOverUntil;
  }
}

function recover(agent: Agent): void {
  agent.crashes = 0;
  delete agent.failures;
  delete agent.broken;
  delete agent.limitedUntil;
  delete agent.limits;
  agent.declines = 0;
  delete agent.failure;
  delete agent.halted;
  delete agent.restartAt;
  delete agent.passedOverUntil;
  delete agent.dismissed;
}
