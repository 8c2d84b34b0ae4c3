import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { addressPath, towerId } from '../../../src/server/gateway/addressFile';
import { FINISHED_ON_BOARD } from '../../../src/server/domain/owed';
import { finish, person, TowerBench } from '../../support/towerBench';
import { rest, type Assigned } from '../../support/towerClient';
import { until } from '../../support/until';

const DAY = 86_400_000;

describe('a tower with bad luck', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  it('goes on in time when the clock is set back a day, and after a restart too', async () => {
    let back = 0;
    const clock = { now: () => Date.now() - back, monotonic: () => performance.now() };
    await bench.start({ clock });
    await bench.agent('Worker', (agent, task) => agent.send(task, { type: 'error', kind: 'limit', message: 'Quota.', retryAt: soon() }));
    const soon = (): string => new Date(bench.tower.board.at + 1_500).toISOString();
    back = DAY;
    const first = await bench.create('Before the restart');
    await until('a second try', () => bench.task(first).attempts.length >= 2, 15_000);
    await bench.stop();
    await bench.start({ clock });
    await bench.agent('Worker', finish);
    await until('the end', () => bench.task(first).status === 'completed', 15_000);
    const times = bench.task(first).attempts.flatMap(({ startedAt, endedAt = Infinity }) => [startedAt, endedAt]);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  it('says which files are gone when the folder of a task is missing, and fails what cannot be handed over', async () => {
    await bench.start();
    const id = await bench.create('Waits');
    const folder = join(bench.storage, 'tasks', id);
    // Its last write is over, or it would make the folder anew.
    await until('its events', () => statSync(join(folder, 'events.ndjson'), { throwIfNoEntry: false })?.size);
    rmSync(folder, { recursive: true });
    const gone = /The files of #1 are gone from the disk: prompt, results and log\. Restore its folder/;
    await assert.rejects(bench.tower.query({ type: 'TaskDetails', taskId: id }), gone);
    await bench.agent('Worker', finish);
    await until('the end', () => bench.task(id).status === 'failed');
    assert.match(bench.task(id).error?.message ?? '', gone);
  });

  it('fails what cannot be told to an agent that asks for work, which gets the next task when it asks again', async () => {
    await bench.start();
    const [gone, there] = [await bench.create('Gone'), await bench.create('There')];
    const folder = join(bench.storage, 'tasks', gone);
    // Its last write is over, or it would make the folder anew.
    await until('its events', () => statSync(join(folder, 'events.ndjson'), { throwIfNoEntry: false })?.size);
    rmSync(folder, { recursive: true });
    const claim = (): ReturnType<typeof rest> =>
      rest(bench.url, bench.keys.client, 'POST', '/api/tasks/claim', { agent: 'Worker', waitMs: 0 });
    await claim();
    assert.deepEqual([bench.task(gone).status, bench.task(gone).error?.kind], ['failed', 'protocol_error']);
    assert.equal(((await claim()).body.assignment as Assigned | undefined)?.taskId, there);
  });

  it('archives at start what it owes, recalls it for a command, and says when the folder of an archived task is missing', async function () {
    this.timeout(60_000);
    await bench.start();
    const worker = { kind: 'agent', name: 'worker' } as const;
    await bench.tower.execute({ type: 'RegisterAgent', profile: { name: 'Worker', capacity: 64 } }, worker);
    const ids: string[] = [];
    for (let n = 0; n < FINISHED_ON_BOARD + 150; n++) {
      const id = await bench.create(`Task ${n}`, { prompt: `Prompt ${n}`, after: n === 2 ? ['#2'] : [] });
      ids.push(id);
      await bench.tower.execute({ type: 'CancelTask', taskId: id }, person);
    }
    await bench.stop();
    await bench.start();
    await until('the archive', () => bench.tower.board.tasks.size === FINISHED_ON_BOARD);
    const [first = '', second = ''] = ids;
    assert.equal((await bench.tower.query({ type: 'TaskDetails', taskId: '#1' })).prompt, 'Prompt 0');
    await bench.tower.execute({ type: 'RetryTask', taskId: '#1' }, person);
    assert.equal(bench.task(first).status, 'pending');
    rmSync(join(bench.storage, 'tasks', second), { recursive: true });
    for (const ref of ['#2', second])
      await assert.rejects(bench.tower.execute({ type: 'RetryTask', taskId: ref }, person), /The files of .* are gone from the disk/);
    await bench.tower.execute({ type: 'RetryTask', taskId: '#3' }, person);
    assert.equal(bench.task(ids[2] ?? '').status, 'pending', 'It does not wait for what is gone.');
    await assert.rejects(bench.tower.execute({ type: 'RetryTask', taskId: '#9999' }, person), {
      code: 'not_found',
      message: /There is no task #9999/,
    });
  });

  it('opens what the version before wrote: board, texts, logs and history', async () => {
    // Written by the first version; when the record version rises, this is what must be lifted.
    cpSync(join('test', 'fixtures', 'storage-1'), bench.storage, { recursive: true });
    const { tower, readOnly } = await bench.start();
    assert.equal(readOnly, undefined);
    assert.deepEqual(
      [...tower.board.tasks.values()].map(({ number, title, status, attempts }) => `#${number} ${title}: ${status}, ${attempts.length}`),
      ['#1 Audit the login page: completed, 1', '#2 Fix the flaky test: failed, 1', '#3 Never mind: cancelled, 0', '#4 Waits: pending, 0'],
    );
    const details = await tower.query({ type: 'TaskDetails', taskId: '#1' });
    assert.deepEqual([details.prompt, details.results[1]], ['Find every unlabelled field.', 'Found three fields.']);
    assert.deepEqual(
      (await tower.query({ type: 'Logs', filter: { taskId: '#1', level: 'info', limit: 100 } })).map(({ text }) => text),
      ['Opening the page', 'result: Found three fields.'],
    );
    const page = await tower.query({ type: 'Tasks', filter: { status: ['completed', 'failed', 'cancelled'], order: 'oldest', limit: 10 } });
    assert.deepEqual(
      page.tasks.map(({ number }) => number),
      [1, 2, 3],
    );
    assert.equal((await tower.execute({ type: 'CreateTask', spec: { title: 'New' } }, person)).number, 5);
  });

  it('follows no tower of another protocol, takes nothing from it, and says what to do', async () => {
    const owner = await bench.window();
    const { address } = owner;
    await owner.close();
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const { id } = JSON.parse(data.toString()) as { id: number };
        const message = 'This tower speaks protocol 2, not 1. Update the older of the two.';
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message } }));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(addressPath(towerId(bench.storage)), JSON.stringify({ ...address, url, protocol: 2 }), { mode: 0o600 });
    const before = readdirSync(join(bench.storage, 'journal'));
    await assert.rejects(bench.window(), { message: 'This tower speaks protocol 2, not 1. Update the older of the two.' });
    assert.deepEqual(readdirSync(join(bench.storage, 'journal')), before);
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.close();
  });
});
