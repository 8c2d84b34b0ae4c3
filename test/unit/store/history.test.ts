import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { emptyBoard } from '../../../src/server/domain/board';
import { RECORD_VERSION, TowerRecord, type TowerEvent } from '../../../src/server/domain/event';
import { TaskFilter, type OutcomeRow } from '../../../src/server/domain/query';
import { reduce } from '../../../src/server/domain/reduce';
import { rowOf } from '../../../src/server/domain/taskRow';
import { WorkerHistory, type HistoryOptions } from '../../../src/server/store/history';
import { dayOf } from '../../../src/server/store/historySchema';
import { FolderTaskFiles } from '../../../src/server/store/taskFiles';
import { bundleScript } from '../../support/bundle';
import { creation, dayOfRecords, newTask, taskId } from '../../support/records';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const NOBODY = { tasks: new Map(), agents: new Map() };
const filter = (some: Partial<TaskFilter> = {}): TaskFilter => TaskFilter.parse({ order: 'oldest', ...some });

/** The rows that the records make, as the board has them. */
function rowsOf(records: readonly TowerRecord[]): unknown[] {
  const board = emptyBoard();
  for (const record of records) reduce(board, record);
  return [...board.tasks.values()].map((task) => rowOf(task, NOBODY)).sort((a, b) => a.number - b.number);
}

/** What the finished attempts of the records add up to. */
function outcomesOf(records: readonly TowerRecord[]): OutcomeRow[] {
  const board = emptyBoard();
  for (const record of records) reduce(board, record);
  const rows = new Map<string, OutcomeRow>();
  for (const { agentId, outcome, startedAt, endedAt, waitedMs } of [...board.tasks.values()].flatMap(({ attempts }) => attempts)) {
    if (outcome === undefined || endedAt === undefined) continue;
    const key = [dayOf(endedAt), agentId, outcome].join();
    const row = rows.get(key) ?? { day: dayOf(endedAt), agent: agentId, outcome, count: 0, runningMs: 0 };
    rows.set(key, { ...row, count: row.count + 1, runningMs: row.runningMs + endedAt - startedAt - waitedMs });
  }
  return [...rows.keys()].sort().flatMap((key) => rows.get(key) ?? []);
}

function record(seq: number, ...events: TowerEvent[]): TowerRecord {
  return TowerRecord.parse({ v: RECORD_VERSION, seq, at: 5_000 + seq, by: { kind: 'person', name: 'you' }, commandId: `${seq}`, events });
}

