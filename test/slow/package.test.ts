import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

describe('The package of the extension', () => {
  it('has the same bytes in whichever folder, time zone and file modes it is made', function () {
    this.timeout(600_000);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/package.mjs', '--verify'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const hashes = [...stdout.matchAll(/^([0-9a-f]{64}) {2}\//gm)].map(([, hash]) => hash);
    assert.equal(hashes.length, 2);
    assert.equal(hashes[0], hashes[1]);
  });
});
