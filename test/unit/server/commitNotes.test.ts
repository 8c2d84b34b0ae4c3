import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { commitOf } from '../../../src/server/commitNotes';
import { GitRepository } from '../../support/gitRepository';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('The commit that a folder is at', () => {
  const { PATH = '' } = process.env;
  afterEach(() => {
    process.env.PATH = PATH;
    removeTempFolders();
  });

  it('is found from a folder inside a repository, with whether anything was changed', async () => {
    const repository = new GitRepository(tempFolder());
    const sha = repository.commit({ 'inner/page.html': 'one' }).slice(0, 12);
    const folder = join(repository.folder, 'inner');
    assert.deepEqual(await commitOf(folder), { sha, dirty: false });
    repository.write({ 'inner/page.html': 'two' });
    assert.deepEqual(await commitOf(folder), { sha, dirty: true });
  });

  it('is not asked of git where there is no repository', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = tempFolder();
    const programs = tempFolder();
    const started = join(programs, 'started');
    writeFileSync(join(programs, 'git'), `#!/bin/sh\ntouch '${started}'\n`, { mode: 0o755 });
    process.env.PATH = `${programs}${delimiter}${PATH}`;
    assert.equal(await commitOf(folder), undefined);
    assert.equal(existsSync(started), false);
  });
});
