import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Command } from '../../../src/server/domain/command';
import { agent as agentActor, TOWER } from '../../support/ruleBench';
import { isThorough } from '../../support/thorough';
import { runsOf } from './commands';
import { MemoryTower } from './memoryTower';
import { newAgent } from './pieces';
import { Reference } from './reference';

const SEED = Number(process.env.TASKTOWER_TEST_SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.TASKTOWER_TEST_RUNS ?? (isThorough ? 300 : 100));

/** From so many runs on, everything that may be asked of the tower is carried out, if need be in so many times as many. */
const ENOUGH = 100;
const MORE = 10;
const carriedOut = new Set<string>();
const neverAsked = (): string[] => Command.options.map(({ shape }) => shape.type.value).filter((type) => !carriedOut.has(type));

describe('The rules of the tower', () => {
  it(`give what the plain reference gives, whatever comes in whatever order (${RUNS} runs, TASKTOWER_TEST_SEED=${SEED})`, async function () {
    this.timeout(60_000 + RUNS * 1_000);
    let seed = SEED;
    do await fc.assert(fc.asyncProperty(runsOf(100), run), { seed, numRuns: RUNS });
    while (RUNS >= ENOUGH && neverAsked().length > 0 && ++seed < SEED + MORE);
    if (RUNS >= ENOUGH) assert.deepEqual(neverAsked(), [], 'Every command that there is was carried out.');
  });
});

/** Takes the steps on a new tower with three agents, of which one asks for its work. */
async function run(steps: Iterable<fc.AsyncCommand<Reference, MemoryTower>>): Promise<void> {
  const model = new Reference();
  const real = new MemoryTower();
  try {
    await meet(model, real);
    await fc.asyncModelRun(() => ({ model, real }), steps);
  } finally {
    for (const { input } of real.sent) carriedOut.add(input.type);
    if (real.records.some(({ events }) => events.some(({ type }) => type === 'TaskRecalled'))) carriedOut.add('RecallTask');
    real.dispose();
  }
}

async function meet(model: Reference, real: MemoryTower): Promise<void> {
  model.agents.push(newAgent('ann'), newAgent('bob', 2, ['css']), newAgent('poll'));
  for (const agent of model.agents) {
    const { id, capacity, skills } = agent;
    await real.send({ type: 'RegisterAgent', profile: { name: id, capacity, skills } }, agentActor(id));
    agent.presence = id === 'poll' ? 'pull' : 'online';
    real.live.setAgent(id, agent.presence);
  }
  await real.send({ type: 'ConfigureQueue', cap: model.queue.cap }, TOWER);
}
