import assert from 'node:assert/strict';
import type { Held } from '../../soak/soakTower';
import { Mutator } from '../mutator';
import { BodyFuzz } from './bodies';
import { FrameFuzz } from './frames';
import { FuzzedTower } from './fuzzedTower';

/** How much more a tower may hold at the end than after this step: what it remembers of commands, 10,000 answers, is there by then. */
const GROWTH = 1.1;
const FULL = 3;
/** How often a run says how far it is, ms. */
const TELL = 30_000;

/** What a tower is sent, and by how many at once. */
export interface DoorLoad {
  seed: number;
  frames: number;
  bodies: number;
  agents: number;
  viewers: number;
  /** After each step it is looked at; what it holds is compared where there are five. */
  steps: number;
}

/** What came of a run. */
export interface DoorRun {
  frames: number;
  bodies: number;
  sockets: number;
  shut: number;
  statuses: Record<number, number>;
  first: Held;
  last: Held;
}

/**
 * Sends so many frames and bodies to a real tower.
 * @throws {Error} when it ends, has an error of its own, does not answer, or holds more and more.
 */
export async function fuzzDoors(load: DoorLoad, say: (line: string) => void): Promise<DoorRun> {
  const { seed, frames, bodies, steps } = load;
  const tower = await FuzzedTower.start(load.agents);
  const framing = new FrameFuzz(tower, new Mutator(seed));
  const posting = new BodyFuzz(tower, new Mutator(seed + 1));
  const telling = setInterval(() => say(`… ${framing.taken} frames, ${posting.taken} bodies`), TELL);
  try {
    let first: Held | undefined;
    let last: Held | undefined;
    for (let step = 1; step <= steps; step++) {
      await sendFrames(tower, framing, load.viewers, (frames * step) / steps);
      if (bodies > 0) await posting.run(() => posting.taken < (bodies * step) / steps);
      const faults = [...framing.faults, ...posting.faults];
      assert.equal(faults.length, 0, `Errors of the tower's own:\n${faults.slice(0, 5).join('\n')}`);
      await tower.clear();
      last = await tower.held();
      if (step <= FULL) first = last;
      const mb = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MB`;
      say(
        `${framing.taken} frames over ${framing.sockets} sockets (${framing.shut} shut for bad frames), ${posting.taken} bodies: ` +
          `heap ${mb(last.heap)}, external ${mb(last.external)}, ${last.handles} handles, ${last.timers} timers, ${last.onBoard} tasks on the board`,
      );
    }
    assert.ok(first && last);
    const { status } = await tower.ask('POST', '/api/tasks', { title: 'Still here' });
    assert.equal(status, 201, 'the tower still serves');
    assert.doesNotMatch(tower.said, /A view of the board failed|A request failed/, 'nothing failed inside');
    assert.ok(last.heap <= first.heap * GROWTH, `the heap grew from ${first.heap} to ${last.heap} bytes`);
    assert.ok(last.handles <= first.handles + 10, `the handles grew from ${first.handles} to ${last.handles}`);
    const { sockets, shut, taken } = framing;
    return { frames: taken, bodies: posting.taken, sockets, shut, statuses: Object.fromEntries(posting.statuses), first, last };
  } finally {
    clearInterval(telling);
    await tower.close();
  }
}

async function sendFrames(tower: FuzzedTower, framing: FrameFuzz, viewing: number, until: number): Promise<void> {
  const goesOn = (): boolean => framing.taken < until;
  if (!goesOn()) return;
  for (const { name } of tower.agents) await tower.ask('POST', '/api/tasks', { title: `For ${name}`, agent: name });
  const viewers = Array.from({ length: viewing }, (_, n) => ({
    name: 'viewer',
    token: n % 2 === 0 ? tower.keys.person : tower.keys.client,
  }));
  await Promise.all([
    ...tower.agents.map((agent) => framing.run('/agent', agent, goesOn)),
    ...viewers.map((viewer) => framing.run('/board', viewer, goesOn)),
  ]);
}
