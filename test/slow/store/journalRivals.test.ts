import assert from 'node:assert/strict';
import { join } from 'node:path';
import { bundleScript } from '../../support/bundle';
import { fight, RIVALS } from '../../support/rivals';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const COUNT = 400;

describe('Three rival towers in one storage folder', () => {
  let script = '';
  before(() => {
    script = join(tempFolder(), 'rival.cjs');
    bundleScript('test/support/journalRival.ts', script);
  });
  after(removeTempFolders);

  it('lose no acknowledged record', async () => {
    const { acknowledged, lost, readOnly } = await fight(script, COUNT, true);
    assert.deepEqual([acknowledged, lost.slice(0, 5), readOnly], [RIVALS * COUNT, [], undefined]);
  });

  it('would lose records without the look after each write', async () => {
    const { lost, readOnly } = await fight(script, COUNT, false);
    assert.ok(lost.length > 0 || readOnly !== undefined, 'Without the look nothing was lost, so the test above proves nothing.');
  });
});
