import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CommandInput } from '../../../src/server/domain/command';
import { ANSWER_MAX_AGE } from '../../../src/server/domain/board';
import { TOWER } from '../../support/ruleBench';
import type { RefAgent } from './pieces';
import { Step, type World } from './step';
import { agentName } from './taskSteps';

const span = fc.constantFrom(1_000, 9_000, 25_000, 31_000, 61_000, 700_000);

/** Time goes by, and the alarm rings. */
export const pass = fc.record({ ms: span }).map((args) => new Step('Pass', args, (world) => later(world, args.ms, args.ms)));
/** The machine sleeps: nobody could be heard of. */
export const sleep = fc.record({ ms: span }).map((args) => new Step('Sleep', args, (world) => later(world, args.ms, args.ms, true)));
/** The wall clock is set; leases do not care. */
export const jump = fc
  .record({ ms: fc.constantFrom(-3_600_000, -5_000, 5_000, 120_000, ANSWER_MAX_AGE * 2) })
  .map((args) => new Step('Jump', args, (world) => later(world, args.ms, 0)));

async function later(world: World, wall: number, monotonic: number, asleep = false): Promise<void> {
  const { model, real } = world;
  real.machine.wall += wall;
  real.machine.monotonic += monotonic;
  world.readClocks();
  if (asleep) grace(world);
  model.tick();
  model.loseSilent();
  await real.ring(asleep);
}

/** Everyone has a whole lease more. */
function grace({ model }: World): void {
  for (const task of model.tasks) {
    const attempt = model.open(task);
    if (attempt) attempt.heard = model.monotonic;
  }
}

/** The tower ends; another one starts from its files, and no agent is connected yet. */
export const restart = fc.constant({}).map(
  (args) =>
    new Step('Restart', args, (world) => {
      world.real.restart();
      world.readClocks();
      for (const agent of world.model.agents) agent.presence = undefined;
      grace(world);
      return Promise.resolve();
    }),
);

/** A command that was carried out before comes again, under the same id. */
export const repeat = fc.record({ back: fc.nat({ max: 20 }) }).map(
  (args) =>
    new Step('Repeat', args, async ({ real }) => {
      const sent = real.sent.at(-1 - args.back);
      if (!sent || real.board.at - sent.at > ANSWER_MAX_AGE) return;
      const { message: _, ...was } = sent.answer;
      const given = await real.ask(sent.input, sent.by, sent.id);
      assert.ok(typeof given === 'object', `Refused when it came again: ${JSON.stringify(sent.input)}`);
      const { message: __, ...is } = given;
      assert.deepEqual(is, was, 'The same command id gets the same answer.');
    }),
);

function arrive({ real }: World, agent: RefAgent, isThere: boolean): void {
  const presence = agent.id === 'poll' ? 'pull' : 'online';
  agent.presence = isThere ? presence : undefined;
  real.live.setAgent(agent.id, isThere ? presence : 'offline');
}

export const presence = fc.record({ agent: agentName, there: fc.boolean() }).map(
  (args) =>
    new Step('Presence', args, (world) => {
      const agent = world.model.agent(args.agent);
      if (agent) arrive(world, agent, args.there);
      return Promise.resolve();
    }),
);

/** All that are known connect, as after a restart. */
export const everyone = fc.constant({}).map(
  (args) =>
    new Step('Everyone', args, (world) => {
      for (const agent of world.model.agents) arrive(world, agent, true);
      return Promise.resolve();
    }),
);

export const heartbeat = fc.record({ agent: agentName }).map(
  (args) =>
    new Step('Heartbeat', args, (world) => {
      world.hear(args.agent);
      return Promise.resolve();
    }),
);

const states = ['open', 'open', 'open', 'paused', 'draining', 'approval', 'no approval', 'no approval'] as const;
export const queue = fc.constantFrom(...states).map(
  (to) =>
    new Step('Queue', { to }, (world) => {
      const { model } = world;
      const isBusy = model.count('running', 'parked') > 0;
      if (to === 'approval' || to === 'no approval') model.queue.approval = to === 'approval';
      else model.queue.state = to === 'draining' && !isBusy ? 'paused' : to;
      return world.agree(true, QUEUE[to]);
    }),
);

const QUEUE: Record<'open' | 'paused' | 'draining' | 'approval' | 'no approval', CommandInput> = {
  open: { type: 'ResumeQueue' },
  paused: { type: 'PauseQueue' },
  draining: { type: 'PauseQueue', when: 'afterCurrent' },
  approval: { type: 'SetApproval', on: true },
  'no approval': { type: 'SetApproval', on: false },
};

const cents = fc.constantFrom(undefined, undefined, undefined, undefined, undefined, undefined, 40, 100);
export const caps = fc
  .record({
    cap: fc.integer({ min: 1, max: 4 }),
    reviewCap: fc.nat({ max: 2 }),
    accountCap: fc.nat({ max: 2 }),
    breaker: fc.nat({ max: 2 }),
    budget: fc.record({ perTask: cents, perAgentDay: cents, perDay: cents }),
  })
  .map(
    ({ budget, ...args }) =>
      new Step('Caps', { ...args, budget }, (world) => {
        const { accountCap, ...queue } = args;
        Object.assign(world.model.queue, args);
        const limits = Object.entries(budget).filter(([, limit]) => limit !== undefined) as [string, number][];
        world.model.budget = Object.fromEntries(limits);
        const accountCaps: Record<string, number> = accountCap > 0 ? { acc: accountCap } : {};
        const money = Object.fromEntries(limits.map(([whose, limit]) => [whose, limit / 100]));
        return world.agree(true, { type: 'ConfigureQueue', ...queue, accountCaps, budget: money }, TOWER);
      }),
  );
