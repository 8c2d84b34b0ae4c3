import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HumanError } from '../../../src/server/base/errors';
import { nullLog } from '../../../src/server/base/log';
import { decodeBoard, encodeBoard } from '../../../src/server/domain/board';
import { lift } from '../../../src/server/domain/migrations';
import { reduce } from '../../../src/server/domain/reduce';
import { nodeFiles } from '../../../src/server/store/files';
import { openJournal } from '../../../src/server/store/openJournal';
import { FolderTaskFiles } from '../../../src/server/store/taskFiles';
import { tempFolder } from '../../support/tempFolder';
import { corpus, type Target } from '../target';

const KEPT = resolve('test', 'fixtures', 'storage-1');
const TASK = '01M83VWB9C7JZH6MKYVPMTANP0';

/** A file of the storage folder that is other than it was written; the rest is whole, or gone. */
function stored(name: string, file: string, gone: readonly string[] = [], prepare = (input: Buffer): Buffer => input): Target {
  const dir = join(tempFolder(), 'storage');
  const original = readFileSync(join(KEPT, file));
  return {
    name,
    seeds: [original, ...corpus(name)],
    mutate: (mutator, seed, other) => (mutator.rarely(5) ? mutator.bytes(seed, other) : Buffer.from(mutator.ndjson(seed.toString('utf8')))),
    read: async (input) => {
      rmSync(dir, { recursive: true, force: true });
      cpSync(KEPT, dir, { recursive: true });
      for (const path of gone) rmSync(join(dir, path), { recursive: true });
      writeFileSync(join(dir, file), prepare(input));
      await openAndClose(dir);
    },
  };
}

/** What a tower does with its folder when it starts: open, or say in a sentence why not; and never write where it may only look. */
async function openAndClose(dir: string): Promise<void> {
  const options = { dir, fsync: false, log: nullLog, lift, fold: reduce };
  let opened: Awaited<ReturnType<typeof openJournal>>;
  try {
    opened = await openJournal(options);
  } catch (error) {
    assert.ok(error instanceof HumanError, error instanceof Error ? error.stack : String(error));
    return;
  }
  const { journal, board, readOnly } = opened;
  if (readOnly !== undefined) assert.match(String(readOnly), /^[^\n]{20,2000}$/);
  assert.deepEqual(encodeBoard(decodeBoard(structuredClone(encodeBoard(board)))), encodeBoard(board));
  const files = new FolderTaskFiles({ dir, seq: board.seq, log: nullLog, files: nodeFiles, readOnly: readOnly !== undefined });
  for (const { seq } of await files.events(TASK)) assert.ok(seq <= board.seq);
  await journal.dispose();
}

/** A journal that begins with the first record. */
export const journal = (): Target =>
  stored('journal', join('journal', '00000001.ndjson'), ['checkpoints', join('journal', '00000002.ndjson')]);

/** The newest file of a journal, which says what counts of the others. */
export const epochs = (): Target => stored('epochs', join('journal', '00000002.ndjson'), ['checkpoints']);

/** The newest checkpoint, half of the time with a checksum that is right for what is in it. */
export const checkpoint = (): Target =>
  stored('checkpoint', join('checkpoints', '000000000013.json'), [], (input) => (input.length % 2 === 0 ? input : signed(input)));

/** What happened to a task, in its folder. */
export const events = (): Target => stored('events', join('tasks', TASK, 'events.ndjson'));

function signed(input: Buffer): Buffer {
  const [head = '', board = '', ...rest] = input.toString('utf8').split('\n');
  const sha256 = createHash('sha256').update(board).digest('hex');
  return Buffer.from([head.replace(/"sha256":"[^"]*"/, `"sha256":"${sha256}"`), board, ...rest].join('\n'));
}
