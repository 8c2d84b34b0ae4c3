import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Task } from '../../../src/server/domain/task';
import { finish, person, TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import { PNG } from '../gateway/stand';
import { CliRun } from './cliRun';

type Ended = Awaited<ReturnType<typeof CliRun.end>>;

describe('tasktower', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  const cli = (args: string[], options: { env?: NodeJS.ProcessEnv; input?: string; cwd?: string } = {}): Promise<Ended> =>
    CliRun.end(args, { cwd: bench.workspace, ...options });
  const reported = async (title = 'Work'): Promise<Task> => {
    const { body } = await rest(bench.url, bench.keys.client, 'POST', '/api/tasks', { title, status: 'running' });
    return bench.task(String(body.id));
  };
  /** Ended so, with one line of error that matches and nothing else. */
  const refused = ({ code, out, err }: Ended, expected: number, detail: RegExp): void => {
    assert.deepEqual([code, out], [expected, '']);
    assert.match(err, detail);
    assert.equal(err.trim().split('\n').length, 1, err);
  };

  it('explains itself and each command, without a tower', async () => {
    const all = await cli(['--help']);
    assert.equal(all.code, 0);
    const names = [...all.out.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name ?? '');
    for (const name of ['task', 'run', 'progress', 'log', 'evidence', 'done', 'fail', 'status', 'list', 'cancel', 'retry', 'serve', 'hook'])
      assert.ok(names.includes(name), name);
    for (const name of names) {
      const { code, out } = await cli([name, '--help']);
      assert.deepEqual([code, out.startsWith(`tasktower ${name} `)], [0, true]);
    }
    assert.match((await cli(['--version'])).out, /^tasktower \d+\.\d+\.\d+ \(protocol 1\)\n$/);
  });

  it('answers wrong usage with one sentence and 2', async () => {
    refused(await cli(['tsk']), 2, /There is no command "tsk"/);
    refused(await cli(['task']), 2, /Say what is to be done/);
    refused(await cli(['task', 'A', '--colour', 'red']), 2, /Unknown option '--colour'/);
    refused(await cli(['run', 'npm', 'test']), 2, /after two dashes/);
    refused(await cli(['progress', '40%']), 2, /Say which task: --task #12/);
    refused(await cli(['progress', '40', '--task', '1']), 2, /"40" is no progress\. Say 0 to 1/);
    refused(await cli(['log', 'x', '-t', '1', '-l', 'loud']), 2, /The level is one of trace, debug/);
    refused(await cli(['evidence', 'missing.png', '-t', '1']), 2, /missing\.png cannot be read/);
    refused(await cli(['cancel']), 2, /Name one task/);
    refused(await cli(['cancel', 'x']), 2, /"x" names no task/);
    refused(await cli(['fail', '-t', '1']), 2, /Say what went wrong/);
  });

  it('says with 3 that no tower has the folder open', async () => {
    refused(await cli(['status']), 3, /No tower has .* open\. Open the folder in the editor, or start one/);
    await bench.start();
    refused(await cli(['status'], { cwd: bench.home }), 3, /No tower has/);
    refused(
      await cli(['status'], { env: { TASKTOWER_URL: 'http://127.0.0.1:1', TASKTOWER_TOKEN: 'x' }, cwd: bench.home }),
      3,
      /does not answer/,
    );
  });

  it('finds the tower from a folder inside of the one that is open, the innermost first', async () => {
    await bench.start();
    const inner = join(bench.workspace, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    assert.equal((await cli(['task', 'From within'], { cwd: inner })).out, '#1 From within · waiting · waits for an agent\n');
    const other = { id: 'x', folders: [join(bench.workspace, 'a')], url: 'http://127.0.0.1:1', pid: 1, epoch: 1, protocol: 1, token: 'x' };
    writeFileSync(join(bench.home, 'tasktower', 'towers', 'x.json'), JSON.stringify(other), { mode: 0o600 });
    assert.equal((await cli(['list'], { cwd: inner })).code, 3);
    assert.equal((await cli(['list'])).code, 0);
  });

  it('queues a task with all that can be said of it', async () => {
    await bench.start();
    await cli(['task', 'First']);
    const args = [
      'task',
      'Second',
      '-',
      '-p',
      'high',
      '-a',
      'Kimi',
      '-s',
      'browser',
      '-s',
      'css',
      '-r',
      'tests:pass',
      '--after',
      '1',
      '--json',
    ];
    const { code, out } = await cli(args, { input: 'Do it\nwell' });
    assert.equal(code, 0);
    const made = JSON.parse(out) as { id: string };
    const task = bench.task(made.id);
    assert.deepEqual([task.priority, task.agent, task.skills, task.requires.length], ['high', 'Kimi', ['browser', 'css'], 1]);
    assert.equal(bench.task(task.after[0] ?? '').title, 'First');
    assert.equal((await bench.tower.query({ type: 'TaskDetails', taskId: task.id })).prompt, 'Do it\nwell');
    refused(await cli(['task', 'Third', '--after', '#99']), 1, /It cannot wait for #99: there is no such task/);
  });

  it('gives an agent its fields, and goes on from a finished task', async () => {
    await bench.start();
    const got: unknown[] = [];
    await bench.agent('Swarm', async (agent, task) => {
      got.push((task as { fields?: unknown }).fields);
      await finish(agent, task);
    });
    assert.equal(
      (await cli(['task', 'Think', '--field', 'num_agents=5', '--field', 'deep=true', '--field', 'tone=calm', '--wait'])).code,
      0,
    );
    assert.equal((await cli(['task', 'Think on', '--continue', '#1', '--wait'])).code, 0);
    assert.deepEqual(got, [{ num_agents: 5, deep: true, tone: 'calm' }, {}]);
    assert.equal([...bench.tower.board.tasks.values()].find(({ number }) => number === 2)?.agent, 'swarm');
    refused(await cli(['task', 'Think', '--field', '5=x']), 2, /name=value/);
  });

  it('waits for a task and says by its exit code how it ended', async () => {
    await bench.start();
    await bench.agent('Good', finish);
    assert.match((await cli(['task', 'A', '-a', 'Good', '--wait'])).out, /#1 A · completed · Good\nDone\.\n$/);
    await bench.agent('Bad', (agent, task) => agent.send(task, { type: 'error', message: 'broke' }));
    const failed = await cli(['task', 'B', '-a', 'Bad', '--wait']);
    assert.deepEqual([failed.code, /failed · Bad · broke/.test(failed.out)], [4, true]);
    assert.equal((await cli(['task', 'C', '-a', 'Good', '-r', 'signoff', '--wait'])).code, 6);
    const waiting = new CliRun(['task', 'D', '-a', 'Nobody', '--wait'], { cwd: bench.workspace });
    await until('the task', () => waiting.out.includes('#4 D'));
    const later = new CliRun(['wait', '#4', '--json'], { cwd: bench.workspace });
    assert.equal((await cli(['cancel', '4'])).code, 0);
    assert.equal(await waiting.code(), 5);
    assert.equal(await later.code(), 5);
    assert.equal((JSON.parse(later.out) as { status: string }).status, 'cancelled');
    assert.match((await cli(['wait', '1'])).out, /#1 A · completed · Good\nDone\.\n$/);
    assert.equal((await cli(['wait', '3'])).code, 6);
    refused(await cli(['wait']), 2, /Name one task/);
    refused(await cli(['wait', '99']), 1, /99/);
  });

  it('reports progress, lines, evidence and the end of a task', async () => {
    await bench.start();
    const task = await reported();
    const env = { TASKTOWER_TASK_ID: task.id };
    assert.equal((await cli(['progress', '40%', 'half', 'way'], { env })).code, 0);
    const live = bench.tower.live.tasks.get(task.id);
    assert.deepEqual([live?.progress, live?.step], [0.4, 'half way']);
    await cli(['log', 'by', 'hand', '-l', 'warn'], { env });
    await cli(['log'], { env, input: 'one\ntwo\nthree' });
    const lines = await bench.tower.query({ type: 'Logs', filter: { taskId: task.id, limit: 100 } });
    assert.deepEqual(
      lines.map(({ level, text }) => `${level} ${text}`),
      ['warn by hand', 'info one', 'info two', 'info three'],
    );
    writeFileSync(join(bench.workspace, 'login.png'), PNG);
    assert.equal((await cli(['evidence', 'login.png', '--viewport', '1280x800', '-t', '#1'])).code, 0);
    const [piece] = bench.task(task.id).attempts[0]?.evidence ?? [];
    assert.deepEqual([piece?.kind, piece?.name, piece?.viewport], ['screenshot', 'login', { width: 1280, height: 800 }]);
    await cli(['done', 'It', 'works'], { env });
    assert.equal(bench.task(task.id).status, 'completed');
    refused(await cli(['fail', 'too late'], { env }), 1, /./);
    const other = await reported('Other');
    assert.equal((await cli(['fail', 'no', 'luck', '-k', 'refused', '-t', '2'])).code, 0);
    assert.deepEqual(bench.task(other.id).error, { kind: 'refused', message: 'no luck' });
  });

  it('lets a script begin a task and report on it', async () => {
    await bench.start();
    const { out } = await cli(['start', 'Nightly audit', '-a', 'Cron']);
    const task = bench.task(out.trim());
    assert.deepEqual([task.title, task.status, task.attempts[0]?.agentId], ['Nightly audit', 'running', 'cron']);
    assert.equal((await cli(['done'], { env: { TASKTOWER_TASK_ID: task.id } })).code, 0);
    assert.equal(bench.task(task.id).status, 'completed');
  });

  it('says with 5 that the task was cancelled', async () => {
    await bench.start();
    const task = await reported();
    await bench.tower.execute({ type: 'CancelTask', taskId: task.id }, person);
    const { code, err } = await cli(['progress', '0.5', '-t', '1']);
    assert.equal(code, 5);
    assert.match(err, /stop working/);
  });

  it('keeps a report until the tower is back', async () => {
    await bench.start();
    const task = await reported();
    const env = { TASKTOWER_URL: bench.url, TASKTOWER_TOKEN: bench.keys.client, TASKTOWER_TASK_ID: task.id };
    const port = Number(new URL(bench.url).port);
    await bench.stop();
    let tries = 0;
    const deaf = createServer((socket) => {
      tries++;
      socket.destroy();
    }).listen(port, '127.0.0.1');
    const run = new CliRun(['done', 'kept'], { cwd: bench.workspace, env });
    await until('two tries', () => tries > 1);
    await new Promise((done) => deaf.close(done));
    await bench.start();
    assert.equal(await run.code(), 0);
    assert.equal(bench.task(task.id).status, 'completed');
  });

  it('says in words what goes on', async () => {
    await bench.start();
    await bench.agent('Kimi', () => undefined);
    await bench.create('Running', { agent: 'Kimi' });
    await bench.create('Waiting', { agent: 'Nobody' });
    await until('work', () => bench.tower.board.byStatus.running.size === 1);
    const { code, out } = await cli(['status']);
    assert.equal(code, 0);
    assert.match(out, /^1 running, 1 waiting, 0 asking you, 0 failed\n/);
    assert.match(out, /\nRunning\n {2}#1 Running · running · Kimi\n/);
    assert.match(out, /\nWaiting\n {2}#2 Waiting · waiting · Nobody · waits for an agent named Nobody\n/);
    assert.match(out, /\nAgents\n {2}Kimi · busy #1\n/);
    const parsed = JSON.parse((await cli(['status', '--json'])).out) as { running: { total: number } };
    assert.equal(parsed.running.total, 1);
    assert.equal((await cli(['list', '--status', 'pending'])).out, '#2 Waiting · waiting · Nobody · waits for an agent named Nobody\n');
  });

  it('does not cancel or retry what a person made', async () => {
    await bench.start();
    await bench.create('Mine');
    refused(await cli(['cancel', '#1']), 1, /may not do this \(CancelTask\)\. Do it in the editor/);
    refused(await cli(['retry', '#1']), 1, /may not do this \(RetryTask\)/);
    await cli(['task', 'Own']);
    assert.match((await cli(['cancel', '2'])).out, /#2 Own · cancelled/);
    assert.match((await cli(['retry', '2'])).out, /#2 Own · waiting/);
    refused(await cli(['retry', '2']), 1, /Wait until it has ended/);
    refused(await cli(['cancel', '77']), 1, /no task/);
  });

  it('hands on what hooks hear, and never fails', async () => {
    const event = JSON.stringify({ hook_event_name: 'UserPromptSubmit', session_id: 's', prompt: 'Fix it' });
    assert.deepEqual(await cli(['hook', 'claude'], { input: event }), { code: 0, out: '', err: '' });
    await bench.start();
    assert.deepEqual(await cli(['hook', 'kimi'], { input: event }), { code: 0, out: '', err: '' });
    assert.deepEqual(await cli(['hook', 'kimi'], { input: 'nonsense' }), { code: 0, out: '', err: '' });
    assert.deepEqual(await cli(['hook', 'claude'], { input: event, env: { TASKTOWER_TASK_ID: '01J' } }), { code: 0, out: '', err: '' });
    assert.deepEqual(
      [...bench.tower.board.tasks.values()].map(({ title }) => title),
      ['Fix it'],
    );
  });

  it('serves a tower of its own', async () => {
    const run = new CliRun(['serve', '--storage', join(bench.home, 'other'), '--folder', bench.workspace], {
      cwd: bench.home,
      input: null,
    });
    await until('a tower', () => run.out.includes('"role":"owner"'));
    assert.equal((await cli(['task', 'There'])).code, 0);
    run.signal('SIGTERM');
    assert.equal(await run.code(), 0);
    refused(await cli(['serve', '--folder', '.']), 1, /--storage/);
  });
});
