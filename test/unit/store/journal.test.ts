import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog, type Log } from '../../../src/server/base/log';
import { encodeBoard, emptyBoard, type Board } from '../../../src/server/domain/board';
import type { TowerRecord } from '../../../src/server/domain/event';
import { lift } from '../../../src/server/domain/migrations';
import { reduce } from '../../../src/server/domain/reduce';
import { SteppedDown } from '../../../src/server/store/journal';
import { openJournal, type JournalOptions, type OpenedJournal } from '../../../src/server/store/openJournal';
import { failingFiles } from '../../support/failingFiles';
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
const sizes = (dir: string): string[] => readdirSync(join(dir, 'journal')).map((name) => `${name} ${statSync(join(dir, 'journal', name)).size}`);

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
    const whole = await folderOf(3);
    const line = Buffer.byteLength(`${JSON.stringify(creation(3))}\n`);
    const size = statSync(epochPath(whole, 1)).size;
    for (let cut = 1; cut <= line; cut++) {
      const dir = tempFolder();
      cpSync(whole, dir, { recursive: true });
      truncateSync(epochPath(dir, 1), size - cut);
      const opened = await open(dir);
      assert.equal(opened.readOnly, undefined);
      assert.equal(opened.board.seq, 2, `cut by ${cut} bytes`);
      await append(opened, creation(3));
      await opened.journal.dispose();
      const again = await open(dir);
      assert.equal(again.board.seq, 3);
      await again.journal.dispose();
      removeTempFolders.call(undefined);
      if (cut < line) cpSync(await rebuilt(), whole, { recursive: true });
    }
    async function rebuilt(): Promise<string> {
      return folderOf(3);
    }
  });
});
