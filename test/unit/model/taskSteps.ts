import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CommandInput } from '../../../src/server/domain/command';
import type { TaskPatch } from '../../../src/server/domain/task';
import { agent as agentActor, TOWER } from '../../support/ruleBench';
import { newAgent, owesProof, type RefTask } from './pieces';
import type { Reference } from './reference';
import { ref, Step, type World } from './step';

export const index = fc.nat({ max: 9 });
const priority = fc.constantFrom('normal' as const, 'normal' as const, 'high' as const, 'urgent' as const);
export const agentName = fc.constantFrom('ann', 'ann', 'bob', 'bob', 'poll', 'mia', 'max');
const seldom = <T>(...values: T[]): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });
const wish = {
  priority,
  after: fc.oneof({ weight: 4, arbitrary: fc.constant<number[]>([]) }, { weight: 1, arbitrary: fc.array(index, { maxLength: 2 }) }),
  agent: seldom('ann', 'bob', 'poll', 'mia'),
  skill: seldom('css'),
  proof: fc.constantFrom('none' as const, 'none' as const, 'signoff' as const, 'signoff' as const, 'patch' as const, 'screenshot' as const),
  maxTries: fc.integer({ min: 1, max: 3 }),
  timeMs: fc.constantFrom(undefined, undefined, 20_000),
  maxCents: fc.constantFrom(undefined, undefined, undefined, 25),
};
type Wish = { [K in keyof typeof wish]: (typeof wish)[K] extends fc.Arbitrary<infer T> ? T : never };

const waits = ({ status }: RefTask): boolean => status === 'pending' || status === 'parked';
const hasEnded = ({ status }: RefTask): boolean => ['completed', 'failed', 'cancelled'].includes(status);
const hasNotEnded = (task: RefTask): boolean => !hasEnded(task);

/** A step about one task, told by its place in a list; mostly of those that the step is made for. */
export function about<A extends object>(
  name: string,
  args: { [K in keyof A]: fc.Arbitrary<A[K]> },
  likely: (task: RefTask) => boolean,
  act: (world: World, task: RefTask, args: A) => Promise<unknown>,
) {
  return fc
    .record({ task: index, ...args } as unknown as { [K in keyof (A & { task: number })]: fc.Arbitrary<(A & { task: number })[K]> })
    .map(
      (all) =>
        new Step(name, all, async (world) => {
          const task = world.task(all.task, likely);
          if (task) await act(world, task, all);
        }),
    );
}

export const create = fc.record(wish).map((args) => new Step('Create', args, (world) => make(world, args)));
/** Work that goes on elsewhere, with a lease of its own. */
export const report = fc.record(wish).map((args) => new Step('Report', args, (world) => make(world, args, { leaseMs: 60_000 })));

/** What goes on from a task, by the agent that did it. */
export const goOn = fc
  .record({ ...wish, from: index })
  .map(
    (args) =>
      new Step('GoOn', args, (world) =>
        make(world, args, { from: world.task(args.from, (task) => hasEnded(task) || task.status === 'review') }),
      ),
  );

/** An agent creates a task as part of its work, now and then of somebody else's. */
export const spawn = fc.record({ ...wish, task: index, stranger: fc.nat({ max: 7 }) }).map(
  (args) =>
    new Step('Spawn', args, (world) => {
      const among = world.model.tasks.filter((task) => world.model.open(task));
      const parent = among[args.task % Math.max(1, among.length)];
      return parent ? make(world, args, { parent, stranger: args.stranger === 7 }) : Promise.resolve();
    }),
);

const DEEPEST = 3;

interface Origin {
  leaseMs?: number;
  from?: RefTask | undefined;
  parent?: RefTask;
  stranger?: boolean;
}

