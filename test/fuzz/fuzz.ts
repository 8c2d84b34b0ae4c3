import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Mutator } from './mutator';
import type { Target } from './target';

/** A round that takes more work, ms of a processor, is a fault of its own: whoever sends such an input stops everybody. */
const SLOW = 5_000;

export interface FuzzRun {
  seed: number;
  /** Whether to go on after so many rounds. */
  goesOn: (rounds: number) => boolean;
}

/**
 * Reads every seed of a target and then mutations of them. The same seed makes the same inputs.
 * @returns how many inputs were read. @throws {Error} at the first one that breaks it, which is kept under `out/fuzz`.
 */
export async function fuzz(target: Target, { seed, goesOn }: FuzzRun): Promise<number> {
  const mutator = new Mutator(seed);
  for (const input of target.seeds) await attempt(target, input, seed);
  let rounds = 0;
  for (; goesOn(rounds); rounds++) {
    const input = target.mutate(mutator, mutator.pick(target.seeds), mutator.pick(target.seeds));
    await attempt(target, input, seed, rounds);
  }
  return target.seeds.length + rounds;
}

async function attempt(target: Target, input: Buffer, seed: number, round?: number): Promise<void> {
  const before = process.cpuUsage();
  try {
    await target.read(input);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
    if (took > SLOW) throw new Error(`It took ${Math.round(took)} ms of work.`);
  } catch (error) {
    const folder = resolve('out', 'fuzz');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${target.name}-${seed}-${round ?? 'seed'}`);
    writeFileSync(path, input);
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(
      `${target.name}, seed ${seed}, round ${round ?? 'of a seed'}: ${what}\nThe input is in ${path}; put it into the corpus.`,
    );
  }
}
