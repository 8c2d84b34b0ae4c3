import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from '../../../src/server/store/files';
import { PowerCut } from '../../support/powerCut';
import { person, TowerBench } from '../../support/towerBench';
import type { Assigned } from '../../support/towerClient';
import { until } from '../../support/until';

const PROMPT = 'Look closely. '.repeat(100);
const BYTES = Buffer.from('Proof.\n'.repeat(1_000));

describe('A power cut', () => {
  let bench: TowerBench;
  let disk: PowerCut;
  beforeEach(() => {
    bench = new TowerBench();
    mkdirSync(bench.storage);
    disk = new PowerCut(bench.storage);
  });
  afterEach(() => bench.close());

  const start = (fsync: boolean): Promise<unknown> => bench.start({ files: disk.files, fsync });

  /** Two tasks: one done with log and evidence, and one that waits. All of it was answered. @returns the id of the first. */
  const work = async (): Promise<string> => {
    let answered = 0;
    await bench.agent('Worker', async (agent, task) => {
      answered = ((await agent.send(task, { type: 'log', lines: [{ text: 'first line' }, { text: 'second line' }] })) as { ackSeq: number })
        .ackSeq;
      await upload(task);
      await agent.send(task, { type: 'result', result: 'Found three.' });
    });
    const id = await bench.create('Done', { prompt: PROMPT });
    await until('the work to be done', () => bench.task(id).status === 'completed');
    assert.equal(answered, 1);
    await bench.tower.execute({ type: 'PauseQueue', when: 'now' }, person);
    await bench.create('Waits', { prompt: PROMPT });
    return id;
  };
  const upload = async ({ url, taskId, token }: Assigned): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
    const response = await fetch(`${url}/api/tasks/${taskId}/evidence?kind=text&name=proof`, { method: 'POST', headers, body: BYTES });
    assert.equal(response.status, 201);
  };
  const cut = async (): Promise<void> => {
    disk.cut();
    await bench.stop();
    disk.restore();
  };
  /** What there is of the work, as people see it. */
  const left = async (id: string): Promise<unknown[]> => {
    const { tower } = bench;
    const tasks = [...tower.board.tasks.values()].map(({ title, status }) => `${title} ${status}`);
    const details = await tower.query({ type: 'TaskDetails', taskId: id });
    const lines = await tower.query({ type: 'Logs', filter: { taskId: id, attempt: 1, level: 'info', limit: 10 } });
    const [evidence] = bench.task(id).attempts.flatMap(({ evidence }) => evidence);
    const response = await fetch(`${bench.url}/api/evidence/${id}/${evidence?.id}`, {
      headers: { authorization: `Bearer ${bench.keys.person}` },
    });
    const sha256 = createHash('sha256')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('hex');
    return [
      tasks,
      details.prompt,
      details.results[1],
      lines.map(({ text }) => text).filter((text) => / line$/.test(text)),
      sha256 === evidence?.sha256,
    ];
  };
  const ALL = [['Done completed', 'Waits pending'], PROMPT, 'Found three.', ['first line', 'second line'], true];

  it('takes nothing that was answered, when each change is written through to the disk', async () => {
    await start(true);
    const id = await work();
    await cut();
    await start(true);
    assert.deepEqual(await left(id), ALL);
    assert.equal((await bench.tower.execute({ type: 'ResumeQueue' }, person)).seq, bench.tower.board.seq, 'It goes on.');
  });

  it('takes none of it later either, when the checkpoint holds what the journal held', async () => {
    await start(true);
    const id = await work();
    await bench.stop();
    await cut();
    await start(true);
    await bench.stop();
    await cut();
    await start(true);
    assert.deepEqual(await left(id), ALL);
  });

  it('takes what was answered last without that setting, and leaves a tower that goes on', async () => {
    await start(false);
    await work();
    await cut();
    await start(false);
    assert.equal(bench.tower.board.tasks.size, 0, 'If it were all there, the tests above would prove nothing.');
    await bench.create('Goes on');
  });

  it('gives nothing back that it took, also at the start after the next', async () => {
    await start(true);
    await bench.create('Kept');
    await bench.stop();
    await start(false);
    const lost = await bench.create('Lost');
    const folders = ['', 'tasks', join('tasks', lost)].map((name) => join(bench.storage, name));
    const path = join(bench.storage, 'tasks', lost, 'events.ndjson');
    await until('its file', () => existsSync(path));
    // The system wrote this by itself, and the journal not yet.
    const fd = await disk.files.open(path, 'r+');
    await disk.files.sync(fd);
    await disk.files.close(fd);
    for (const folder of folders) await syncFolder(disk.files, folder);
    await cut();
    const gone = { code: 'not_found' };
    await start(false);
    await assert.rejects(bench.tower.query({ type: 'TaskDetails', taskId: lost }), gone);
    for (const type of ['PauseQueue', 'ResumeQueue', 'PauseQueue', 'ResumeQueue'] as const) await bench.tower.execute({ type }, person);
    await bench.stop();
    await start(false);
    await assert.rejects(bench.tower.query({ type: 'TaskDetails', taskId: lost }), gone);
    const { tasks } = await bench.tower.query({ type: 'Tasks', filter: { order: 'newest', limit: 10 } });
    assert.deepEqual(
      tasks.map(({ title }) => title),
      ['Kept'],
    );
  });
});
