import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { nullLog, type Log } from '../../../src/server/base/log';
import { encodeBoard, emptyBoard, type Board } from '../../../src/server/domain/board';
import type { TowerRecord } from '../../../src/server/domain/event';
import { lift } from '../../../src/server/domain/migrations';
import { reduce } from '../../../src/server/domain/reduce';
import { nodeFiles, syncFolder } from '../../../src/server/store/files';
import { SteppedDown } from '../../../src/server/domain/refusal';
import { openJournal, type JournalOptions, type OpenedJournal } from '../../../src/server/store/openJournal';
import { failingFiles } from '../../support/failingFiles';
import { PowerCut } from '../../support/powerCut';
import { creation, dayOfRecords } from '../../support/records';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const open = (dir: string, options: Partial<JournalOptions> = {}): Promise<OpenedJournal> =>
  openJournal({ dir, lift, fold: reduce, fsync: false, log: nullLog, ...options });

async function append({ journal, board }: OpenedJournal, record: TowerRecord): Promise<void> {
  await journal.append(record);
  reduce(board, record);
}

/** A folder whose only epoch holds these many records. */
async function folderOf(count: number): Promise<string> {
  const dir = tempFolder();
  const opened = await open(dir);
  for (let seq = 1; seq <= count; seq++) await append(opened, creation(seq));
  await opened.journal.dispose();
  return dir;
}

const epochPath = (dir: string, epoch: number): string => join(dir, 'journal', `${String(epoch).padStart(8, '0')}.ndjson`);
const sizes = (dir: string): string[] =>
  readdirSync(join(dir, 'journal')).map((name) => `${name} ${statSync(join(dir, 'journal', name)).size}`);

