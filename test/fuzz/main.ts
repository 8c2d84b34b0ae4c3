import { parseArgs } from 'node:util';
import { removeTempFolders } from '../support/tempFolder';
import { fuzzDoors } from './doors/run';
import { fuzz } from './fuzz';
import { TARGETS } from './targets/table';

const MINUTE = 60_000;

/**
 * `npm run fuzz -- --minutes 10 --seed 7 --only reports`: each target in turn for its share of the time, without stopping at the first fault.
 * `npm run fuzz -- --frames 1000000 --bodies 100000`: a real tower at its doors.
 */
async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const options = { minutes: { ...text, default: '10' }, seed: text, only: text, frames: text, bodies: text } as const;
  const { values } = parseArgs({ options });
  const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
  if (values.frames !== undefined || values.bodies !== undefined)
    return doors(seed, Number(values.frames ?? 0), Number(values.bodies ?? 0));
  const targets = TARGETS.map(({ make }) => make()).filter(({ name }) => values.only === undefined || name === values.only);
  if (targets.length === 0)
    throw new Error(`There is no target ${values.only}. There are ${TARGETS.map(({ make }) => make().name).join(', ')}.`);
  let broken = 0;
  for (const target of targets) {
    const end = Date.now() + (Number(values.minutes) * MINUTE) / targets.length;
    for (let round = seed; Date.now() < end; round += 1_000_000) {
      try {
        const inputs = await fuzz(target, { seed: round, goesOn: () => Date.now() < end });
        console.log(`${target.name}: ${inputs} inputs read or refused (seed ${round})`);
      } catch (error) {
        broken++;
        console.error(error instanceof Error ? error.message : error);
      }
    }
    target.close?.();
  }
  removeTempFolders();
  process.exit(broken > 0 ? 1 : 0);
}

async function doors(seed: number, frames: number, bodies: number): Promise<void> {
  console.log(`Seed ${seed}`);
  const run = await fuzzDoors({ seed, frames, bodies, agents: 40, viewers: 20, steps: 5 }, (line) => console.log(line));
  console.log(`Answers to bodies by status: ${JSON.stringify(run.statuses)}`);
  console.log(`${run.frames} frames and ${run.bodies} bodies: no crash, no unhandled rejection, no error of its own, still serving.`);
  removeTempFolders();
}

void main();
