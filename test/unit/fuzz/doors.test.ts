import assert from 'node:assert/strict';
import { fuzzDoors } from '../../fuzz/doors/run';
import { removeTempFolders } from '../../support/tempFolder';

/** The same inputs each time, though not in the same order; `npm run fuzz -- --frames 1000000 --bodies 100000` looks for new ones. */
const LOAD = { seed: 1, frames: 5_000, bodies: 1_000, agents: 12, viewers: 6, steps: 1 };

describe('The doors of a real tower', () => {
  after(removeTempFolders);

  it('take in or refuse whatever frames and bodies come, and go on serving', async function () {
    this.timeout(60_000);
    const { frames, bodies, sockets, statuses } = await fuzzDoors(LOAD, () => undefined);
    assert.ok(frames >= LOAD.frames && bodies >= LOAD.bodies, `${frames} frames and ${bodies} bodies`);
    assert.ok(sockets >= LOAD.agents + LOAD.viewers, `${sockets} sockets`);
    for (const status of [200, 201, 400, 403, 404, 409]) assert.ok(statuses[status], `no answer ${status}: ${JSON.stringify(statuses)}`);
  });
});
