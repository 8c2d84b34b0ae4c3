import assert from 'node:assert/strict';
import { nullLog } from '../../../src/server/base/log';
import { teamOptions } from '../../../src/server/serve/teamOptions';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const MIB = 2 ** 20;

describe("The options of a team's tower", () => {
  after(removeTempFolders);

  const read = (...more: string[]) => teamOptions(['--storage', tempFolder(), ...more], { pages: tempFolder(), log: nullLog });

  it('say how large a piece of evidence may be; 128 MiB without a word', () => {
    assert.equal(read().serve.maxEvidence, 128 * MIB);
    assert.equal(read('--max-evidence', '512').serve.maxEvidence, 512 * MIB);
    for (const text of ['0', '1.5', 'large', '99999'])
      assert.throws(() => read('--max-evidence', text), /--max-evidence is a number from 1/);
  });
});