describe('The journal', () => {
  afterEach(removeTempFolders);

  it('gives back the same board after a restart', async () => {
    const dir = tempFolder();
    const bench = dayOfRecords();
    const first = await open(dir);
    for (const record of bench.records) await append(first, record);
    await first.journal.dispose();
    const second = await open(dir);
    assert.deepEqual(encodeBoard(second.board), encodeBoard(bench.board));
    assert.deepEqual(second.tail, bench.records);
    assert.equal(second.epoch, 2);
    await second.journal.dispose();
  });

  it('drops a truncated last line, whatever byte it was cut at', async () => {
    const bytes = readFileSync(epochPath(await folderOf(3), 1));
    const line = Buffer.byteLength(`${JSON.stringify(creation(3))}\n`);
    // Syncing to the disk would take most of the time and says nothing here.
    const files = { ...nodeFiles, sync: () => Promise.resolve() };
    for (let cut = 1; cut <= line; cut++) {
      const dir = tempFolder();
      mkdirSync(join(dir, 'journal'));
      writeFileSync(epochPath(dir, 1), bytes.subarray(0, bytes.length - cut));
      const opened = await open(dir, { files });
      assert.deepEqual([opened.readOnly, opened.board.seq], [undefined, 2], `cut by ${cut} bytes`);
      await append(opened, creation(3));
      await opened.journal.dispose();
      const again = await open(dir, { files });
      assert.deepEqual([again.readOnly, again.board.seq], [undefined, 3], `cut by ${cut} bytes`);
      await again.journal.dispose();
    }
  });

  it('says in the log that it dropped a part of a line', async () => {
    const dir = await folderOf(2);
    appendFileSync(epochPath(dir, 1), '{"v":1,"se');
    const said: string[] = [];
    const log: Log = { ...nullLog, warn: (message) => void said.push(message) };
    await (await open(dir, { log })).journal.dispose();
    assert.match(said.join(), /00000001\.ndjson ended in a part of a line; its 10 bytes do not count/);
  });

  it('opens read-only and writes nothing when a line in the middle cannot be read, and names file and line', async () => {
    const dir = await folderOf(3);
    const lines = readFileSync(epochPath(dir, 1), 'utf8').split('\n');
    lines[2] = `${lines[2]?.slice(0, 40)}#`;
    writeFileSync(epochPath(dir, 1), lines.join('\n'));
    const before = sizes(dir);
    const { readOnly, board, journal, epoch } = await open(dir);
    assert.match(String(readOnly), /00000001\.ndjson cannot be read at line 3: .*Restore the file/);
    assert.deepEqual([board.seq, epoch], [1, 0]);
    await assert.rejects(journal.append(creation(2)), { message: String(readOnly) });
    await journal.checkpoint(board);
    assert.deepEqual(sizes(dir), before);
  });

  it('opens read-only when a record is missing', async () => {
    const dir = await folderOf(3);
    const lines = readFileSync(epochPath(dir, 1), 'utf8').split('\n');
    writeFileSync(epochPath(dir, 1), lines.filter((_, index) => index !== 2).join('\n'));
    assert.match(String((await open(dir)).readOnly), /line 3: record 3 follows record 1/);
  });

  it('opens read-only when counted bytes are gone', async () => {
    const dir = await folderOf(3);
    await (await open(dir)).journal.dispose();
    truncateSync(epochPath(dir, 1), statSync(epochPath(dir, 1)).size - 5);
    assert.match(String((await open(dir)).readOnly), /the file ends here, but \d+ more bytes were written/);
  });

  for (const [what, change] of [
    ['a newer version', (record: TowerRecord) => ({ ...record, v: 2 })],
    ['an unknown event', (record: TowerRecord) => ({ ...record, events: [{ type: 'TaskTeleported', taskId: 'x' }] })],
  ] as const) {
    it(`opens read-only and writes nothing when a record has ${what}`, async () => {
      const dir = await folderOf(1);
      appendFileSync(epochPath(dir, 1), `${JSON.stringify(change(creation(2)))}\n`);
      const before = sizes(dir);
      const { readOnly, board } = await open(dir);
      assert.match(String(readOnly), /newer version of Tasktower wrote here\. Update the extension/);
      assert.equal(board.seq, 1);
      assert.deepEqual(sizes(dir), before);
    });
  }

  it('cuts a short write back, refuses the command and goes on when there is space again', async () => {
    const dir = tempFolder();
    const files = failingFiles();
    const opened = await open(dir, { files });
    await append(opened, creation(1));
    const before = readFileSync(epochPath(dir, 1));
    files.shorten(20);
    await assert.rejects(opened.journal.append(creation(2)), /The disk is full: nothing was stored\. Free some space/);
    assert.deepEqual(readFileSync(epochPath(dir, 1)), before);
    files.fail('writeSync', 'ENOSPC');
    await assert.rejects(opened.journal.append(creation(2)), /The disk is full/);
    files.heal();
    await append(opened, creation(2));
    await opened.journal.dispose();
    assert.deepEqual((await open(dir)).tail, [creation(1), creation(2)]);
  });

  it('refuses everything after a failed write that cannot be cut back, until it can', async () => {
    const dir = tempFolder();
    const files = failingFiles();
    const opened = await open(dir, { files });
    await append(opened, creation(1));
    files.shorten(20);
    files.fail('truncateSync', 'EIO');
    await assert.rejects(opened.journal.append(creation(2)), /The disk is full/);
    files.shorten(Infinity);
    await assert.rejects(opened.journal.append(creation(2)), /could not be repaired after a failed write\. Check the disk/);
    files.heal();
    await append(opened, creation(2));
    await opened.journal.dispose();
    assert.deepEqual((await open(dir)).tail, [creation(1), creation(2)]);
  });

  it('opens on a full disk and takes commands when there is space', async () => {
    const dir = await folderOf(1);
    const files = failingFiles();
    files.fail('writeSync', 'ENOSPC');
    const opened = await open(dir, { files });
    assert.equal(opened.board.seq, 1);
    await assert.rejects(opened.journal.append(creation(2)), /The disk is full/);
    files.heal();
    await append(opened, creation(2));
    await opened.journal.dispose();
    assert.equal((await open(dir)).board.seq, 2);
  });

  it('closes for good when a sync fails, as nobody knows what the disk holds', async () => {
    const dir = tempFolder();
    const files = failingFiles();
    const opened = await open(dir, { files, fsync: true });
    await append(opened, creation(1));
    files.fail('sync', 'EIO');
    await assert.rejects(opened.journal.append(creation(2)), /did not keep .* reload the window/);
    files.heal();
    await assert.rejects(opened.journal.append(creation(2)), /did not keep/);
    await opened.journal.dispose();
  });

  for (const [operation, code] of [
    ['makeFolder', 'EROFS'],
    ['openSync', 'EACCES'],
  ] as const) {
    it(`names the folder it may not write in (${code})`, async () => {
      const dir = tempFolder();
      const files = failingFiles();
      files.fail(operation, code);
      await assert.rejects(open(dir, { files }), { name: 'HumanError', message: new RegExp(`may not write in ${join(dir, 'journal')}`) });
    });
  }

  it('steps down after the write when another tower has taken over, and what it answered before counts', async () => {
    const dir = tempFolder();
    const old = await open(dir);
    await append(old, creation(1));
    const rival = await open(dir);
    await assert.rejects(old.journal.append(creation(2, { commandId: 'void' })), SteppedDown);
    await assert.rejects(old.journal.append(creation(2)), SteppedDown);
    await assert.rejects(old.journal.checkpoint(old.board), SteppedDown);
    await append(rival, creation(2, { commandId: 'counts' }));
    await rival.journal.dispose();
    const { tail } = await open(dir);
    assert.deepEqual(
      tail.map(({ commandId }) => commandId),
      ['command-1', 'counts'],
    );
  });

  it('takes nothing from an epoch whose maker died before its first line was whole', async () => {
    const dir = await folderOf(2);
    const header = readFileSync(epochPath(await folderOf(0), 1)).subarray(0, 15);
    writeFileSync(epochPath(dir, 2), header);
    const { board, epoch, readOnly } = await open(dir);
    assert.deepEqual([board.seq, epoch, readOnly], [2, 3, undefined]);
  });

  it('opens after a power cut that left a new epoch, with all that the one before held', async () => {
    const dir = tempFolder();
    const disk = new PowerCut(dir);
    const opened = await open(dir, { files: disk.files, epochBytes: 2_000 });
    let seq = 0;
    while (!existsSync(epochPath(dir, 2))) await append(opened, creation(++seq));
    const fd = await disk.files.open(epochPath(dir, 2), 'r+');
    await disk.files.sync(fd);
    await disk.files.close(fd);
    for (const folder of [join(dir, 'journal'), dir]) await syncFolder(disk.files, folder);
    disk.cut();
    await opened.journal.dispose();
    disk.restore();
    const again = await open(dir);
    assert.deepEqual([again.readOnly, again.board.seq], [undefined, seq]);
    await again.journal.dispose();
  });

  it('keeps out a tower that lost the race for the next epoch', async () => {
    const dir = await folderOf(1);
    const files = failingFiles();
    const late = {
      ...files,
      openSync: (path: string, flags: string) => {
        if (flags === 'wx') copyFileSync(epochPath(dir, 1), path);
        return files.openSync(path, flags);
      },
    };
    await assert.rejects(open(dir, { files: late }), SteppedDown);
  });
});

