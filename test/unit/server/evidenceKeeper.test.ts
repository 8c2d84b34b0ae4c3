import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expiredFiles } from '../../../src/server/evidenceKeeper';
import { paint, plain, pngOf } from '../../support/pictures';
import { person, TowerBench } from '../../support/towerBench';
import type { Assigned } from '../../support/towerClient';
import { until } from '../../support/until';

const DAY = 86_400_000;

describe('What is kept of evidence', () => {
  const files = [
    { sha256: 'young', endedAt: 9 * DAY },
    { sha256: 'open', endedAt: null },
    { sha256: 'old', endedAt: 2 * DAY },
    { sha256: 'middle', endedAt: 5 * DAY },
  ];
  const sizes = new Map(files.map(({ sha256 }) => [sha256, 100]));

  it('is everything, without a limit', () => {
    assert.deepEqual(expiredFiles(files, sizes, { days: 0, bytes: 0 }, 10 * DAY), []);
  });

  it('is what belongs to an unfinished task, or to one that ended within the days', () => {
    assert.deepEqual(expiredFiles(files, sizes, { days: 6, bytes: 0 }, 10 * DAY), ['old']);
    assert.deepEqual(expiredFiles(files, sizes, { days: 1, bytes: 0 }, 100 * DAY), ['old', 'middle', 'young']);
  });

  it('is as much as fits, the newest last to go, and never less than unfinished tasks need', () => {
    assert.deepEqual(expiredFiles(files, sizes, { days: 0, bytes: 300 }, 10 * DAY), ['old']);
    assert.deepEqual(expiredFiles(files, sizes, { days: 0, bytes: 1 }, 10 * DAY), ['old', 'middle', 'young']);
  });
});

describe('The evidence files of a deleted task', () => {
  let bench: TowerBench;
  let pictures: Record<string, Buffer>;

  beforeEach(async () => {
    bench = new TowerBench();
    await bench.start({ settleMs: 30 });
    await bench.agent('Worker', async (agent, task) => {
      for (const [name, bytes] of Object.entries(pictures)) await upload(task, name, bytes);
      await agent.send(task, { type: 'result', result: 'Done.' });
    });
  });
  afterEach(() => bench.close());

  const upload = async (task: Assigned, name: string, body: Buffer): Promise<void> => {
    const url = `${task.url}/api/tasks/${task.taskId}/evidence?kind=screenshot&name=${name}&viewport=800x600`;
    const headers = { authorization: `Bearer ${task.token}`, 'content-type': 'image/png' };
    assert.equal((await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })).status, 201);
  };
  const run = async (): Promise<string> => {
    const id = await bench.create('Look');
    await until('the end', () => bench.task(id).status === 'completed');
    return id;
  };
  const stored = (): string[] => {
    const folder = join(bench.storage, 'evidence');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => name.slice(3))
      .sort();
  };
  const hashes = (id: string): string[] => bench.task(id).attempts.flatMap(({ evidence }) => evidence.map(({ sha256 }) => sha256));
  const purge = (taskId: string): Promise<unknown> => bench.tower.execute({ type: 'PurgeTask', taskId }, person);

  it('go with it, those that another task needs stay until that goes too', async () => {
    const shared = pngOf(plain(40, 30));
    pictures = { shared, mine: pngOf(paint(plain(40, 30), 1, 1, 5, 5, [255, 0, 0, 255])) };
    const first = await run();
    pictures = { shared, other: pngOf(paint(plain(40, 30), 9, 9, 5, 5, [0, 255, 0, 255])) };
    const second = await run();
    const mine = hashes(first).filter((sha256) => !hashes(second).includes(sha256));
    const needed = hashes(second).sort();
    assert.equal(mine.length, 1);
    await purge(first);
    await until('the file of the first task to go', () => !stored().includes(mine[0] ?? ''));
    assert.deepEqual(stored(), needed);
    await purge(second);
    await until('the rest to go', () => stored().length === 0);
  });

  it('go also after a restart, when the history was lost, and never those that an archived task needs', async () => {
    pictures = { one: pngOf(plain(40, 30)) };
    const first = await run();
    pictures = { two: pngOf(plain(41, 30)) };
    const second = await run();
    const [needed] = hashes(second);
    await bench.tower.execute({ type: 'ArchiveTasks', taskIds: [second] }, { kind: 'tower', name: 'tower' });
    await bench.stop();
    rmSync(join(bench.storage, 'history.sqlite'));
    await bench.start({ settleMs: 30 });
    await purge(first);
    await until('the file of the first task to go', () => stored().length === 1);
    assert.deepEqual(stored(), [needed]);
    assert.equal(existsSync(join(bench.storage, 'tasks', second)), true);
  });

  it('stay in a copy of the folder, where each file is new, also those of an archived task', async () => {
    pictures = { one: pngOf(plain(40, 30)) };
    const id = await run();
    const needed = hashes(id);
    await bench.tower.execute({ type: 'ArchiveTasks', taskIds: [id] }, { kind: 'tower', name: 'tower' });
    await bench.stop();
    for (const sha256 of needed) utimesSync(join(bench.storage, 'evidence', sha256.slice(0, 2), sha256), new Date(), new Date());
    await bench.start();
    assert.deepEqual(stored(), needed);
  });

  it('and of tasks past their keeping go, while the task, its verdicts and numbers stay', async () => {
    pictures = { one: pngOf(plain(40, 30)) };
    const id = await run();
    await bench.running.configure({ agents: [], cap: 4, keep: { days: 0, bytes: 1 } });
    await until('the file to go', () => stored().length === 0);
    const proof = await bench.tower.query({ type: 'Evidence', taskId: id });
    assert.equal(proof.pieces[0]?.comparison?.state, 'new');
    const answer = await fetch(`${bench.url}/api/evidence/${id}/${bench.task(id).attempts[0]?.evidence[0]?.id}`, {
      headers: { authorization: `Bearer ${bench.keys.person}` },
    });
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /no longer kept/);
  });

  it('go as soon as there is more than may be kept, the oldest first', async () => {
    pictures = { one: pngOf(plain(40, 30)) };
    const size = pictures.one?.length ?? 0;
    await bench.running.configure({ agents: [], cap: 4, keep: { days: 0, bytes: 2 * size + 20 } });
    const [first] = hashes(await run());
    await until('the first look to be over', () => stored().length === 1);
    for (const side of [41, 42]) {
      pictures = { more: pngOf(plain(side, 30)) };
      await run();
    }
    await until('the oldest to go', () => stored().length === 2);
    assert.ok(!stored().includes(first ?? ''));
  });
});
