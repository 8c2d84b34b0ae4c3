import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { nullLog } from '../../src/server/base/log';
import { freePort } from '../support/redisServer';
import { removeTempFolders } from '../support/tempFolder';
import { until } from '../support/until';
import { person, Stand } from '../unit/gateway/stand';

const EXAMPLE = resolve('examples', 'temporal');
/** Where the example is installed: 260 MB, so in no clone, and once. */
const HOME = resolve('out', 'temporal');

interface Progress {
  taskId: string;
  status: string;
  progress: number | null;
}
interface Result {
  taskId: string;
  number: number;
  result: string;
}
interface Failure {
  type?: string;
  nonRetryable?: boolean;
  message: string;
}
interface MockActivityEnvironment extends EventEmitter {
  cancel: (reason?: string, details?: unknown) => void;
  run: (activity: (spec: object) => Promise<Result>, spec: object) => Promise<Result>;
}
interface Temporal {
  MockActivityEnvironment: new (info?: object, options?: { logger: object }) => MockActivityEnvironment;
}
interface Common {
  CancelledFailure: new () => Error;
  ActivityCancellationDetails: new (details: object) => unknown;
}
interface Example {
  tasktower: (tower: { url: string; token: string; lookEvery?: number }) => { runTask: (spec: object) => Promise<Result> };
}

