import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plan, type Pair } from '../../../src/server/dispatch/plan';
import type { CommandInput } from '../../../src/server/domain/command';
import { agent as agentActor, TOWER } from '../../support/ruleBench';
import type { RefAgent, RefAttempt, RefTask } from './pieces';
import { Step, ref, type World } from './step';
import { about, agentName, index } from './taskSteps';

const LEASE = 40_000;

/** What an agent reports of an attempt: of the last one, of the one before it, or of another agent's. */
export function reported<T extends string>(
  name: string,
  kinds: readonly T[],
  command: (of: { taskId: string; attempt: number }, kind: T, world: World) => CommandInput,
  act: (world: World, task: RefTask, open: RefAttempt, kind: T) => boolean,
  late: (world: World, attempt: RefAttempt, kind: T) => boolean = () => false,
) {
  const faults = { old: rarely(), stranger: rarely() };
  return fc.record({ task: index, kind: fc.constantFrom(...kinds), ...faults }).map(
    (args) =>
      new Step(name, args, (world) => {
        const task = world.task(args.task, (one) => world.model.open(one) !== undefined);
        if (!task) return Promise.resolve();
        const n = Math.max(1, task.attempts.length - Number(args.old));
        const attempt = task.attempts[n - 1];
        const by = args.stranger ? 'eve' : (attempt?.agent ?? 'ann');
        world.hear(by, args.stranger ? undefined : task);
        const open = args.stranger ? undefined : world.model.open(task, n);
        const isLate = attempt !== undefined && !args.stranger && late(world, attempt, args.kind);
        const allowed = isLate || (open !== undefined && act(world, task, open, args.kind));
        return world.agree(allowed, command({ taskId: ref(task), attempt: n }, args.kind, world), agentActor(by));
      }),
  );
}

function hasAttempts({ attempts }: RefTask): boolean {
  return attempts.length > 0;
}

function rarely(): fc.Arbitrary<boolean> {
  return fc.nat({ max: 7 }).map((n) => n === 7);
}

export const accept = reported(
  'Accept',
  ['yes'],
  (of) => ({ type: 'AcceptAttempt', ...of }),
  (_, __, open) => (open.accepted = true),
);

export const decline = reported(
  'Decline',
  ['no'],
  (of) => ({ type: 'DeclineAttempt', ...of, reason: 'Not now.' }),
  ({ model }, task, open) => {
    if (open.accepted) return false;
    // The first final report wins.
    if (open.checking) return true;
    const agent = model.agent(open.agent);
    if (agent) agent.passedOver = model.now + Math.min(30_000 * 2 ** agent.declines++, 600_000);
    return model.end(task, open, 'declined', 'pending');
  },
);

const PRICES = { 'for nothing said': undefined, 'for 10 cents': 10, 'for 30 cents': 30 };
type Told = keyof typeof PRICES;
const TOLD = Object.keys(PRICES) as Told[];

function usageOf(kind: Told): { inputTokens: number; costUsd?: number } {
  const cents = PRICES[kind];
  return { inputTokens: 100, ...(cents === undefined ? {} : { costUsd: cents / 100 }) };
}

export const result = reported(
  'Result',
  TOLD,
  (of, kind) => ({ type: 'ReportResult', ...of, result: 'Done.', usage: usageOf(kind) }),
  ({ model }, task, open, kind) => {
    if (open.checking) return true;
    model.tell(open, PRICES[kind]);
    if (open.cancelAt !== undefined) return model.end(task, open, 'cancelled', 'cancelled');
    return model.check(task, open);
  },
  ({ model }, attempt, kind) => {
    if (!attempt.lost || attempt.late) return false;
    model.tell(attempt, PRICES[kind]);
    return (attempt.late = true);
  },
);

/** What was used so far; a task that costs more than it may ends. */
export const usage = reported(
  'Usage',
  TOLD,
  (of, kind) => ({ type: 'ReportUsage', ...of, usage: usageOf(kind) }),
  ({ model }, task, open, kind) => {
    model.tell(open, PRICES[kind]);
    if (open.cancelAt === undefined && !open.checking && model.isTooDear(task)) model.end(task, open, 'failed', 'failed', 'limit');
    return true;
  },
);

export const fail = reported(
  'Error',
  ['agent_error', 'stalled', 'limit', 'refused', 'auth_required', 'protocol_error'],
  (of, kind) => ({ type: 'ReportError', ...of, kind, message: 'It went wrong.' }),
  ({ model }, task, open, kind) => open.checking ?? model.fail(task, open, kind),
);

export const stopped = reported(
  'Stopped',
  ['stopped'],
  (of) => ({ type: 'ReportCancelled', ...of }),
  ({ model }, task, open) =>
    open.checking ?? model.end(task, open, open.cancelAt === undefined ? 'failed' : 'cancelled', 'failed', 'agent_error'),
);

export const session = reported(
  'Session',
  ['s1', 's2'],
  (of, session) => ({ type: 'NoteSession', ...of, session }),
  (_, __, open, name) => {
    open.session = name;
    return true;
  },
);

