import assert from 'node:assert/strict';
import { stopRun } from '../../support/stopRun';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('a tower that is stopped with 20 agents at work', () => {
  const home = process.env.TASKTOWER_HOME;

  afterEach(() => {
    if (home === undefined) delete process.env.TASKTOWER_HOME;
    else process.env.TASKTOWER_HOME = home;
    removeTempFolders();
  });

  it('is replaced by the one that stands by, and follows it when it wakes: no attempt is lost or doubled', async function () {
    this.timeout(90_000);
    assert.deepEqual(await stopRun({ home: tempFolder(), stopMs: 12_000, standby: true }), { woken: 'follower', tookOver: true });
  });
});
