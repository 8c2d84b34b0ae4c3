import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { emptyBoard } from '../../../src/server/domain/board';
import { RECORD_VERSION, tasksOf, TowerRecord, type TowerEvent } from '../../../src/server/domain/event';
import type { StoredEvent } from '../../../src/server/domain/ports';
import { reduce } from '../../../src/server/domain/reduce';
import { cutLostEvents } from '../../../src/server/store/lostEvents';
import { FolderTaskFiles } from '../../../src/server/store/taskFiles';
import { nodeFiles } from '../../../src/server/store/files';
import { failingFiles } from '../../support/failingFiles';
import { creation, dayOfRecords, newTask, taskId } from '../../support/records';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const filesIn = (dir: string, seq = 0): FolderTaskFiles => new FolderTaskFiles({ dir, seq, log: nullLog });
const eventsPath = (dir: string, id: string): string => join(dir, 'tasks', id, 'events.ndjson');

function record(seq: number, ...events: TowerEvent[]): TowerRecord {
  return TowerRecord.parse({ v: RECORD_VERSION, seq, at: seq, by: { kind: 'person', name: 'you' }, commandId: `${seq}`, events });
}

/** What the folder of a task should hold of these records. */
function eventsOf(records: readonly TowerRecord[], id: string): StoredEvent[] {
  return records.flatMap(({ seq, at, by, events }) =>
    events.filter((event) => tasksOf(event).includes(id) && event.type !== 'TasksArchived').map((event) => ({ seq, at, by, event })),
  );
}

const dismissed = (id: string): TowerEvent => ({ type: 'TaskDismissed', taskId: id });

/** Watches the turns of the event loop. @returns how much processor time this thread spent in the longest one, ms. */
function watchTurns(): () => number {
  const spent = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let last = spent();
  let longest = 0;
  let done = false;
  const turn = (): void => {
    const now = spent();
    longest = Math.max(longest, now - last);
    last = now;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    done = true;
    turn();
    return longest;
  };
}

