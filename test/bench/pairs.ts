/** One side of a comparison: does its work once and says what it measured. */
export type Side = () => Promise<number>;

/** How often both sides run: first to warm up, then in pairs that count. */
export interface Rounds {
  warmUp?: number;
  pairs?: number;
}

/** Runs both sides in turns, each of them first in every other pair, so that a machine that slows down slows both. */
export async function inPairs(ours: Side, peer: Side, { warmUp = 1, pairs = 5 }: Rounds = {}): Promise<{ ours: number[]; peer: number[] }> {
  const samples = { ours: [] as number[], peer: [] as number[] };
  for (let pair = -warmUp; pair < pairs; pair++) {
    const sides = [['ours', ours] as const, ['peer', peer] as const];
    if (pair % 2 !== 0) sides.reverse();
    for (const [name, side] of sides) {
      const sample = await side();
      if (pair >= 0) samples[name].push(sample);
    }
  }
  return samples;
}

/** How long the work takes, ms. */
export async function timed(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/** Times of the same work over and over, ms. */
export async function repeated(work: () => unknown, { warmUp = 1, pairs = 5 }: Rounds = {}): Promise<number[]> {
  const times: number[] = [];
  for (let round = -warmUp; round < pairs; round++) {
    const time = await timed(work);
    if (round >= 0) times.push(time);
  }
  return times;
}
