import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { errorText } from '../../../src/server/base/errors';
import { speak } from '../../../src/server/domain/language';
import { spoken } from '../../../src/server/domain/spoken';
import type { SharedTower } from '../../../src/server/sharedTower';
import { addressPath, readAddress, towerId, writeAddress } from '../../../src/server/gateway/addressFile';
import { nodeFiles } from '../../../src/server/store/files';
import { finish, person, TowerBench } from '../../support/towerBench';
import { keysOf, rest } from '../../support/towerClient';
import { until } from '../../support/until';

describe('two windows on one folder', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => {
    speak({});
    return bench.close();
  });

  const role = (window: SharedTower): string => window.standing.role;
  const titles = (window: SharedTower): string[] => [...window.board.tasks.values()].map(({ title, status }) => `${title} ${status}`);

  it('have one tower: the second follows the first, and says which one it follows', async () => {
    const first = await bench.window();
    const second = await bench.window();
    assert.deepEqual([role(first), role(second)], ['owner', 'follower']);
    assert.deepEqual(second.address, first.address);
  });

  it('show the same board, whichever of them is asked', async () => {
    const first = await bench.window();
    await first.execute({ type: 'CreateTask', spec: { title: 'Before' } }, person);
    const second = await bench.window();
    const { taskId = '', number } = await second.execute(
      { type: 'CreateTask', spec: { title: 'From the second', prompt: 'Do it.' } },
      person,
    );
    assert.equal(second.board.tasks.get(taskId)?.number, number, 'the answer comes after the record');
    assert.deepEqual(first.board.tasks.get(taskId), second.board.tasks.get(taskId));
    assert.equal((await second.query({ type: 'TaskDetails', taskId })).prompt, 'Do it.');
    await second.execute({ type: 'CancelTask', taskId }, person);
    assert.equal(first.board.tasks.get(taskId)?.status, 'cancelled');
    await first.execute({ type: 'RetryTask', taskId }, person);
    await until('the retry to be seen', () => second.board.tasks.get(taskId)?.status === 'pending');
    await assert.rejects(second.execute({ type: 'CancelTask', taskId: '#99' }, person), { name: 'Refusal', code: 'not_found' });
  });

  it('each say in their own language what the one tower refused', async () => {
    const first = await bench.window();
    const windows = [first, await bench.window()];
    const { taskId = '' } = await first.execute({ type: 'CreateTask', spec: { title: 'Idle', agent: 'nobody' } }, person);
    for (const window of windows) {
      const refusal = await window.execute({ type: 'RetryTask', taskId }, person).then(
        () => assert.fail('It was not refused.'),
        (error: unknown) => error,
      );
      assert.equal(errorText(refusal), '#1 Idle is pending and cannot be retried. Wait until it has ended, or cancel it first.');
      speak({
        '{0} is {1} and cannot be retried. Wait until it has ended, or cancel it first.': '{0}：{1}，无法重试。',
        pending: '等待中',
      });
      assert.equal(spoken(refusal), '#1 Idle：等待中，无法重试。');
      speak({});
    }
  });

  it('both see progress, presence and log lines', async () => {
    const first = await bench.window();
    const second = await bench.window();
    const lines: string[] = [];
    second.onDidLog((batch) => lines.push(...batch.map(({ text }) => text)));
    await bench.agent(
      'Worker',
      async (agent, task) => {
        await agent.send(task, { type: 'log', lines: [{ text: 'hello' }] });
        await agent.send(task, { type: 'progress', progress: 0.5 });
      },
      first.address.url,
    );
    const { taskId = '' } = await second.execute({ type: 'CreateTask', spec: { title: 'Watched' } }, person);
    await until('the progress', () => second.live.tasks.get(taskId)?.progress === 0.5);
    assert.equal(second.live.agents.get('worker')?.presence, 'online');
    assert.ok(lines.includes('hello'), lines.join());
  });

  it('hand the tower over when the owner closes, with port, token and what was on the board', async () => {
    const first = await bench.window();
    const second = await bench.window();
    await first.execute({ type: 'CreateTask', spec: { title: 'Kept' } }, person);
    const { url, token, epoch } = first.address;
    const roles: string[] = [];
    second.onDidChange(({ role }) => roles.push(role));
    const closing = performance.now();
    await first.close();
    await until('the second to own it', () => role(second) === 'owner');
    assert.ok(performance.now() - closing < 2_000, `it took ${performance.now() - closing} ms`);
    assert.deepEqual(roles, ['reconnecting', 'owner']);
    assert.deepEqual([second.address.url, second.address.token, second.address.epoch > epoch], [url, token, true]);
    assert.deepEqual(titles(second), ['Kept pending']);
  });

  it('take settings that are changed while one takes the place of the other', async () => {
    const first = await bench.window({ cap: 4 });
    let changing: Promise<void> | undefined;
    const openSync: typeof nodeFiles.openSync = (path, flags) => {
      changing ??= second.configure({ agents: [], cap: 7 });
      return nodeFiles.openSync(path, flags);
    };
    const second = await bench.window({ cap: 4, files: { ...nodeFiles, openSync } });
    await first.close();
    await until('the settings to be taken', () => second.board.queue.cap === 7);
  });

  it('carry out once a command that was asked while the owner closed', async () => {
    const first = await bench.window();
    const second = await bench.window();
    const closing = first.close();
    const asked = Array.from({ length: 20 }, (_, n) =>
      second.execute({ type: 'CreateTask', spec: { title: `Task ${n}` } }, person, `id-${n}`),
    );
    await closing;
    const answers = await Promise.all(asked);
    assert.equal(new Set(answers.map(({ taskId }) => taskId)).size, 20);
    assert.equal(second.board.tasks.size, 20);
    const again = await second.execute({ type: 'CreateTask', spec: { title: 'Task 3' } }, person, 'id-3');
    assert.equal(again.taskId, answers[3]?.taskId);
  });

  it('that open at the same moment end with one owner, and lose nothing', async () => {
    const windows = await Promise.all([bench.window(), bench.window(), bench.window()]);
    await Promise.all(windows.map((window, n) => window.execute({ type: 'CreateTask', spec: { title: `From ${n}` } }, person)));
    await until('one owner', () => windows.filter((window) => role(window) === 'owner').length === 1);
    await until('two followers', () => windows.filter((window) => role(window) === 'follower').length === 2);
    for (const window of windows) await until('all tasks', () => window.board.tasks.size === 3);
  });

  it('say so when the storage folder is deleted, and take nothing more in', async () => {
    const first = await bench.window();
    const second = await bench.window();
    rmSync(bench.storage, { recursive: true });
    const gone = new RegExp(`The storage folder ${bench.storage} was deleted while Tasktower ran`);
    await assert.rejects(first.execute({ type: 'CreateTask', spec: { title: 'Lost?' } }, person), gone);
    await until('both to be down', () => role(first) === 'down' && role(second) === 'down');
    await assert.rejects(second.execute({ type: 'CreateTask', spec: { title: 'Lost?' } }, person), gone);
  });

  it('do not mind an address file that names a dead process, or none at all', async () => {
    const first = await bench.window();
    const { address } = first;
    await first.close();
    for (const text of [
      JSON.stringify({ ...address, pid: 2 ** 22 - 1 }),
      '{"half":',
      JSON.stringify({ ...address, url: 'http://127.0.0.1:9' }),
    ]) {
      const path = addressPath(towerId(bench.storage));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode: 0o600 });
      const window = await bench.window();
      assert.equal(role(window), 'owner');
      await window.close();
    }
  });

  it('close without harm while they dial a tower that is busy', async () => {
    const first = await bench.window();
    const second = await bench.window();
    let dialed: Duplex | undefined;
    const busy = createServer().on('upgrade', (_request, socket) => (dialed = socket));
    await once(busy.listen(0, '127.0.0.1'), 'listening');
    const { port } = busy.address() as AddressInfo;
    writeAddress({ ...first.address, url: `http://127.0.0.1:${port}`, epoch: first.address.epoch + 1 });
    const unheard: unknown[] = [];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', hear);
    try {
      await first.close();
      const socket = await until('the dial', () => dialed);
      await second.close();
      socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n');
      await once(socket, 'close');
      await new Promise((next) => setImmediate(next));
    } finally {
      process.off('unhandledRejection', hear);
      busy.close();
    }
    assert.deepEqual(unheard, []);
  });

  it('only look where nothing may be started', async () => {
    const first = await bench.window();
    await first.execute({ type: 'CreateTask', spec: { title: 'Seen' } }, person);
    await first.close();
    const looking = await bench.window({ lookOnly: 'Not trusted.' });
    assert.deepEqual([role(looking), titles(looking)], ['looking', ['Seen pending']]);
    await assert.rejects(looking.execute({ type: 'CreateTask', spec: { title: 'No' } }, person), { message: 'Not trusted.' });
    const owner = await bench.window();
    assert.equal(role(owner), 'owner');
    await bench.agent('Worker', finish, owner.address.url);
  });
});

