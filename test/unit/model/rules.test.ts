import fc from 'fast-check';
import { agent as agentActor, TOWER } from '../../support/ruleBench';
import { runsOf } from './commands';
import { MemoryTower } from './memoryTower';
import { newAgent } from './pieces';
import { Reference } from './reference';

const SEED = Number(process.env.TASKTOWER_TEST_SEED ?? Date.now() % 1_000_000);
const RUNS = Number(process.env.TASKTOWER_TEST_RUNS ?? 300);

describe('The rules of the tower', () => {
  it(`give what the plain reference gives, whatever comes in whatever order (${RUNS} runs, TASKTOWER_TEST_SEED=${SEED})`, async function () {
    this.timeout(60_000 + RUNS * 100);
    await fc.assert(fc.asyncProperty(runsOf(60), run), { seed: SEED, numRuns: RUNS });
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
