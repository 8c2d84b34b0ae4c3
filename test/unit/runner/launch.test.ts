import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { launchRunner } from '../../../src/server/runner/launch';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

describe('The log of the runner', () => {
  after(removeTempFolders);

  it('goes on where it was, and is begun anew when it has grown large, with the one before beside it', async () => {
    const folder = tempFolder();
    const [script, logFile] = [join(folder, 'runner.js'), join(folder, 'runner.log')];
    writeFileSync(script, `console.log('Here.')`);
    const launch = async (): Promise<void> => {
      const before = existsSync(logFile) ? statSync(logFile).size : 0;
      await launchRunner({ script, addressFile: join(folder, 'address.json'), logFile, log: nullLog });
      await until('a word of it', () => [0, before].includes(statSync(logFile).size) === false);
    };
    await launch();
    await launch();
    assert.equal(readFileSync(logFile, 'utf8'), 'Here.\nHere.\n');
    writeFileSync(logFile, 'x'.repeat(6 * 1024 * 1024));
    await launch();
    assert.equal(readFileSync(logFile, 'utf8'), 'Here.\n');
    assert.equal(statSync(`${logFile}.1`).size, 6 * 1024 * 1024);
  });
});