describe('The history', function () {
  this.timeout(20_000);
  let dir = '';
  const opened: WorkerHistory[] = [];
  const setAside: string[] = [];

  beforeEach(() => {
    dir = tempFolder();
    bundleScript('src/server/store/historyWorker.ts', join(dir, 'historyWorker.js'));
    copyFileSync(resolve('node_modules/sql.js/dist/sql-wasm.wasm'), join(dir, 'sql-wasm.wasm'));
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((history) => history.dispose()));
    setAside.length = 0;
    removeTempFolders();
  });

  /** A history over these records, of which the files of the tasks hold the events and the tail is given as records. */
  function open(records: readonly TowerRecord[] = [], options: Partial<HistoryOptions> = {}): WorkerHistory {
    const seq = records.at(-1)?.seq ?? 0;
    const past = new FolderTaskFiles({ dir, seq, log: nullLog });
    past.append(records);
    const history = new WorkerHistory({
      ...{ dir, dist: dir, seq, tail: [], past, now: () => 1_000_000, log: nullLog },
      onSetAside: (path) => setAside.push(path),
      ...options,
    });
    opened.push(history);
    return history;
  }

  const page = async (history: WorkerHistory, seq: number, some: Partial<TaskFilter> = {}): Promise<number[]> =>
    (await history.tasks(filter(some), seq)).tasks.map(({ number }) => number);

  it('equals what the board makes of the same records, whenever it is asked', async () => {
    const { records } = dayOfRecords();
    const history = open();
    for (const [index, one] of records.entries()) {
      history.apply([one]);
      assert.deepEqual((await history.tasks(filter(), one.seq)).tasks, rowsOf(records.slice(0, index + 1)), JSON.stringify(one.events));
    }
    assert.deepEqual(await history.outcomes(7, records.length), outcomesOf(records));
    assert.ok(outcomesOf(records).some(({ outcome, runningMs }) => outcome === 'completed' && runningMs > 0));
  });

  it('ends a question with the result, also while a picture is still to be compared', async () => {
    const bench = new RuleBench();
    const by = bench.join('Kimi');
    const task = bench.create('Job');
    const of = { taskId: task.id, attempt: bench.run(task, by) };
    const picture = {
      id: 'p',
      kind: 'screenshot' as const,
      name: 'login',
      sha256: '0'.repeat(64),
      bytes: 9,
      mime: 'image/png',
      addedAt: 0,
    };
    bench.do({ type: 'AddEvidence', ...of, evidence: picture }, agent(by));
    bench.do({ type: 'AskInput', ...of, question: { id: 'q', text: 'Which?' } }, agent(by));
    bench.now += 4_000;
    bench.do({ type: 'ReportResult', ...of, result: 'Done.' }, agent(by));
    const [checked] = (await open(bench.records).tasks(filter(), bench.records.length)).tasks;
    assert.equal(checked?.status, 'running');
    bench.now += 1_000;
    const comparison = { state: 'new' as const, changed: 0, ratio: 0, areas: [], width: 1, height: 1 };
    bench.do({ type: 'RecordComparison', ...of, evidenceId: 'p', comparison }, TOWER);
    const rows = await open(bench.records).outcomes(1_000, bench.records.length);
    assert.deepEqual(
      rows.map(({ outcome, runningMs }) => [outcome, runningMs]),
      [['completed', 1_000]],
    );
  });

  it('answers no sooner than it has folded the record the asker saw', async () => {
    const { records } = dayOfRecords();
    const history = open();
    const asked = history.tasks(filter(), records.length);
    for (const one of records) history.apply([one]);
    assert.deepEqual((await asked).tasks, rowsOf(records));
  });

  it('is the same after it was saved and opened again, and reads nothing else for it', async () => {
    const { records } = dayOfRecords();
    const first = open();
    first.apply(records);
    await first.dispose();
    const past = { all: () => assert.fail('it read the files of the tasks'), taskIds: () => assert.fail('it listed the tasks') };
    const again = open(records, { past });
    assert.deepEqual((await again.tasks(filter(), records.length)).tasks, rowsOf(records));
    assert.deepEqual(await again.outcomes(7, records.length), outcomesOf(records));
  });

  it('takes from the tail what was not saved before a crash', async () => {
    const { records } = dayOfRecords();
    const first = open();
    first.apply(records.slice(0, 8));
    await first.dispose();
    const past = { all: () => assert.fail('it read the files of the tasks'), taskIds: () => assert.fail('it listed the tasks') };
    const again = open(records, { past, tail: records.slice(5) });
    assert.deepEqual((await again.tasks(filter(), records.length)).tasks, rowsOf(records));
    assert.deepEqual(await again.outcomes(7, records.length), outcomesOf(records));
  });

  it('takes from the files of the tasks what it lacks beyond the tail, and forgets purged tasks', async () => {
    const { records } = dayOfRecords();
    const doomed = creation(records.length + 1, { task: newTask(50) });
    const purged = record(records.length + 2, { type: 'TaskPurged', taskId: taskId(50) });
    const first = open();
    first.apply(records.slice(0, 8));
    first.apply([...records.slice(8), doomed]);
    await first.dispose();
    const again = open([...records, doomed, purged]);
    assert.deepEqual((await again.tasks(filter(), purged.seq)).tasks, rowsOf(records));
    assert.equal(await again.idOf(50, purged.seq), undefined);
  });

  for (const [what, harm] of [
    ['is no database', (file: string) => writeFileSync(file, 'not a database')],
    ['is empty', (file: string) => writeFileSync(file, '')],
    ['is cut off', (file: string) => truncateSync(file, 20_000)],
    ['is damaged', (file: string) => writeFileSync(file, readFileSync(file).fill(0x55, 5_000, 30_000))],
  ] as const) {
    it(`sets a file aside that ${what}, says so and builds it anew`, async () => {
      const { records } = dayOfRecords();
      const file = join(dir, 'history.sqlite');
      const first = open();
      first.apply(records);
      await first.dispose();
      harm(file);
      const harmed = readFileSync(file);
      const again = open(records);
      assert.deepEqual((await again.tasks(filter(), records.length)).tasks, rowsOf(records));
      assert.deepEqual(await again.outcomes(7, records.length), outcomesOf(records));
      assert.equal(setAside.length, 1);
      assert.match(setAside[0] ?? '', /history-\d+\.broken\.sqlite$/);
      assert.deepEqual(readFileSync(setAside[0] ?? ''), harmed);
      await again.dispose();
      assert.ok(existsSync(file));
    });
  }

  it('forgets records that the journal has lost', async () => {
    const first = open();
    first.apply([creation(1), creation(2), creation(3)]);
    await first.dispose();
    const again = open([creation(1)]);
    assert.deepEqual(await page(again, 1), [1]);
  });

  it('goes on after its thread has crashed once, and says so when it crashes again', async () => {
    const { records } = dayOfRecords();
    const past = new FolderTaskFiles({ dir, seq: 0, log: nullLog });
    const history = open([], { past });
    const crash = (seq: number): void => history.apply([{ ...creation(seq), events: [null as unknown as TowerEvent] }]);
    past.append(records);
    history.apply(records);
    assert.equal((await history.tasks(filter(), records.length)).total, 6);
    crash(records.length + 1);
    await assert.rejects(history.tasks(filter(), records.length + 1), /stopped/);
    assert.deepEqual((await history.tasks(filter(), records.length)).tasks, rowsOf(records));
    crash(records.length + 2);
    await assert.rejects(history.tasks(filter(), records.length + 2), /stopped/);
    await assert.rejects(history.tasks(filter(), records.length), /stopped twice\. Reload the window/);
  });

  it('finds words of title, prompt and result, whatever characters are asked for', async () => {
    const { records } = dayOfRecords();
    const history = open(records, { tail: records });
    const find = (text: string): Promise<number[]> => page(history, records.length, { text });
    assert.deepEqual(await find('login'), [1]);
    assert.deepEqual(await find('LOG'), [1]);
    assert.deepEqual(await find('ogin pag'), [1]);
    assert.deepEqual(await find('unlabelled'), [1]);
    assert.deepEqual(await find('three fields'), [1]);
    assert.deepEqual(await find('"quoted"'), [2]);
    assert.deepEqual(await find('near OR'), [2]);
    assert.deepEqual(await find('better prompt'), [6]);
    const snippetOf = async (text: string): Promise<unknown> =>
      (await history.tasks(filter({ text }), records.length)).tasks.map(({ snippet }) => snippet);
    assert.match(String(await snippetOf('unlabelled')), /unlabelled/);
    assert.match(String(await snippetOf('better prompt')), /better prompt/i);
    assert.deepEqual(await snippetOf('login pag'), [undefined]);
    assert.deepEqual(await find('log\u0000in\n'), [1]);
    assert.deepEqual(await find('Old title'), []);
    assert.deepEqual(await find('"'), [2]);
    for (const text of [
      "'",
      '*',
      '(',
      ')',
      'NOT',
      'zz AND',
      '-zz',
      'nosuch:',
      'NEAR/2',
      '%',
      '_',
      '\\',
      ';--',
      '^',
      '日本',
      '"zz" NEAR "b"',
    ]) {
      assert.deepEqual(await find(text), [], `looked for ${text}`);
    }
  });

  it('filters and pages by number, so that new tasks shift no page', async () => {
    const history = open();
    const priorities = ['urgent', 'normal'] as const;
    history.apply(
      Array.from({ length: 25 }, (_, index) => {
        const task = newTask(index + 1, { priority: priorities[index % 2] ?? 'low', ...(index % 5 === 0 ? { agent: 'one' } : {}) });
        return creation(index + 1, { task });
      }),
    );
    const first = await history.tasks(filter({ order: 'newest', limit: 10 }), 25);
    assert.deepEqual([first.tasks[0]?.number, first.tasks.length, first.total, first.cursor], [25, 10, 25, '16']);
    history.apply([creation(26)]);
    const second = await history.tasks(filter({ order: 'newest', limit: 10, cursor: '16' }), 26);
    assert.deepEqual([second.tasks[0]?.number, second.total, second.cursor], [15, 26, '6']);
    const last = await history.tasks(filter({ order: 'newest', limit: 10, cursor: '6' }), 26);
    assert.deepEqual([last.tasks.length, last.cursor], [5, undefined]);
    assert.deepEqual(await page(history, 26, { priority: ['urgent'], agent: 'one' }), [1, 11, 21]);
    assert.deepEqual(await page(history, 26, { from: 1_003, to: 1_005 }), [3, 4]);
    assert.deepEqual(await page(history, 26, { status: ['completed'] }), []);
    assert.equal(await history.idOf(7, 26), taskId(7));
    for (const cursor of ['x', 'q3', '1 OR 1', '-1'])
      await assert.rejects(history.tasks(filter({ cursor }), 26), { name: 'Refusal', code: 'invalid' });
  });

  it('writes nothing in a folder that is read-only, and still knows everything', async () => {
    const { records } = dayOfRecords();
    const file = join(dir, 'history.sqlite');
    writeFileSync(file, 'not a database');
    const history = open(records, { readOnly: true });
    assert.deepEqual((await history.tasks(filter(), records.length)).tasks, rowsOf(records));
    await history.dispose();
    assert.equal(readFileSync(file, 'utf8'), 'not a database');
    assert.deepEqual(setAside, []);
  });

  it('starts no thread before there is something to do, and leaves no temporary file', async () => {
    const idle = open();
    await idle.dispose();
    assert.equal(existsSync(join(dir, 'history.sqlite')), false);
    const busy = open();
    busy.apply([creation(1)]);
    await busy.tasks(filter(), 1);
    await busy.dispose();
    assert.deepEqual(
      readdirSync(dir).filter((name) => /sqlite|tmp/.test(name)),
      ['history.sqlite'],
    );
  });
});