describe('Checkpoints', () => {
  afterEach(removeTempFolders);

  async function run(dir: string, from: number, to: number): Promise<Board> {
    const opened = await open(dir);
    for (let seq = from; seq <= to; seq++) await append(opened, creation(seq));
    await opened.journal.checkpoint(opened.board);
    await opened.journal.dispose();
    return opened.board;
  }

  it('leave only the tail to be read', async () => {
    const dir = tempFolder();
    const opened = await open(dir);
    for (let seq = 1; seq <= 5; seq++) await append(opened, creation(seq));
    await opened.journal.checkpoint(opened.board);
    for (let seq = 6; seq <= 7; seq++) await append(opened, creation(seq));
    await opened.journal.dispose();
    const { tail, board } = await open(dir);
    assert.deepEqual(tail, [creation(6), creation(7)]);
    assert.deepEqual(encodeBoard(board), encodeBoard(opened.board));
  });

  it('that cannot be read give way to the one before and more of the journal', async () => {
    const dir = tempFolder();
    await run(dir, 1, 3);
    const board = await run(dir, 4, 6);
    const [, newest = ''] = readdirSync(join(dir, 'checkpoints')).sort();
    const path = join(dir, 'checkpoints', newest);
    const text = readFileSync(path, 'utf8');
    for (const corrupt of ['', text.slice(0, 30), text.slice(0, -40), text.replace('Task 5', 'Task 6'), '\0'.repeat(text.length)]) {
      writeFileSync(path, corrupt);
      const opened = await open(dir, { readOnly: 'only looking' });
      assert.deepEqual(encodeBoard(opened.board), encodeBoard(board));
      assert.equal(opened.tail.length, 3);
    }
  });

  it('let epochs go that the one before holds', async () => {
    const dir = tempFolder();
    for (let n = 0; n < 4; n++) await run(dir, 2 * n + 1, 2 * n + 2);
    assert.deepEqual(readdirSync(join(dir, 'journal')).sort(), ['00000003.ndjson', '00000004.ndjson']);
    assert.equal(readdirSync(join(dir, 'checkpoints')).length, 2);
    assert.equal((await open(dir)).board.seq, 8);
  });

  it('and the journal begin a new epoch when one has grown large', async () => {
    const dir = tempFolder();
    const opened = await open(dir, { epochBytes: 2_000 });
    for (let seq = 1; seq <= 40; seq++) await append(opened, creation(seq));
    await opened.journal.dispose();
    const again = await open(dir);
    assert.ok(again.epoch > 5);
    assert.deepEqual(encodeBoard(again.board), encodeBoard(opened.board));
  });

  it('are not written on a full disk, and the ones there stay', async () => {
    const dir = tempFolder();
    await run(dir, 1, 2);
    const files = failingFiles();
    const opened = await open(dir, { files });
    await append(opened, creation(3));
    files.fail('write', 'ENOSPC');
    await assert.rejects(opened.journal.checkpoint(opened.board), /The disk is full/);
    assert.deepEqual(readdirSync(join(dir, 'checkpoints')), ['000000000002.json']);
    files.heal();
    await opened.journal.checkpoint(opened.board);
    assert.equal(readdirSync(join(dir, 'checkpoints')).length, 2);
    await opened.journal.dispose();
  });

  it('of a newer version open the folder read-only', async () => {
    const dir = tempFolder();
    await run(dir, 1, 2);
    const path = join(dir, 'checkpoints', '000000000002.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"v":1', '"v":2'));
    const { readOnly, board } = await open(dir);
    assert.match(String(readOnly), /newer version/);
    assert.deepEqual(encodeBoard(board), encodeBoard(emptyBoard()));
  });
});
