import assert from 'node:assert/strict';
import { stopRun } from '../support/stopRun';
import { removeTempFolders, tempFolder } from '../support/tempFolder';

describe('a tower with 20 agents at work', () => {
  const home = process.env.TASKTOWER_HOME;

  afterEach(() => {
    if (home === undefined) delete process.env.TASKTOWER_HOME;
    else process.env.TASKTOWER_HOME = home;
    removeTempFolders();
  });

  for (const seconds of [60, 120])
    it(`that stands still for ${seconds} s loses and doubles no attempt, and goes on`, async function () {
      this.timeout(seconds * 2_000 + 180_000);
      assert.deepEqual(await stopRun({ home: tempFolder(), stopMs: seconds * 1000, standby: false }), { woken: 'owner', tookOver: false });
    });

  for (const seconds of [12, 120])
    it(`that stands still for ${seconds} s beside another window gives way to it for good`, async function () {
      this.timeout(seconds * 2_000 + 180_000);
      assert.deepEqual(await stopRun({ home: tempFolder(), stopMs: seconds * 1000, standby: true }), { woken: 'follower', tookOver: true });
    });
});
