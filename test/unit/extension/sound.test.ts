import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playSound } from '../../../src/extension/sound';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('The sound of a notification', () => {
  let dir = '';
  beforeEach(() => (dir = tempFolder()));
  afterEach(() => removeTempFolders());

  /** A program of that name that notes its arguments, or fails. */
  const program = (name: string, code = 0): string => {
    const path = join(dir, name);
    writeFileSync(path, `#!/bin/sh\necho "$0 $@" >> "${join(dir, 'played')}"\nexit ${code}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const play = (): Promise<boolean> => playSound('linux', { PATH: dir });

  it('is played by the first player that works', async () => {
    program('canberra-gtk-play', 1);
    program('paplay');
    program('pw-play');
    assert.equal(await play(), true);
    const [first, second, ...others] = readFileSync(join(dir, 'played'), 'utf8').trim().split('\n');
    assert.match(first ?? '', /canberra-gtk-play -i message-new-instant$/);
    assert.match(second ?? '', /paplay \/usr\/share\/sounds\/.*\.oga$/);
    assert.deepEqual(others, []);
  });

  it('is missing without harm where nothing plays it', async () => {
    assert.equal(await play(), false);
    assert.equal(await playSound('aix', { PATH: dir }), false);
    assert.ok(!existsSync(join(dir, 'played')));
  });
});