async function make(world: World, wishes: Wish, { leaseMs, from, parent, stranger = false }: Origin = {}): Promise<void> {
  const { model } = world;
  const { after, skill, proof, maxTries, timeMs, maxCents, priority: band } = wishes;
  const others = after.flatMap((at) => world.task(at) ?? []);
  const creator = parent && model.open(parent);
  const depth = parent ? parent.depth + 1 : 0;
  const canGoOn = !from || ((hasEnded(from) || from.status === 'review') && from.attempts.length > 0);
  const spec = {
    title: 'A task',
    priority: band,
    after: others.map(ref),
    ...(wishes.agent === undefined ? {} : { agent: wishes.agent }),
    ...(from ? { continues: ref(from) } : {}),
    skills: skill === undefined ? [] : [skill],
    requires: proof === 'none' ? [] : [{ type: proof }],
    limits: {
      attempts: maxTries,
      ...(timeMs === undefined ? {} : { timeMs }),
      ...(maxCents === undefined ? {} : { costUsd: maxCents / 100 }),
    },
  };
  const created: CommandInput = {
    type: 'CreateTask',
    spec,
    ...(parent ? { parent: { taskId: ref(parent), attempt: parent.attempts.length } } : {}),
  };
  const input: CommandInput = leaseMs === undefined ? created : { type: 'ReportTask', spec, agent: 'rep', leaseMs };
  const allowed = canGoOn && !(parent && (stranger || depth > DEEPEST));
  const by = creator && agentActor(stranger ? 'eve' : creator.agent);
  const { taskId = '', number = 0 } = await world.agree(allowed, input, by);
  if (!allowed) return;
  if (creator) creator.created++;
  const agent = wishes.agent ?? from?.attempts.at(-1)?.agent;
  const known = { priority: band, agent, skill, proof, maxTries, timeMs, maxCents, depth, after: [...new Set(others.map(({ id }) => id))] };
  const fresh = { rank: 0, tries: 0, round: 0, startNow: false, notBefore: 0, attempts: [], dismissed: false, archived: false };
  model.create({ id: taskId, number, ...known, ...fresh, status: 'pending' });
  const task = model.tasks.at(-1);
  if (leaseMs === undefined || !task) return;
  if (!model.agent('rep')) model.agents.push(newAgent('rep'));
  model.begin(task, 'rep', leaseMs);
}

export const cancel = about('Cancel', {}, hasNotEnded, (world, task) => {
  const { model } = world;
  const attempt = model.open(task);
  const allowed = !model.isFinal(task);
  // The work itself is over.
  if (attempt?.checking) model.end(task, attempt, 'cancelled', 'cancelled');
  else if (attempt && attempt.cancelAt === undefined) {
    model.stopWaiting(attempt);
    Object.assign(attempt, { cancelAt: model.now });
    task.status = 'running';
  } else if (allowed && !attempt) Object.assign(task, { status: 'cancelled', startNow: false });
  return world.agree(allowed, { type: 'CancelTask', taskId: ref(task) });
});

export const retry = about<{ agent: string | null | undefined }>(
  'Retry',
  { agent: fc.constantFrom(undefined, undefined, undefined, null, 'ann', 'mia') },
  hasEnded,
  (world, task, { agent }) => {
    const allowed = world.model.isFinal(task);
    if (allowed) again(world.model, task);
    if (allowed && agent !== undefined) task.agent = agent ?? undefined;
    return world.agree(allowed, { type: 'RetryTask', taskId: ref(task), ...(agent === undefined ? {} : { agent }) });
  },
);

export const retryFailed = fc.constant({}).map(
  (args) =>
    new Step('RetryFailed', args, (world) => {
      const { model } = world;
      const failed = (): RefTask[] => model.tasks.filter(({ status, archived }) => status === 'failed' && !archived);
      for (const task of failed()) bringBack(model, task);
      for (const task of failed()) again(model, task);
      return world.agree(true, { type: 'RetryFailed' });
    }),
);

function again(model: Reference, task: RefTask): void {
  bringBack(model, task);
  Object.assign(task, { status: 'pending', tries: 0, round: task.round + 1 });
}

/** What a task waits for is on the board too. */
function bringBack(model: Reference, { after }: RefTask): void {
  for (const other of model.tasks) if (after.includes(other.id)) other.archived = false;
}

