import assert from 'node:assert/strict';
import { join } from 'node:path';
import { bundleScript } from '../support/bundle';
import { fight, RIVALS } from '../support/rivals';
import { removeTempFolders, tempFolder } from '../support/tempFolder';

const SECONDS = 30;

describe(`Three rival towers that write for ${SECONDS} s`, () => {
  after(removeTempFolders);

  it('lose no acknowledged record', async function () {
    this.timeout(SECONDS * 10_000);
    const script = join(tempFolder(), 'rival.cjs');
    bundleScript('test/support/journalRival.ts', script);
    const until = performance.now() + SECONDS * 1000;
    let count = 0;
    while (performance.now() < until) {
      const { acknowledged, lost, readOnly } = await fight(script, 4_000, true);
      assert.deepEqual([acknowledged, lost.slice(0, 5), readOnly], [RIVALS * 4_000, [], undefined]);
      count += acknowledged;
    }
    console.log(`      ${count} acknowledged records`);
  });
});
