import assert from 'node:assert/strict';
import { stopRun } from '../support/stopRun';
import { removeTempFolders, tempFolder } from '../support/tempFolder';

describe('a tower with 20 agents at work', () => {
  afterEach(removeTempFolders);

  for (const seconds of [60, 120])
    it(`that stands still for ${seconds} s loses and doubles no attempt, and goes on`, async function () {
      this.timeout(seconds * 2_000 + 180_000);
      assert.deepEqual(await stopRun({ home: tempFolder(), stopMs: seconds * 1000, standby: false }), { woken: 'owner', tookOver: false });
    });

  it('that stands still for 120 s beside another window gives way to it for good', async function () {
    this.timeout(420_000);
    assert.deepEqual(await stopRun({ home: tempFolder(), stopMs: 120_000, standby: true }), { woken: 'follower', tookOver: true });
  });
});
