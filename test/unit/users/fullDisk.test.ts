import assert from 'node:assert/strict';
import fs from 'node:fs';
import { mock } from 'node:test';
import { SessionBook } from '../../../src/server/users/sessionBook';
import { peopleOf } from '../../support/team';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('A full disk', () => {
  afterEach(() => {
    mock.restoreAll();
    removeTempFolders();
  });

  /** Makes files, and lets nothing into them. */
  const fill = (): void => {
    const write = fs.writeFileSync;
    mock.method(fs, 'writeFileSync', (file: fs.PathOrFileDescriptor, _: string, options?: fs.WriteFileOptions) => {
      write(file, '', options);
      throw new Error('ENOSPC: no space left on device, write');
    });
  };

  it('ends no session: its refresh token is good for the next once there is room', () => {
    const book = new SessionBook(tempFolder(), Buffer.alloc(32), Date.now);
    const { session, refresh } = book.begin('anna', 'a browser');
    fill();
    assert.throws(() => book.rotate(refresh), /ENOSPC/);
    mock.restoreAll();
    const next = book.rotate(refresh);
    assert.equal(typeof next === 'object' ? next.session.id : next, session.id);
  });

  it('leaves no secret behind that signs nothing', () => {
    const storage = tempFolder();
    fill();
    assert.throws(() => peopleOf(storage), /ENOSPC/);
    mock.restoreAll();
    peopleOf(storage).dispose();
  });
});
