import fc from 'fast-check';
import type { CommandInput } from '../../../src/server/domain/command';
import type { Actor } from '../../../src/server/domain/task';
import { agent as agentActor, PERSON, TOWER } from '../../support/ruleBench';
import { newAgent, type RefAgent } from './pieces';
import { Step, type World } from './step';
import { agentName, index } from './taskSteps';

const RUNNER: Actor = { kind: 'runner', name: 'runner' };

/** A step about one agent, mostly of those it is made for; now and then nobody knows it. */
function aboutAgent<A extends object>(
  name: string,
  args: { [K in keyof A]: fc.Arbitrary<A[K]> },
  likely: (agent: RefAgent) => boolean,
  command: (agentId: string, args: A) => CommandInput,
  act: (agent: RefAgent, world: World, args: A) => boolean,
  by: Actor = PERSON,
) {
  return fc
    .record({ agent: index, ...args } as unknown as { [K in keyof (A & { agent: number })]: fc.Arbitrary<(A & { agent: number })[K]> })
    .map(
      (given) =>
        new Step(name, given, (world) => {
          const { agents } = world.model;
          const found = agents.filter(likely);
          const among = found.length > 0 ? found : agents;
          const agent = given.agent < 9 ? among[given.agent % among.length] : undefined;
          const allowed = agent !== undefined && act(agent, world, given);
          return world.agree(allowed, command(agent?.id ?? 'nobody', given), by);
        }),
    );
}

/** It says who it is. What the settings say of one that is started for each task stands. */
export const capacity = fc.record({ agent: agentName, capacity: fc.integer({ min: 1, max: 3 }) }).map(
  (args) =>
    new Step('Capacity', args, (world) => {
      const { model } = world;
      if (!model.agent(args.agent)) model.agents.push(newAgent(args.agent));
      const agent = model.agent(args.agent);
      if (agent && !(agent.managed && agent.run === 'task')) agent.capacity = args.capacity;
      const profile = { name: args.agent, capacity: args.capacity, skills: agent?.skills ?? [] };
      return world.agree(true, { type: 'RegisterAgent', profile }, agentActor(args.agent));
    }),
);

const profile = fc.record({
  name: fc.constantFrom('mia', 'max', 'bob', 'Mia'),
  run: fc.constantFrom('task' as const, 'service' as const, 'external' as const),
  capacity: fc.integer({ min: 1, max: 2 }),
  autoStart: fc.boolean(),
  account: fc.constantFrom(undefined, 'acc'),
});

/** The settings list other agents than before. */
export const configure = fc.record({ agents: fc.array(profile, { maxLength: 3 }) }).map(
  (args) =>
    new Step('Configure', args, (world) => {
      const { model } = world;
      const ids = args.agents.map(({ name }) => name.toLowerCase());
      const allowed = new Set(ids).size === ids.length;
      if (allowed) {
        for (const agent of args.agents) list(world, agent);
        for (const agent of model.agents)
          if (agent.managed && !ids.includes(agent.id)) Object.assign(agent, { managed: false, run: 'external', wanted: 'stopped' });
      }
      const agents = args.agents.map(({ account, ...rest }) => {
        const skills = model.agent(rest.name.toLowerCase())?.skills ?? [];
        return { ...rest, skills, ...(account === undefined ? {} : { account }) };
      });
      return world.agree(allowed, { type: 'ConfigureAgents', agents }, TOWER);
    }),
);

function list(
  { model }: World,
  { name, run, capacity, autoStart, account }: Pick<RefAgent, 'run' | 'capacity' | 'account'> & { name: string; autoStart: boolean },
): void {
  const id = name.toLowerCase();
  if (!model.agent(id)) model.agents.push(newAgent(id));
  const agent = model.agent(id);
  if (!agent) return;
  const managed = run !== 'external';
  if (managed && !agent.managed) agent.wanted = autoStart ? 'started' : 'stopped';
  Object.assign(agent, { run, managed, capacity, account });
}

const isManaged = ({ managed }: RefAgent): boolean => managed;
const isInError = ({ inError }: RefAgent): boolean => inError;

export const start = aboutAgent(
  'StartAgent',
  {},
  ({ managed, wanted, broken }) => (managed && wanted === 'stopped') || broken,
  (agentId) => ({ type: 'StartAgent', agentId }),
  (agent, { model }) => {
    if (!agent.managed && !agent.broken) return false;
    if (agent.managed && agent.wanted === 'started' && !agent.inError) return true;
    if (agent.managed) agent.wanted = 'started';
    model.mend(agent);
    return true;
  },
);