/** The git commit that an attempt began at; the first one counts. */
export const commit = about<{ sha: string }>(
  'Commit',
  { sha: fc.constantFrom('0123456', '89abcde') },
  hasAttempts,
  (world, task, { sha }) => {
    const attempt = task.attempts.at(-1);
    if (attempt) attempt.commit ??= sha;
    return world.agree(
      true,
      { type: 'NoteCommit', taskId: ref(task), attempt: Math.max(1, task.attempts.length), commit: { sha, dirty: false } },
      TOWER,
    );
  },
);

export const message = about('Message', {}, hasAttempts, (world, task) => {
  const open = world.model.open(task);
  const allowed = open !== undefined && open.cancelAt === undefined;
  return world.agree(allowed, { type: 'SendMessage', taskId: ref(task), text: 'Mind the gap.' });
});

export const ask = reported(
  'Ask',
  ['Which one?'],
  (of, text) => ({ type: 'AskInput', ...of, question: { id: 'q', text } }),
  ({ model }, task, open) => {
    if (open.cancelAt !== undefined || open.checking) return false;
    open.askedAt ??= model.now;
    task.status = 'input_required';
    return true;
  },
);

export const answer = fc.record({ task: index }).map(
  (args) =>
    new Step('Answer', args, (world) => {
      const task = world.task(args.task, ({ status }) => status === 'input_required');
      const open = task && world.model.open(task);
      if (!task) return Promise.resolve();
      const allowed = open?.askedAt !== undefined;
      if (allowed) {
        world.model.stopWaiting(open);
        task.status = 'running';
      }
      return world.agree(allowed, { type: 'AnswerInput', taskId: ref(task), answer: 'This one.' });
    }),
);

/** Hands over the first `most` pairs of the plan. */
export const dispatch = fc.record({ most: fc.integer({ min: 1, max: 5 }) }).map(
  (args) =>
    new Step('Dispatch', args, async (world) => {
      const { model, real } = world;
      const pairs = plan(real.board, real.live, model.now);
      planned(
        world,
        pairs,
        model.agents.filter((agent) => agent.presence === 'online' && model.free(agent)),
      );
      for (const pair of pairs.slice(0, args.most)) await assign(world, pair, undefined, true);
    }),
);

/** An agent without a socket asks for work. */
export const claim = fc.constant({ agent: 'poll' }).map(
  (args) =>
    new Step('Claim', args, async (world) => {
      const { model, real } = world;
      const pairs = plan(real.board, real.live, model.now, args.agent);
      planned(
        world,
        pairs,
        model.agents.filter((agent) => agent.id === args.agent && model.free({ ...agent, presence: 'pull' })),
      );
      for (const pair of pairs.slice(0, 1)) await assign(world, pair, LEASE, true);
    }),
);

/** Somebody who looked at an older board hands over a task. */
export const assignAny = fc.record({ task: index, agentId: agentName, at: fc.constantFrom(undefined, undefined, 'north', 'south') }).map(
  (args) =>
    new Step('Assign', args, async (world) => {
      const task = world.task(args.task, ({ status }) => status === 'pending');
      if (!task) return;
      const isThere = args.at === undefined || world.model.agent(args.agentId)?.tower === args.at;
      if (isThere) return world.at(args.at, () => assign(world, { taskId: task.id, agentId: args.agentId }));
      await world.at(args.at, () => world.agree(false, { type: 'AssignTask', taskId: task.id, agentId: args.agentId }, TOWER));
    }),
);

async function assign(world: World, pair: Pair, leaseMs?: number, isPlanned = false): Promise<void> {
  const { model } = world;
  const task = model.tasks.find(({ id }) => id === pair.taskId);
  const agent = model.agent(pair.agentId);
  const allowed = task !== undefined && agent !== undefined && model.assign(task, agent, leaseMs);
  assert.ok(allowed || !isPlanned, 'What is planned is allowed.');
  await world.agree(allowed, { type: 'AssignTask', ...pair, ...(leaseMs === undefined ? {} : { leaseMs }) }, TOWER);
}

/** The plan goes by the order of the queue, gives nothing that may not start, and leaves nothing that may. */
function planned({ model }: World, pairs: readonly Pair[], agents: readonly RefAgent[]): void {
  const left = new Map(agents.map((agent) => [agent.id, agent.capacity - model.load(agent)]));
  const accounts = new Map(agents.map((agent) => [agent.account, model.accountLeft(agent)]));
  const order = model.order();
  const places = pairs.map(({ taskId }) => order.findIndex(({ id }) => id === taskId));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    'The plan goes by the order of the queue.',
  );
  let more = 0;
  for (const task of order) {
    const pair = pairs.find(({ taskId }) => taskId === task.id);
    const may = !model.blocked(task) && model.allows(task, more);
    const able = may
      ? agents.filter((agent) => model.fits(task, agent) && (left.get(agent.id) ?? 0) > 0 && (accounts.get(agent.account) ?? 0) > 0)
      : [];
    assert.equal(pair !== undefined, able.length > 0, `#${task.number} is ${pair ? '' : 'not '}planned.`);
    if (!pair) continue;
    assert.ok(
      able.some(({ id }) => id === pair.agentId),
      `${pair.agentId} can take #${task.number}.`,
    );
    left.set(pair.agentId, (left.get(pair.agentId) ?? 0) - 1);
    const account = model.agent(pair.agentId)?.account;
    accounts.set(account, (accounts.get(account) ?? 0) - 1);
    more++;
  }
}
