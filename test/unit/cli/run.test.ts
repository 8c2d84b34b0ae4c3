import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Task } from '../../../src/server/domain/task';
import { person, TowerBench } from '../../support/towerBench';
import { until } from '../../support/until';
import { CliRun } from './cliRun';

/** Goes on when there is a file `go`. */
const WAITS = `const fs = require('node:fs'); console.log('begun');
  const timer = setInterval(() => { if (fs.existsSync('go')) { clearInterval(timer); console.log('gone on'); } }, 20);`;

describe('tasktower run', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  const node = (script: string): string[] => ['--', process.execPath, '-e', script];
  const start = (script: string, ...options: string[]): CliRun =>
    new CliRun(['run', ...options, ...node(script)], { cwd: bench.workspace });
  const only = (): Task => {
    const [task] = bench.tower.board.tasks.values();
    assert.ok(task);
    return task;
  };
  const logs = async (): Promise<string[]> => {
    const lines = await bench.tower.query({ type: 'Logs', filter: { taskId: only().id, limit: 5000 } });
    return lines.map(({ level, text }) => `${level} ${text}`);
  };

  it('shows a command as a task with its output, progress and result, and passes its output on', async () => {
    await bench.start();
    const script = `console.log('\\u001b[32mone\\u001b[0m'); console.error('two');
      console.log(JSON.stringify({ progress: 0.5, step: 'half' })); console.log(JSON.stringify({ level: 'error', message: 'three' }));`;
    const run = start(script, '--title', 'My tests', '--agent', 'Laptop');
    assert.equal(await run.code(), 0);
    assert.match(run.out, /\u001b\[32mone\u001b\[0m\n/);
    assert.equal(run.err, 'two\n');
    const task = only();
    assert.deepEqual([task.title, task.status, task.attempts[0]?.agentId], ['My tests', 'completed', 'laptop']);
    const lines = await logs();
    for (const line of ['info one', 'warn two', 'error three']) assert.ok(lines.includes(line), lines.join('|'));
    const { results } = await bench.tower.query({ type: 'TaskDetails', taskId: task.id });
    assert.match(results[1] ?? '', /ended well after/);
  });

  it('passes the exit code on and reports a failure with the last line', async () => {
    await bench.start();
    const run = start(`console.error('it broke'); process.exitCode = 7`);
    assert.equal(await run.code(), 7);
    assert.equal(only().status, 'failed');
    assert.match(only().error?.message ?? '', /ended with exit code 7: it broke/);
  });

  it('says in the task that there is no such command', async () => {
    await bench.start();
    const { code, err } = await CliRun.end(['run', '--', 'no-such-command-at-all'], { cwd: bench.workspace });
    assert.equal(code, 127);
    assert.match(err, /no-such-command-at-all could not be started: there is no such command/);
    assert.deepEqual([only().status, only().error?.kind], ['failed', 'spawn_failed']);
  });

  it('runs without a tower, with one line of warning', async () => {
    const { code, out, err } = await CliRun.end(['run', ...node(`console.log('ran'); process.exitCode = 3`)], { cwd: bench.workspace });
    assert.deepEqual([code, out], [3, 'ran\n']);
    assert.match(err, /^tasktower: the command runs, but is not shown as a task\. .*\n$/);
  });

  it('ends with its command, though that leaves a process behind that goes on talking', async () => {
    const talks = 'while echo still; do sleep 0.05; done & echo mine; exit 3';
    const { code, out } = await CliRun.end(['run', '--', 'sh', '-c', talks], { cwd: bench.workspace });
    assert.equal(code, 3);
    assert.match(out, /^mine$/m);
  });

  it('ends the command with Ctrl-C and reports the task as cancelled', async () => {
    await bench.start();
    const run = start(`${WAITS} process.on('SIGINT', () => { console.log('interrupted'); process.exit(130); })`);
    await until('the command to run', () => run.out.includes('begun'));
    run.signal('SIGINT');
    assert.equal(await run.code(), 130);
    assert.match(run.out, /interrupted/);
    assert.equal(only().status, 'cancelled');
  });

  it('ends a silent command that a person cancels, even one that does not listen', async () => {
    await bench.start();
    const run = start(`${WAITS} process.on('SIGTERM', () => console.log('no'))`);
    await until('the command to run', () => run.out.includes('begun'));
    const asked = Date.now();
    await bench.tower.execute({ type: 'CancelTask', taskId: only().id }, person);
    assert.equal(await run.code(), 137);
    assert.match(run.err, /cancelled in the tower/);
    assert.ok(Date.now() - asked < 9_000, 'KILL after 5 s');
    assert.equal(only().status, 'cancelled');
  }).timeout(15_000);

  it('goes on through a restart of the tower and loses and repeats nothing', async () => {
    await bench.start();
    const script = `const fs = require('node:fs'); let n = 0; console.log('line ' + n++);
      const timer = setInterval(() => { console.log('line ' + n++); if (fs.existsSync('go')) clearInterval(timer); }, 5);`;
    const run = start(script);
    await until('the first lines', async () => (await logs()).length > 20);
    await bench.stop();
    const before = run.out.length;
    await until('output while the tower is away', () => run.out.length > before + 200);
    await bench.start();
    writeFileSync(join(bench.workspace, 'go'), '');
    assert.equal(await run.code(), 0);
    assert.equal(run.err, '');
    assert.equal(only().status, 'completed');
    const printed = run.out.trim().split('\n');
    const kept = (await logs()).filter((line) => line.startsWith('info line '));
    assert.deepEqual(
      kept,
      printed.map((line) => `info ${line}`),
    );
  });

  it('finds a tower again that comes back elsewhere', async () => {
    await bench.start();
    const run = start(WAITS);
    await until('the command to run', () => run.out.includes('begun'));
    const old = bench.url;
    await bench.stop();
    rmSync(join(bench.storage, 'port.json'), { force: true });
    await bench.start({ port: await freePort() });
    assert.notEqual(bench.url, old);
    writeFileSync(join(bench.workspace, 'go'), '');
    assert.equal(await run.code(), 0);
    assert.equal(only().status, 'completed');
  });

  it('gives the command what it takes to report by itself', async () => {
    await bench.start();
    const cli = join(process.cwd(), 'dist/cli/tasktower.js');
    const script = `const { execFileSync } = require('node:child_process');
      const ask = (...args) => execFileSync(process.execPath, [${JSON.stringify(cli)}, ...args]);
      require('node:fs').writeFileSync('notes.txt', 'proof'); ask('progress', '40%', 'half', 'way'); ask('evidence', 'notes.txt'); ask('done', 'All', 'well');`;
    assert.equal(await start(script).code(), 0);
    const task = only();
    assert.equal(task.status, 'completed');
    assert.deepEqual(
      task.attempts[0]?.evidence.map(({ name, kind }) => [name, kind]),
      [['notes.txt', 'text']],
    );
    const { results } = await bench.tower.query({ type: 'TaskDetails', taskId: task.id });
    assert.equal(results[1], 'All well');
  });

  it('is not slowed down by a flood, and keeps it', async () => {
    await bench.start();
    const run = start(`let text = ''; for (let n = 0; n < 100_000; n++) text += 'line ' + n + '\\n'; process.stdout.write(text)`);
    assert.equal(await run.code(), 0);
    assert.equal(run.out.split('\n').length, 100_001);
    const lines = await logs();
    assert.ok(lines.includes('info line 99999'), lines.slice(-3).join('|'));
    assert.ok(!lines.some((line) => line.includes('not kept')));
    assert.equal(only().status, 'completed');
  });

  it('reads standard input like the command itself', async () => {
    await bench.start();
    const script = `process.stdin.pipe(process.stdout)`;
    const { code, out } = await CliRun.end(['run', ...node(script)], { cwd: bench.workspace, input: 'typed\n' });
    assert.deepEqual([code, out], [0, 'typed\n']);
  });

  it('leaves the command alone when its task ends by other means', async () => {
    await bench.start();
    const run = start(WAITS);
    await until('the command to run', () => run.out.includes('begun') && bench.tower.board.tasks.size > 0);
    await bench.tower.execute({ type: 'LoseAttempt', taskId: only().id, attempt: 1 }, { kind: 'tower', name: 'tower' });
    writeFileSync(join(bench.workspace, 'go'), '');
    assert.equal(await run.code(), 0);
    assert.match(run.out, /gone on/);
  });

  it('leaves no process of a cancelled command behind', async () => {
    await bench.start();
    const script = `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
      require('node:fs').writeFileSync('pid', String(child.pid)); ${WAITS}`;
    const run = start(script);
    await until('the command to run', () => run.out.includes('begun') && existsSync(join(bench.workspace, 'pid')));
    await bench.tower.execute({ type: 'CancelTask', taskId: only().id }, person);
    await run.code();
    const pid = Number(readFileSync(join(bench.workspace, 'pid'), 'utf8'));
    await until('the grandchild to end', () => !existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address ? address.port : 0;
}