export const stop = aboutAgent(
  'StopAgent',
  {},
  isManaged,
  (agentId) => ({ type: 'StopAgent', agentId }),
  (agent, { model }) => {
    if (!agent.managed) return false;
    if (agent.wanted === 'stopped' && !agent.inError) return true;
    agent.wanted = 'stopped';
    model.mend(agent);
    return true;
  },
);

export const startAnew = aboutAgent(
  'RestartAgent',
  {},
  isManaged,
  (agentId) => ({ type: 'RestartAgent', agentId }),
  (agent, { model }) => {
    if (!agent.managed) return false;
    Object.assign(agent, { wanted: 'started', starts: agent.starts + 1 });
    model.mend(agent);
    return true;
  },
);

const CRASHES = 5;

/** Its process has crashed, or it says that something is wrong with it. */
export const crash = aboutAgent(
  'Crash',
  { restart: fc.boolean() },
  isManaged,
  (agentId, { restart }) => ({ type: 'ReportAgentFailure', agentId, message: 'It crashed.', restart }),
  (agent, { model }, { restart }) => {
    agent.crashes++;
    const again = restart && agent.managed && agent.crashes < CRASHES;
    agent.restartAt = again ? model.now + 1000 * 2 ** (agent.crashes - 1) : undefined;
    Object.assign(agent, { inError: true, dismissed: false });
    return true;
  },
  RUNNER,
);

/** Its process is well again; what its work was like is another matter. */
export const recovery = aboutAgent(
  'Recovery',
  {},
  isInError,
  (agentId) => ({ type: 'ReportAgentRecovery', agentId }),
  (agent, { model }) => {
    if (agent.inError && !agent.broken) model.mend(agent);
    return true;
  },
  RUNNER,
);

export const dismissAgent = aboutAgent(
  'DismissAgent',
  {},
  isInError,
  (agentId) => ({ type: 'DismissAgent', agentId }),
  (agent) => {
    if (agent.inError) agent.dismissed = true;
    return true;
  },
);

const tower = fc.constantFrom(undefined, 'north', 'south');

/** A tower writes down that an agent came to it or went. */
export const written = fc.record({ agent: agentName, present: fc.boolean(), at: tower }).map(
  (args) =>
    new Step('Written', args, (world) => {
      const agent = world.model.agent(args.agent);
      // Only the tower that it is connected to knows that it went.
      const isTheirs = !args.present && agent?.tower !== undefined && agent.tower !== args.at;
      const isSame = agent?.there === args.present && !(args.present && args.at !== undefined && agent.tower !== args.at);
      if (agent && !isTheirs && !isSame) Object.assign(agent, { there: args.present, tower: args.present ? args.at : undefined });
      const input: CommandInput = { type: 'ReportPresence', agentId: args.agent, present: args.present };
      return world.at(args.at, () => world.agree(agent !== undefined, input, TOWER));
    }),
);

/** Another tower of the queue was silent for too long: its agents are gone, and with them their work, unless it has a lease of its own. */
export const loseTower = fc.record({ tower: fc.constantFrom('north', 'south') }).map(
  (args) =>
    new Step('LoseTower', args, (world) => {
      const { model } = world;
      for (const agent of model.agents.filter((one) => one.tower === args.tower)) {
        for (const task of model.tasks) {
          const open = model.open(task);
          if (open?.agent === agent.id && open.leaseMs === undefined && !open.checking) model.fail(task, open, 'lost_contact');
        }
        Object.assign(agent, { there: false, tower: undefined });
      }
      return world.agree(true, { type: 'LoseTower', tower: args.tower }, TOWER);
    }),
);

/** The runner tells of its processes; a pid comes again in time. */
export const process = fc
  .record({ agent: agentName, pid: fc.integer({ min: 1, max: 3 }), startTime: fc.constantFrom('a', 'b'), running: fc.boolean() })
  .map(
    ({ agent: agentId, pid, startTime, running }) =>
      new Step('Process', { agentId, pid, startTime, running }, (world) => {
        const { processes } = world.model;
        const isSame = processes.get(pid)?.startTime === startTime;
        if (running && !isSame) processes.set(pid, { startTime, agentId });
        if (!running && isSame) processes.delete(pid);
        return world.agree(true, { type: 'ReportProcess', process: { pid, startTime }, agentId, running }, RUNNER);
      }),
  );
