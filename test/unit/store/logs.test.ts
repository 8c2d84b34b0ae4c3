import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '../../../src/server/domain/ports';
import { SteppedDown } from '../../../src/server/domain/refusal';
import { nodeFiles, type Files } from '../../../src/server/store/files';
import { FolderLogStore } from '../../../src/server/store/logs';
import { failingFiles } from '../../support/failingFiles';
import { taskId } from '../../support/records';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const ID = taskId(1);
const folderOf = (dir: string, id = ID): string => join(dir, 'tasks', id, 'log');
const info = (text: string, at = 1): LogEntry => ({ at, level: 'info', text });
const texts = async (store: FolderLogStore, filter: Partial<Parameters<FolderLogStore['tail']>[0]> = {}): Promise<string[]> =>
  (await store.tail({ limit: 1000, ...filter })).map(({ text }) => text);

describe('The log store', () => {
  afterEach(removeTempFolders);

  it('gives lines back as they came, with who wrote them when', async () => {
    const store = new FolderLogStore(tempFolder());
    await store.append(ID, 1, 'one', [info('"quoted"\nand ünïcode', 5), { at: 6, level: 'error', text: '' }], 1);
    assert.deepEqual(await store.tail({ limit: 10 }), [
      { at: 5, taskId: ID, attempt: 1, agentId: 'one', level: 'info', text: '"quoted"\nand ünïcode' },
      { at: 6, taskId: ID, attempt: 1, agentId: 'one', level: 'error', text: '' },
    ]);
    await store.dispose();
  });

  it('has nothing of a write that another tower began before it was replaced, and answers it with no success', async () => {
    const dir = tempFolder();
    let replaced = false;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let isHeld = false;
    const files: Files = {
      ...nodeFiles,
      write: async (...args) => {
        if (isHeld) await held;
        return nodeFiles.write(...args);
      },
    };
    const look = (): void => {
      if (replaced) throw new SteppedDown();
    };
    const before = new FolderLogStore(dir, files, undefined, look);
    await before.append(ID, 1, 'one', [info('line 0')], 1);
    await before.append(taskId(2), 1, 'one', [info('of another task')], 1);
    isHeld = true;
    const late = before.append(ID, 1, 'one', [info('line 1')], 2);
    replaced = true;
    const after = new FolderLogStore(dir);
    assert.equal(await after.lastSeq(ID, 1), 1);
    await after.append(ID, 1, 'one', [info('line 1')], 2);
    release();
    await assert.rejects(late, SteppedDown);
    await assert.rejects(before.append(ID, 1, 'one', [info('line 2')], 3), SteppedDown);
    await assert.rejects(before.append(taskId(3), 1, 'one', [info('begun too late')], 1), SteppedDown);
    await after.append(ID, 1, 'one', [info('line 2')], 3);
    assert.deepEqual(await texts(after, { taskId: ID }), ['line 0', 'line 1', 'line 2']);
    assert.deepEqual(await texts(after, { taskId: taskId(2) }), ['of another task']);
    assert.deepEqual(await texts(after, { taskId: taskId(3) }), []);
    await before.dispose();
    await after.dispose();
  });

  it('has the lines of a report and its seq after a crash, or neither, whatever byte the file was cut at', async () => {
    const first = tempFolder();
    const store = new FolderLogStore(first);
    await store.append(ID, 1, 'one', [info('a'), info('b')], 1);
    await store.append(ID, 1, 'one', [info('no seq'), info('at all')]);
    await store.append(ID, 2, 'one', [info('of attempt 2')], 7);
    await store.append(ID, 1, 'one', [info('c "q":9}'), info('d ü')], 2);
    await store.dispose();
    const bytes = readFileSync(join(folderOf(first), '1.ndjson'));
    const reports: [lines: string[], one: number, two: number][] = [
      [[], 0, 0],
      [['a', 'b'], 1, 0],
      [['a', 'b', 'no seq', 'at all'], 1, 0],
      [['a', 'b', 'no seq', 'at all', 'of attempt 2'], 1, 7],
      [['a', 'b', 'no seq', 'at all', 'of attempt 2', 'c "q":9}', 'd ü'], 2, 7],
    ];
    const seen = new Set<number>();
    for (let cut = 0; cut <= bytes.length; cut++) {
      const dir = tempFolder();
      mkdirSync(folderOf(dir), { recursive: true });
      writeFileSync(join(folderOf(dir), '1.ndjson'), bytes.subarray(0, cut));
      const again = new FolderLogStore(dir);
      const found = [await again.lastSeq(ID, 1), await again.lastSeq(ID, 2)];
      const lines = await texts(again);
      const index = reports.findIndex((report) => report[0].length === lines.length);
      assert.deepEqual([lines, ...found], reports[index], `cut at ${cut}`);
      seen.add(index);
      await again.append(ID, 1, 'one', [info('next')], 3);
      assert.deepEqual(await texts(again), [...lines, 'next'], `cut at ${cut}`);
      await again.dispose();
    }
    assert.equal(seen.size, reports.length);
  });

  it('takes away what a crash left of a copy', async () => {
    const dir = tempFolder();
    const before = new FolderLogStore(dir);
    await before.append(ID, 1, 'one', [info('a')], 1);
    await before.dispose();
    writeFileSync(join(folderOf(dir), '.0123456789ab.tmp'), 'half');
    const after = new FolderLogStore(dir);
    await after.append(ID, 1, 'one', [info('b')], 2);
    assert.deepEqual(readdirSync(folderOf(dir)), ['1.ndjson']);
    assert.deepEqual(await texts(after), ['a', 'b']);
    await after.dispose();
  });

  it('knows no seq of an attempt that reported none, and makes no folder for asking', async () => {
    const dir = tempFolder();
    const store = new FolderLogStore(dir);
    assert.equal(await store.lastSeq(ID, 1), 0);
    assert.deepEqual(readdirSync(dir), []);
  });

  it('begins a new segment at its size, keeps the last ones and says that lines were dropped', async () => {
    const dir = tempFolder();
    const store = new FolderLogStore(dir, undefined, { segmentBytes: 1_000, segments: 3 });
    for (let n = 1; n <= 60; n++) await store.append(ID, n <= 2 ? 1 : 2, 'one', [info(`line ${n} ${'x'.repeat(50)}`, n)], n);
    const segments = readdirSync(folderOf(dir));
    assert.equal(segments.length, 3);
    const lines = await texts(store);
    assert.match(lines.at(-1) ?? '', /^line 60 /);
    assert.ok(lines.some((line) => line.startsWith('Older lines were dropped')));
    assert.ok(!lines.some((line) => line.startsWith('line 1 ')));
    await store.dispose();
    const again = new FolderLogStore(dir, undefined, { segmentBytes: 1_000, segments: 3 });
    // The lines of attempt 1 are gone, but not what was promised about them.
    assert.deepEqual([await again.lastSeq(ID, 1), await again.lastSeq(ID, 2)], [2, 60]);
    await again.dispose();
  });

  it('goes back to the segment before when a crash left a new one without a whole first line', async () => {
    const dir = tempFolder();
    const store = new FolderLogStore(dir);
    await store.append(ID, 1, 'one', [info('a')], 4);
    await store.dispose();
    writeFileSync(join(folderOf(dir), '2.ndjson'), '{"marks":{"1":4');
    const again = new FolderLogStore(dir);
    assert.equal(await again.lastSeq(ID, 1), 4);
    await again.append(ID, 1, 'one', [info('b')], 5);
    assert.deepEqual(await texts(again), ['a', 'b']);
    await again.dispose();
  });

  it('finds the last lines that pass a filter', async () => {
    const store = new FolderLogStore(tempFolder());
    for (let n = 1; n <= 3_000; n++) {
      const level = n % 100 === 0 ? 'error' : n % 10 === 0 ? 'warn' : 'info';
      await store.append(taskId(1 + (n % 2)), 1 + (n % 3), n % 5 === 0 ? 'two' : 'one', [
        { at: n, level, text: `Line ${n}${n === 30 ? ' "Ünder\\the' : ''}` },
      ]);
    }
    assert.deepEqual(await texts(store, { limit: 3 }), ['Line 2998', 'Line 2999', 'Line 3000']);
    assert.deepEqual(await texts(store, { limit: 2, level: 'error' }), ['Line 2900', 'Line 3000']);
    assert.deepEqual(await texts(store, { limit: 2, level: 'warn', text: 'LINE 29' }), ['Line 2980', 'Line 2990']);
    assert.deepEqual(await texts(store, { text: '"ünder\\' }), ['Line 30 "Ünder\\the']);
    assert.deepEqual(await texts(store, { limit: 2, taskId: taskId(1), agent: 'two' }), ['Line 2990', 'Line 3000']);
    assert.deepEqual(await texts(store, { limit: 2, taskIds: [taskId(2)], attempt: 1 }), ['Line 2991', 'Line 2997']);
    assert.deepEqual(await texts(store, { text: 'nowhere' }), []);
    assert.deepEqual(await texts(store, { taskIds: [] }), []);
    await store.dispose();
  });

  it('keeps a line of a megabyte whole, and cuts a longer one between two characters and says by how much', async () => {
    const store = new FolderLogStore(tempFolder());
    const whole = `${'\u0007'.repeat(1000)}${'ü'.repeat(500_000)}`;
    await store.append(ID, 1, 'one', [info(whole)]);
    assert.deepEqual(await texts(store), [whole]);
    await store.append(ID, 1, 'one', [info(`x${'ü'.repeat(600_000)}`)]);
    assert.equal((await texts(store)).at(-1), `x${'ü'.repeat(524_287)}… [151,426 more bytes were cut]`);
    await store.dispose();
  });

  it('gives no more of the newest lines than a few megabytes, but always one', async () => {
    const store = new FolderLogStore(tempFolder());
    for (let n = 0; n < 12; n++) await store.append(ID, 1, 'one', [info(`${n} ${'x'.repeat(1_000_000)}`)]);
    assert.deepEqual(
      (await texts(store)).map((text) => text.slice(0, 2).trim()),
      ['4', '5', '6', '7', '8', '9', '10', '11'],
    );
    await store.dispose();
  });

  it('stores nothing of a report on a full disk, says so, and takes it when there is space', async () => {
    const disk = failingFiles();
    const store = new FolderLogStore(tempFolder(), disk);
    await store.append(ID, 1, 'one', [info('a')], 1);
    const { write } = disk;
    let calls = 0;
    // A short write, then none: the part that was stored must go again.
    disk.write = (fd, bytes, position) =>
      calls++ === 0 ? write(fd, bytes.subarray(0, 10), position) : Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await assert.rejects(store.append(ID, 1, 'one', [info('b')], 2), /The disk is full/);
    disk.write = write;
    assert.equal(await store.lastSeq(ID, 1), 1);
    await store.append(ID, 1, 'one', [info('b')], 2);
    assert.deepEqual(await texts(store), ['a', 'b']);
    await store.dispose();
  });

  it('keeps few files open however many tasks write at once, and each in order', async () => {
    const disk = failingFiles();
    let now = 0;
    let most = 0;
    const { open, close } = disk;
    disk.open = (path, flags) => ((most = Math.max(most, ++now)), open(path, flags));
    disk.close = (fd) => (now--, close(fd));
    const store = new FolderLogStore(tempFolder(), disk);
    const ids = Array.from({ length: 600 }, (_, index) => taskId(index + 1));
    await Promise.all(ids.flatMap((id) => [1, 2, 3].map((seq) => store.append(id, 1, 'one', [info(`${seq}`)], seq))));
    assert.ok(most <= 256 + 32, `${most} files were open`);
    for (const id of ids.slice(0, 20)) assert.deepEqual(await texts(store, { taskId: id }), ['1', '2', '3']);
    await store.dispose();
    assert.equal(now, 0);
  });

  it('says where a file stands in the place of a folder, and goes on when it is gone', async () => {
    const dir = tempFolder();
    const store = new FolderLogStore(dir);
    const inTheWay = join(dir, 'tasks', ID, 'log');
    mkdirSync(join(dir, 'tasks', ID), { recursive: true });
    writeFileSync(inTheWay, 'no folder');
    await assert.rejects(store.append(ID, 1, 'one', [info('lost?')], 1), (error: Error) => error.message.includes(inTheWay));
    rmSync(inTheWay);
    await store.append(ID, 1, 'one', [info('again')], 1);
    assert.deepEqual(await texts(store, { taskId: ID }), ['again']);
    await store.dispose();
  });

  it('deletes the log of a task and refuses what is no task', async () => {
    const dir = tempFolder();
    const store = new FolderLogStore(dir);
    await store.append(ID, 1, 'one', [info('a')], 1);
    await store.delete(ID);
    assert.deepEqual([await texts(store), await store.lastSeq(ID, 1)], [[], 0]);
    for (const bad of ['..', '../x', '', `${ID}/..`]) await assert.rejects(store.append(bad, 1, 'one', [info('a')]), { name: 'Refusal' });
    await store.dispose();
  });
});