describe('two windows on different folders', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  it('never meet: each has its tower, port and token, and what comes to one is nothing to the other', async () => {
    const one = await bench.window();
    // Inside of the first, as a folder within a workspace.
    const storage = join(bench.storage, 'inner');
    const other = await bench.window({ storage, folders: [join(bench.workspace, 'inner')] });
    assert.deepEqual([one.standing.role, other.standing.role], ['owner', 'owner']);
    assert.notEqual(other.address.url, one.address.url);
    await bench.agent('Worker', () => undefined, one.address.url);
    await until('the agent', () => one.live.agents.size === 1);
    await one.execute({ type: 'CreateTask', spec: { title: 'Of the one' } }, person);
    await other.execute({ type: 'CreateTask', spec: { title: 'Of the other', agent: 'Worker' } }, person);
    assert.deepEqual(
      [one, other].map(({ board }) => [...board.tasks.values()].map(({ number, title }) => `#${number} ${title}`)),
      [['#1 Of the one'], ['#1 Of the other']],
    );
    assert.equal(other.live.agents.size, 0);
    for (const [at, token] of [
      [one, other.address.token],
      [other, one.address.token],
      [other, keysOf(bench.storage).person],
    ] as const)
      assert.equal((await rest(at.address.url, token, 'GET', '/api/tasks')).status, 401);

    const { address } = other;
    await one.close();
    assert.deepEqual(readAddress(address.id), address, 'the other stays where it is');
    assert.equal(other.standing.role, 'owner');
    const again = await bench.window();
    assert.equal(again.standing.role, 'owner', 'it does not follow the other');
  });
});