export const startNow = about('StartNow', {}, waits, (world, task) => {
  const allowed = waits(task);
  if (allowed) Object.assign(task, { status: 'pending', startNow: true });
  return world.agree(allowed, { type: 'StartNow', taskId: ref(task) });
});

export const signOff = about<{ verdict: 'accepted' | 'rejected' }>(
  'SignOff',
  { verdict: fc.constantFrom('accepted', 'rejected') },
  ({ status }) => status === 'review',
  (world, task, { verdict }) => {
    const allowed = task.status === 'review';
    if (allowed) task.status = verdict === 'accepted' ? 'completed' : 'failed';
    return world.agree(allowed, { type: 'SignOff', taskId: ref(task), verdict });
  },
);

export const edit = about<Pick<Wish, 'after' | 'priority' | 'agent'>>(
  'Edit',
  { after: wish.after, priority, agent: wish.agent },
  waits,
  (world, task, args) => {
    const { model } = world;
    const after = args.after.flatMap((at) => world.task(at) ?? []);
    const allowed = waits(task) && !after.some((other) => reaches(model, other, task));
    if (allowed) Object.assign(task, { priority: args.priority, agent: args.agent, after: [...new Set(after.map(({ id }) => id))] });
    const patch: TaskPatch = { priority: args.priority, agent: args.agent ?? null, after: after.map(ref) };
    return world.agree(allowed, { type: 'EditTask', taskId: ref(task), patch });
  },
);

function reaches(model: Reference, from: RefTask, goal: RefTask): boolean {
  return from === goal || model.tasks.some((task) => from.after.includes(task.id) && !task.archived && reaches(model, task, goal));
}

export const reorder = about<{ before: number | null; priority: Wish['priority'] | undefined }>(
  'Reorder',
  { before: fc.option(index, { freq: 3 }), priority: fc.option(priority, { nil: undefined, freq: 2 }) },
  waits,
  async (world, task, { before, priority: band }) => {
    const { model, real } = world;
    const next = before === null ? undefined : model.tasks[before % model.tasks.length];
    const expected = model.moved(task, next, band);
    const place = { before: next ? ref(next) : null, ...(band ? { priority: band } : {}) };
    await world.agree(expected !== undefined, { type: 'ReorderTask', taskId: ref(task), ...place });
    if (!expected) return;
    assert.deepEqual(
      real.board.waiting.map(Number),
      expected.map(({ id }) => Number(id)),
      'It stands where it was put, and the rest as before.',
    );
    // Where it comes among tasks that do not wait now is for the rules to choose.
    for (const one of model.tasks) one.rank = real.task(one.id)?.rank ?? one.rank;
  },
);

export const dismiss = about('Dismiss', {}, hasEnded, (world, task) => {
  task.dismissed = true;
  return world.agree(true, { type: 'DismissTask', taskId: ref(task) });
});

export const purge = about('Purge', {}, hasEnded, (world, task) => {
  const { model } = world;
  const allowed = model.isFinal(task) && !isWaitedFor(model, task);
  if (allowed) model.tasks.splice(model.tasks.indexOf(task), 1);
  return world.agree(allowed, { type: 'PurgeTask', taskId: ref(task) });
});

export const archive = fc.constant({}).map(
  (args) =>
    new Step('Archive', args, ({ model, real }) => {
      for (const task of model.tasks) if (isSettled(model, task)) task.archived = true;
      return real.send({ type: 'ArchiveTasks', taskIds: [...real.board.tasks.keys()] }, TOWER);
    }),
);

/** Nobody waits for it, and the tower owes it nothing. */
function isSettled(model: Reference, task: RefTask): boolean {
  return model.isFinal(task) && !isWaitedFor(model, task) && !task.attempts.some(({ evidence }) => evidence.some(owesProof));
}

function isWaitedFor(model: Reference, { id }: RefTask): boolean {
  return model.tasks.some((task) => !model.isFinal(task) && task.after.includes(id));
}