describe('The Activity for Temporal', () => {
  const require = createRequire(join(HOME, 'package.json'));
  let temporal: Temporal;
  let common: Common;
  let example: Example;
  let tower: Stand;
  let runTask: (spec: object) => Promise<Result>;

  before(function () {
    this.timeout(600_000);
    install();
    temporal = require('@temporalio/testing') as Temporal;
    common = require('@temporalio/common') as Common;
    example = require(join(HOME, 'tasktower.ts')) as Example;
  });
  beforeEach(async () => {
    tower = await Stand.open();
    ({ runTask } = example.tasktower({ url: tower.url, token: tower.keys.client, lookEvery: 50 }));
  });
  afterEach(async () => {
    await tower.close();
    removeTempFolders();
  });

  /** An environment and what it hears. */
  const environment = (info?: object): { mock: MockActivityEnvironment; heard: Progress[] } => {
    const mock = new temporal.MockActivityEnvironment(info, { logger: { ...nullLog, log: () => undefined } });
    const heard: Progress[] = [];
    mock.on('heartbeat', (progress: Progress) => heard.push(progress));
    return { mock, heard };
  };
  const failure = (work: Promise<unknown>): Promise<Failure> =>
    work.then(
      () => assert.fail('It went well.'),
      (error: Failure) => error,
    );

  it('is written as TypeScript that its libraries take, and so are the worker and the Workflow of the document', () => {
    const document = readFileSync(join('docs', 'temporal.md'), 'utf8');
    const files = [...document.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```/gm)].map(([, name = '', code = '']) => ({ name, code }));
    assert.deepEqual(
      files.map(({ name }) => name),
      ['worker.ts', 'workflows.ts'],
    );
    for (const { name, code } of files) writeFileSync(join(HOME, name), code);
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2023', '--lib', 'es2023,dom', '--module', 'nodenext'];
    const more = ['--erasableSyntaxOnly', '--allowImportingTsExtensions', '--types', resolve('node_modules', '@types', 'node')];
    const tsc = resolve('node_modules', 'typescript', 'bin', 'tsc');
    const names = ['tasktower.ts', ...files.map(({ name }) => name)];
    const { stdout, status } = spawnSync(process.execPath, [tsc, ...flags, ...more, ...names], { cwd: HOME, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  it('makes a task, tells how far it is, and gives its result', async () => {
    const { mock, heard } = environment();
    await tower.agent('Baker', {}, async (agent, task) => {
      await agent.send(task, { type: 'progress', progress: 0.5 });
      await until('a heartbeat of it', () => heard.some(({ progress }) => progress === 0.5));
      await agent.send(task, { type: 'result', result: 'Two loaves.' });
    });
    const { taskId, number, result } = await mock.run(runTask, { title: 'Bake bread', externalId: 'order-7' });
    assert.deepEqual({ number, result }, { number: 1, result: 'Two loaves.' });
    assert.equal(tower.task(taskId).externalId, 'order-7');
    assert.ok(heard.every((one) => one.taskId === taskId));
    assert.deepEqual([heard.at(-1)?.status, heard.at(-1)?.progress], ['completed', 1]);
  });

  it('cancels the task when it is cancelled', async () => {
    const { mock, heard } = environment();
    const agent = await tower.agent('Baker');
    const running = mock.run(runTask, { title: 'Bake bread' });
    const { taskId } = await until('it to run', () => heard.find(({ status }) => status === 'running'));
    mock.cancel();
    assert.ok((await failure(running)) instanceof common.CancelledFailure);
    await until('the agent to be told', () => agent.cancelled.includes(taskId));
    await until('the end', () => tower.task(taskId).status === 'cancelled');
  });

  it('leaves the task to the next try when its worker shuts down, which goes on with it', async () => {
    const first = environment();
    const running = first.mock.run(runTask, { title: 'Bake bread' });
    const last = await until('a heartbeat', () => first.heard[0]);
    first.mock.cancel('WORKER_SHUTDOWN', new common.ActivityCancellationDetails({ workerShutdown: true }));
    await failure(running);
    assert.equal(tower.task(last.taskId).status, 'pending');
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'Done.' }));
    const { taskId } = await environment({ attempt: 2, heartbeatDetails: last }).mock.run(runTask, { title: 'Bake bread' });
    assert.equal(taskId, last.taskId);
    assert.equal(tower.tower.board.tasks.size, 1);
  });

  it('makes one task, although its first try was never heard of', async () => {
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'result', result: 'Done.' }));
    const first = await environment().mock.run(runTask, { title: 'Bake bread' });
    const second = await environment({ attempt: 2 }).mock.run(runTask, { title: 'Bake bread' });
    assert.equal(second.taskId, first.taskId);
    const other = await environment({ activityId: 'another' }).mock.run(runTask, { title: 'Bake bread' });
    assert.notEqual(other.taskId, first.taskId);
  });

  it('fails for good when the task does, or is cancelled in the tower', async () => {
    await tower.agent('Baker', {}, (agent, task) => agent.send(task, { type: 'error', message: 'The oven is cold.' }));
    const { id } = await tower.create('Before', { agent: 'Baker' });
    await until('the other one to fail', () => tower.task(id).status === 'failed');
    const failed = await failure(environment().mock.run(runTask, { title: 'Bake bread', agent: 'Baker' }));
    assert.deepEqual([failed.type, failed.nonRetryable, failed.message], ['TaskFailed', true, '#2: The oven is cold.']);
    const { mock, heard } = environment({ activityId: 'another' });
    const running = failure(mock.run(runTask, { title: 'Bake bread', agent: 'Nobody' }));
    const { taskId } = await until('a heartbeat', () => heard[0]);
    await tower.tower.execute({ type: 'CancelTask', taskId }, person);
    const cancelled = await running;
    assert.deepEqual([cancelled.type, cancelled.nonRetryable], ['TaskCancelled', true]);
  });

  it('is not tried again when the tower refuses it, and is when the tower is away', async () => {
    const wrong = await failure(environment().mock.run(runTask, { title: '' }));
    assert.deepEqual([wrong.type, wrong.nonRetryable], ['TowerRefused', true]);
    const stranger = example.tasktower({ url: tower.url, token: 'nobody' }).runTask;
    const refused = await failure(environment().mock.run(stranger, { title: 'Bake bread' }));
    assert.deepEqual([refused.type, refused.nonRetryable], ['TowerRefused', true]);
    const nowhere = example.tasktower({ url: `http://127.0.0.1:${await freePort()}`, token: 'nobody' }).runTask;
    const away = await failure(environment().mock.run(nowhere, { title: 'Bake bread' }));
    assert.notEqual(away.nonRetryable, true);
  });
});

/** Installs the example as its lock file says, unless it is. */
function install(): void {
  mkdirSync(HOME, { recursive: true });
  const at = (name: string): string => join(HOME, name);
  const lock = readFileSync(join(EXAMPLE, 'package-lock.json'), 'utf8');
  const isThere =
    existsSync(at('node_modules')) && existsSync(at('package-lock.json')) && readFileSync(at('package-lock.json'), 'utf8') === lock;
  for (const name of ['package.json', 'package-lock.json', 'tasktower.ts']) copyFileSync(join(EXAMPLE, name), at(name));
  if (!isThere)
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HOME, stdio: ['ignore', 'ignore', 'inherit'] });
}
