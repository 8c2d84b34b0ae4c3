import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findProgram } from '../../../src/server/base/findProgram';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('A program on the PATH', () => {
  afterEach(removeTempFolders);
  const program = (folder: string, name: string, mode = 0o755): string => {
    const file = join(folder, name);
    writeFileSync(file, '');
    chmodSync(file, mode);
    return file;
  };

  it('is the first one that may be run', async () => {
    const [first, second] = [tempFolder(), tempFolder()];
    program(first, 'kimi', 0o644);
    mkdirSync(join(first, 'claude'));
    const [kimi, claude] = [program(second, 'kimi'), program(second, 'claude')];
    const env = { PATH: [join(first, 'gone'), first, second].join(delimiter) };
    assert.deepEqual([await findProgram('kimi', env), await findProgram('claude', env)], [kimi, claude]);
    assert.equal(await findProgram('codex', env), undefined);
  });

  it('is not looked for where the PATH means another folder each time', async () => {
    program(process.cwd(), '.tasktower-probe');
    try {
      assert.equal(await findProgram('.tasktower-probe', { PATH: `.${delimiter}${delimiter}` }), undefined);
    } finally {
      (await import('node:fs')).rmSync('.tasktower-probe');
    }
  });

  it('has the endings of Windows there, under whatever spelling of the variable', async () => {
    const folder = tempFolder();
    program(folder, 'kimi');
    const shim = program(folder, 'kimi.CMD');
    assert.equal(await findProgram('kimi', { Path: folder, PATHEXT: '.EXE;.CMD' }, 'win32'), shim);
    assert.equal(await findProgram('kimi.CMD', { Path: folder }, 'win32'), shim);
    assert.equal(await findProgram('kimi.exe', { Path: folder }, 'linux'), undefined);
  });
});
