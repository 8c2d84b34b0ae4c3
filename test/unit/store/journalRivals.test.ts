import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { lift } from '../../../src/server/domain/migrations';
import { reduce } from '../../../src/server/domain/reduce';
import { openJournal } from '../../../src/server/store/openJournal';
import { bundleScript } from '../../support/bundle';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const RIVALS = 3;
const COUNT = 400;

/** Lets three processes fight for one folder. @returns how many acknowledged records there were, and which of them are lost. */
async function fight(script: string, look: boolean): Promise<{ acknowledged: number; lost: string[]; readOnly?: string }> {
  const dir = tempFolder();
  const acksOf = (rival: number): string => join(dir, `acks-${rival}`);
  await Promise.all(
    Array.from({ length: RIVALS }, async (_, rival) => {
      const child = spawn(process.execPath, [script, dir, acksOf(rival), `${rival + 1}`, `${COUNT}`, `${look}`], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      if (look) assert.equal(code, 0, errors);
    }),
  );
  const acknowledged = Array.from({ length: RIVALS }, (_, rival) => acksOf(rival)).flatMap((path) =>
    existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [],
  );
  const { board, readOnly } = await openJournal({ dir, lift, fold: reduce, fsync: false, log: nullLog });
  const titles = new Set([...board.tasks.values()].map(({ title }) => title));
  const lost = acknowledged.filter((title) => !titles.has(title));
  return { acknowledged: acknowledged.length, lost, ...(readOnly === undefined ? {} : { readOnly }) };
}

describe('Three rival towers in one storage folder', () => {
  let script = '';
  before(() => {
    script = join(tempFolder(), 'rival.cjs');
    bundleScript('test/support/journalRival.ts', script);
  });
  after(removeTempFolders);

  it('lose no acknowledged record', async () => {
    const { acknowledged, lost, readOnly } = await fight(script, true);
    assert.deepEqual([acknowledged, lost.slice(0, 5), readOnly], [RIVALS * COUNT, [], undefined]);
  });

  it('would lose records without the look after each write', async () => {
    const { lost, readOnly } = await fight(script, false);
    assert.ok(lost.length > 0 || readOnly !== undefined, 'Without the look nothing was lost, so the test above proves nothing.');
  });
});
