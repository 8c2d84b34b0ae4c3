import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TaskPatch } from '../../../src/server/domain/task';
import { TOWER } from '../../support/ruleBench';
import { newAgent, type RefTask } from './pieces';
import type { Reference } from './reference';
import { ref, Step, type World } from './step';

const index = fc.nat({ max: 9 });
const priority = fc.constantFrom('normal' as const, 'normal' as const, 'high' as const, 'urgent' as const);
export const agentName = fc.constantFrom('ann', 'bob', 'poll');
const wish = {
  priority,
  after: fc.oneof(fc.constant([]), fc.constant([]), fc.array(index, { maxLength: 2 })),
  agent: fc.constantFrom(undefined, undefined, undefined, 'ann', 'bob', 'poll'),
  skill: fc.constantFrom(undefined, undefined, undefined, 'css'),
  proof: fc.constantFrom('none' as const, 'none' as const, 'signoff' as const, 'patch' as const),
  maxTries: fc.integer({ min: 1, max: 3 }),
  timeMs: fc.constantFrom(undefined, undefined, 20_000),
};
type Wish = { [K in keyof typeof wish]: (typeof wish)[K] extends fc.Arbitrary<infer T> ? T : never };

const waits = ({ status }: RefTask): boolean => status === 'pending' || status === 'parked';
const hasEnded = ({ status }: RefTask): boolean => ['completed', 'failed', 'cancelled'].includes(status);
const hasNotEnded = (task: RefTask): boolean => !hasEnded(task);

/** A step about one task, told by its place in a list; mostly of those that the step is made for. */
function about<A extends object>(
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
export const report = fc.record(wish).map((args) => new Step('Report', args, (world) => make(world, args, 60_000)));

async function make(world: World, { after, agent, skill, proof, maxTries, timeMs, priority: band }: Wish, leaseMs?: number): Promise<void> {
  const { model } = world;
  const others = after.flatMap((at) => world.task(at) ?? []);
  const spec = {
    title: 'A task',
    priority: band,
    after: others.map(ref),
    ...(agent === undefined ? {} : { agent }),
    skills: skill === undefined ? [] : [skill],
    requires: proof === 'none' ? [] : [{ type: proof }],
    limits: { attempts: maxTries, ...(timeMs === undefined ? {} : { timeMs }) },
  };
  const input =
    leaseMs === undefined ? { type: 'CreateTask' as const, spec } : { type: 'ReportTask' as const, spec, agent: 'rep', leaseMs };
  const { taskId = '', number = 0 } = await world.agree(true, input);
  const known = {
    id: taskId,
    number,
    priority: band,
    agent,
    skill,
    proof,
    maxTries,
    timeMs,
    after: [...new Set(others.map(({ id }) => id))],
  };
  model.create({ ...known, rank: 0, tries: 0, status: 'pending', startNow: false, notBefore: 0, attempts: [], archived: false });
  const task = model.tasks.at(-1);
  if (leaseMs === undefined || !task) return;
  if (!model.agents.some(({ id }) => id === 'rep')) model.agents.push(newAgent('rep'));
  model.begin(task, 'rep', leaseMs);
}

export const cancel = about('Cancel', {}, hasNotEnded, (world, task) => {
  const { model } = world;
  const attempt = model.open(task);
  const allowed = !model.isFinal(task);
  if (attempt && attempt.cancelAt === undefined) {
    model.stopWaiting(attempt);
    Object.assign(attempt, { cancelAt: model.now });
    task.status = 'running';
  } else if (allowed && !attempt) Object.assign(task, { status: 'cancelled', startNow: false });
  return world.agree(allowed, { type: 'CancelTask', taskId: ref(task) });
});

export const retry = about('Retry', {}, hasEnded, (world, task) => {
  const allowed = world.model.isFinal(task);
  if (allowed) again(world.model, task);
  return world.agree(allowed, { type: 'RetryTask', taskId: ref(task) });
});

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
  Object.assign(task, { status: 'pending', tries: 0 });
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

export const purge = about('Purge', {}, hasEnded, (world, task) => {
  const { model } = world;
  const allowed = model.isFinal(task) && !isWaitedFor(model, task);
  if (allowed) model.tasks.splice(model.tasks.indexOf(task), 1);
  return world.agree(allowed, { type: 'PurgeTask', taskId: ref(task) });
});

export const archive = fc.constant({}).map(
  (args) =>
    new Step('Archive', args, ({ model, real }) => {
      for (const task of model.tasks) if (model.isFinal(task) && !isWaitedFor(model, task)) task.archived = true;
      return real.send({ type: 'ArchiveTasks', taskIds: [...real.board.tasks.keys()] }, TOWER);
    }),
);

function isWaitedFor(model: Reference, { id }: RefTask): boolean {
  return model.tasks.some((task) => !model.isFinal(task) && task.after.includes(id));
}