describe('Task files', () => {
  afterEach(removeTempFolders);

  it('hold what happened to each task', async () => {
    const dir = tempFolder();
    const { records, board } = dayOfRecords();
    const files = filesIn(dir);
    files.append(records.slice(0, 5));
    files.append(records.slice(5));
    await files.flush();
    const later = filesIn(dir, board.seq);
    for (const id of board.tasks.keys()) assert.deepEqual(await later.events(id), eventsOf(records, id));
    assert.deepEqual(await later.taskIds(), [...board.tasks.keys()]);
  });

  it('take records again after a crash without writing any twice, whatever byte the last write was cut at', async () => {
    const id = taskId(1);
    const records = [creation(1), record(2, dismissed(id)), record(3, dismissed(id), { type: 'TaskRetried', taskId: id, note: 'ü' })];
    const first = tempFolder();
    const files = filesIn(first);
    files.append(records);
    await files.flush();
    const bytes = readFileSync(eventsPath(first, id));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const dir = tempFolder();
      mkdirSync(join(dir, 'tasks', id), { recursive: true });
      writeFileSync(eventsPath(dir, id), bytes.subarray(0, cut));
      const again = filesIn(dir, 3);
      again.append(records);
      await again.flush();
      assert.deepEqual(readFileSync(eventsPath(dir, id)), bytes, `cut at ${cut}`);
    }
  });

  it('forget events of records that the journal has lost', async () => {
    const dir = tempFolder();
    const files = filesIn(dir);
    files.append([creation(1), record(2, dismissed(taskId(1)))]);
    await files.flush();
    const later = filesIn(dir, 1);
    assert.equal((await later.events(taskId(1))).length, 1);
    const other = record(2, { type: 'TaskCancelled', taskId: taskId(1) });
    later.append([other]);
    assert.deepEqual(await later.events(taskId(1)), eventsOf([creation(1), other], taskId(1)));
  });

  it('are cut back to what the journal has when it lost its end, before its numbers are given anew', async () => {
    const dir = tempFolder();
    const kept = [creation(1), record(2, dismissed(taskId(1)))];
    const files = filesIn(dir);
    const lost = newTask(2, { id: '1'.padEnd(26, '0') });
    files.append([...kept, record(3, dismissed(taskId(1)), dismissed(taskId(1))), creation(4, { task: lost })]);
    await files.flush();
    const board = kept.reduce(reduce, emptyBoard());
    await cutLostEvents(nodeFiles, dir, board, nullLog);
    const later = filesIn(dir, 9);
    assert.deepEqual(await later.taskIds(), [taskId(1)]);
    assert.ok(existsSync(join(dir, 'lost', lost.id, 'events.ndjson')), 'set aside, not deleted');
    assert.deepEqual(await later.events(taskId(1)), eventsOf(kept, taskId(1)));
  });

  it('count once what two towers wrote at the same time', async () => {
    const dir = tempFolder();
    const files = filesIn(dir);
    files.append([creation(1), record(2, dismissed(taskId(1)))]);
    await files.flush();
    const path = eventsPath(dir, taskId(1));
    writeFileSync(path, readFileSync(path, 'utf8').repeat(2));
    assert.equal((await filesIn(dir, 2).events(taskId(1))).length, 2);
  });

  it('write neither archiving nor recalling, and a purge removes the folder', async () => {
    const dir = tempFolder();
    const { task } = creation(1).events[0] as Extract<TowerEvent, { type: 'TaskCreated' }>;
    const files = filesIn(dir);
    files.append([creation(1), record(2, { type: 'TasksArchived', taskIds: [taskId(1)] }), record(3, { type: 'TaskRecalled', task })]);
    assert.equal((await files.events(taskId(1))).length, 1);
    files.append([record(4, { type: 'TaskPurged', taskId: taskId(1) })]);
    await files.flush();
    assert.equal(existsSync(join(dir, 'tasks', taskId(1))), false);
  });

  it('are opened once for all that happens to a task in a moment', async () => {
    const dir = tempFolder();
    const opened: string[] = [];
    const counting = { ...nodeFiles, open: (path: string, flags: string) => (opened.push(path), nodeFiles.open(path, flags)) };
    const files = new FolderTaskFiles({ dir, seq: 0, log: nullLog, files: counting });
    const records = [creation(1), record(2, dismissed(taskId(1))), record(3, dismissed(taskId(1)))];
    for (const one of records) files.append([one]);
    const path = eventsPath(dir, taskId(1));
    assert.deepEqual(await files.events(taskId(1)), eventsOf(records, taskId(1)));
    assert.equal(existsSync(path), false, 'to read them is no reason to write them');
    await until('the file', () => existsSync(path));
    await files.flush();
    assert.deepEqual(await files.events(taskId(1)), eventsOf(records, taskId(1)));
    assert.equal(opened.filter((one) => one === path).length, 3, 'once to write, twice to read');
  });

  it('name a task whose folder is only being made, and none whose folder is being deleted', async () => {
    const dir = tempFolder();
    let made: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (made = resolve));
    const waits = {
      ...nodeFiles,
      makeFolder: async (path: string) => (await slow, nodeFiles.makeFolder(path)),
      removeFolder: () => new Promise<void>(() => undefined),
    };
    const files = new FolderTaskFiles({ dir, seq: 0, log: nullLog, files: waits });
    files.append([creation(1)]);
    assert.deepEqual(await files.taskIds(), [taskId(1)]);
    made();
    await files.flush();
    files.append([record(2, { type: 'TaskPurged', taskId: taskId(1) })]);
    assert.deepEqual(await files.taskIds(), []);
  });

  it('never leave their folder', async () => {
    const dir = tempFolder();
    writeFileSync(
      join(dir, 'events.ndjson'),
      `${JSON.stringify({ seq: 1, at: 1, by: { kind: 'person', name: 'x' }, event: dismissed('..') })}\n`,
    );
    const files = filesIn(dir, 1);
    files.append([record(2, dismissed('..'), dismissed('../../outside'), dismissed(`${taskId(1)}/..`))]);
    await files.flush();
    await files.delete('..');
    assert.deepEqual(await files.events('..'), []);
    assert.deepEqual(readdirSync(dir), ['events.ndjson']);
  });

  it('keep everything while the disk is full, and say so', async () => {
    const dir = tempFolder();
    const disk = failingFiles();
    const files = new FolderTaskFiles({ dir, seq: 0, log: nullLog, files: disk });
    disk.fail('write', 'ENOSPC');
    files.append([creation(1), creation(2)]);
    await assert.rejects(files.flush(), /The disk is full/);
    files.append([record(3, dismissed(taskId(1)))]);
    assert.equal((await files.events(taskId(1))).length, 2);
    disk.heal();
    await files.flush();
    assert.deepEqual(
      (await filesIn(dir, 3).events(taskId(1))).map(({ seq }) => seq),
      [1, 3],
    );
    assert.equal((await filesIn(dir, 3).events(taskId(2))).length, 1);
  });

  it('write nothing in a folder that is read-only, and still know what was appended', async () => {
    const dir = tempFolder();
    const first = filesIn(dir);
    first.append([creation(1)]);
    await first.flush();
    const files = new FolderTaskFiles({ dir, seq: 2, log: nullLog, readOnly: true });
    files.append([creation(1), record(2, dismissed(taskId(1)))]);
    await files.flush();
    assert.deepEqual(
      (await files.events(taskId(1))).map(({ seq }) => seq),
      [1, 2],
    );
    assert.equal(readFileSync(eventsPath(dir, taskId(1)), 'utf8').split('\n').length, 2);
  });

  it('take 3,000 new tasks at once with few open files and without blocking', async () => {
    const dir = tempFolder();
    const disk = failingFiles();
    let most = 0;
    let now = 0;
    const counting = {
      ...disk,
      open: (path: string, flags: string) => {
        most = Math.max(most, ++now);
        return disk.open(path, flags);
      },
      close: (fd: number) => {
        now--;
        return disk.close(fd);
      },
    };
    const files = new FolderTaskFiles({ dir, seq: 0, log: nullLog, files: counting });
    const records = Array.from({ length: 3_000 }, (_, index) => creation(index + 1, { prompt: 'p'.repeat(2_000) }));
    const longestTurn = watchTurns();
    files.append(records);
    await files.flush();
    const ms = longestTurn();
    assert.ok(most <= 16, `${most} files were open`);
    assert.ok(ms < 60, `blocked for ${ms} ms`);
    assert.equal((await files.taskIds()).length, 3_000);
    assert.equal((await files.events(taskId(3_000))).length, 1);
  });

  it('of a folder that several towers share are written by their keeper alone, and the others know what it has not written yet', async () => {
    const dir = tempFolder();
    const shared = (): FolderTaskFiles => new FolderTaskFiles({ dir, seq: 0, log: nullLog, shared: true });
    const [north, south] = [shared(), shared()];
    north.setKeeper(true);
    const records = [creation(1), record(2, dismissed(taskId(1))), record(3, dismissed(taskId(1)))];
    for (const files of [north, south]) files.append(records.slice(0, 2));
    assert.deepEqual(await south.events(taskId(1)), eventsOf(records.slice(0, 2), taskId(1)));
    await north.flush();
    south.forget(2);
    assert.deepEqual(await south.events(taskId(1)), eventsOf(records.slice(0, 2), taskId(1)), 'out of the folder');
    north.setKeeper(false);
    for (const files of [north, south]) files.append(records.slice(2));
    south.setKeeper(true);
    await south.flush();
    for (const files of [north, south, shared()]) assert.deepEqual(await files.events(taskId(1)), eventsOf(records, taskId(1)));
  });
});
