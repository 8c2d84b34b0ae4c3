import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFinalReport, type AgentReport, type FinalReport } from '../../../src/server/domain/report';
import type { AssignParams, RunnerAgent } from '../../../src/server/protocol/agent';
import { commandOf, runProcess } from '../../../src/server/runner/drivers/process';
import type { OutputReader } from '../../../src/server/runner/output/reader';
import { readers } from '../../../src/server/runner/output/table';
import { DriverRun } from '../../support/driverBench';
import { nodeAgent } from '../../support/fakeTower';
import { running, withCommand } from '../../support/processTree';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

describe('Process driver', () => {
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(removeTempFolders);

  const run = (script: string, assignment: Partial<AssignParams> = {}, change: Partial<RunnerAgent> = {}, graceMs = 5_000): DriverRun =>
    new DriverRun(runProcess, { agent: nodeAgent('Builder', folder, script, change), assignment, graceMs });

  it('logs output by stream and level, and reports progress', async () => {
    const lines = ['plain', '{"level":"error","message":"bad"}', '{"progress":0.5,"step":"half"}'];
    const { log, reports, final } = await finished(run(`console.log(${JSON.stringify(lines.join('\n'))}); console.error('careful')`));
    assert.deepEqual(log.toSorted(), ['error bad', 'info plain', 'warn careful']);
    assert.deepEqual(
      reports.find(({ type }) => type === 'progress'),
      { type: 'progress', progress: 0.5, step: 'half' },
    );
    assert.deepEqual(final, { type: 'result', result: 'plain\nbad' });
  });

  it('keeps the last lines of a long output as the result', async () => {
    const { final } = await finished(run(`for (let n = 0; n < 20000; n++) console.log('line ' + n)`));
    assert.equal(final.type, 'result');
    const lines = final.type === 'result' ? final.result.split('\n') : [];
    assert.equal(lines.at(-1), 'line 19999');
    assert.equal(lines[0], `line ${20000 - lines.length}`);
    assert.ok(Buffer.byteLength(lines.join('\n')) <= 64 * 1024 && lines.length > 5000);
  });

  it('reports an exit code with the last words', async () => {
    const { final } = await finished(run(`console.error('first'); console.error('disk full\\n'); process.exitCode = 3`));
    assert.deepEqual(final, { type: 'error', kind: 'agent_error', message: 'exit code 3: disk full' });
  });

  it('reports the signal that ended it', async () => {
    const { final } = await finished(run(`process.kill(process.pid, 'SIGKILL')`));
    assert.deepEqual(final, { type: 'error', kind: 'agent_error', message: 'ended by SIGKILL' });
  });

  it('says which command was not found, and where to look', async () => {
    const { final, started } = await finished(run('', {}, { command: ['no-such-program-here'] }));
    const message = 'Builder could not be started: command "no-such-program-here" was not found. Check tasktower.agents in settings.';
    assert.deepEqual(final, { type: 'error', kind: 'spawn_failed', message });
    assert.deepEqual(started, []);
  });

  it('says which folder was not found', async () => {
    const { final } = await finished(run('', {}, { cwd: join(folder, 'gone') }));
    assert.equal(final.type === 'error' && final.kind, 'spawn_failed');
    assert.match(final.type === 'error' ? final.message : '', /folder ".*gone" was not found/);
  });

  it('says that a file may not be executed', async () => {
    writeFileSync(join(folder, 'agent.txt'), 'text');
    const { final } = await finished(run('', {}, { command: [join(folder, 'agent.txt')] }));
    assert.match(final.type === 'error' ? final.message : '', /may not be executed/);
  });

  it('names the way out of a prompt too long for an argument', async () => {
    if (process.platform !== 'linux') return;
    const { final } = await finished(run('', { prompt: 'x'.repeat(200 * 1024) }));
    assert.match(final.type === 'error' ? final.message : '', /Set "promptOn": "stdin"/);
  });

  it('gives the prompt as one literal argument, whatever it holds', async () => {
    const prompt = `it's "quoted" $(touch pwned) \`touch pwned\` ; touch pwned && $HOME {title} %PATH%\nsecond line`;
    const script = `console.log(JSON.stringify(process.argv.slice(1)))`;
    const command = [process.execPath, '-e', script, 'p={prompt}', '{title}/{taskId}', '{cwd}', '{other}'];
    const { final } = await finished(run('', { prompt, title: '$& {prompt}' }, { command }));
    const result = final.type === 'result' ? final.result : '';
    assert.deepEqual(JSON.parse(result), [`p=${prompt}`, '$& {prompt}/T1', folder, '{other}']);
    assert.equal(existsSync(join(folder, 'pwned')), false);
  });

  it('makes no option of a prompt that begins like one', async () => {
    const command = [
      process.execPath,
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      '{prompt}',
      '--about={prompt}',
      '-v',
    ];
    const { final } = await finished(run('', { prompt: '--output=here' }, { command }));
    assert.deepEqual(JSON.parse(final.type === 'result' ? final.result : ''), [' --output=here', '--about=--output=here', '-v']);
  });

  it('leaves the program itself as it is', () => {
    assert.deepEqual(commandOf(['{prompt}', '{prompt}'], { prompt: 'p', title: '', taskId: '', cwd: '' }), ['{prompt}', 'p']);
  });

  it('gives the prompt on standard input, with the note of a rejection', async () => {
    const agent = { promptOn: 'stdin' as const, command: [process.execPath, '-e', `process.stdin.pipe(process.stdout)`] };
    const { final } = await finished(run('', { prompt: 'Draw it.', note: 'Bigger.' }, agent));
    assert.equal(final.type === 'result' && final.result, 'Draw it.\n\nThe last attempt was rejected with this note:\nBigger.');
  });

  it('does not mind a program that reads none of a long prompt', async () => {
    const { final } = await finished(run('', { prompt: 'x'.repeat(256 * 1024) }, { promptOn: 'stdin', command: ['true'] }));
    assert.deepEqual(final, { type: 'result', result: '' });
  });

  it('gives the attempt its own token and none of the editor variables', async () => {
    const names = [
      'TASKTOWER_URL',
      'TASKTOWER_TOKEN',
      'TASKTOWER_TASK_ID',
      'TASKTOWER_ATTEMPT',
      'VSCODE_PID',
      'ELECTRON_RUN_AS_NODE',
      'MINE',
    ];
    Object.assign(process.env, { VSCODE_PID: '1', ELECTRON_RUN_AS_NODE: '1' });
    const script = `console.log(JSON.stringify(${JSON.stringify(names)}.map((name) => process.env[name] ?? null)))`;
    const { final } = await finished(run(script, { attempt: 2 }, { env: { MINE: 'yes', TASKTOWER_TOKEN: 'stolen' } }));
    delete process.env.VSCODE_PID;
    delete process.env.ELECTRON_RUN_AS_NODE;
    assert.deepEqual(JSON.parse(final.type === 'result' ? final.result : ''), [
      'http://127.0.0.1:1',
      'attempt-token',
      'T1',
      '2',
      null,
      null,
      'yes',
    ]);
  });

  it('runs in the folder of the task', async () => {
    const inner = tempFolder();
    const { final } = await finished(run('console.log(process.cwd())', { folder: inner }));
    assert.equal(final.type === 'result' && final.result, inner);
  });

  it('cancel ends children that left the group or ignore SIGTERM, and says so', async () => {
    const mark = `${folder}/mark`;
    const stubborn = `process.on('SIGTERM', () => {}); require('fs').appendFileSync(process.argv[1], '.'); setInterval(() => {}, 1000)`;
    const script = `process.on('SIGTERM', () => {});
      const { spawn } = require('child_process');
      const stubborn = ${JSON.stringify(stubborn)};
      for (const detached of [false, true]) spawn(process.execPath, ['-e', stubborn, process.argv[1]], { detached, stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
    const attempt = run(script, { prompt: mark }, {}, 300);
    await until('both children', () => existsSync(mark) && readFileSync(mark, 'utf8') === '..');
    attempt.work.end({ type: 'cancelled' });
    attempt.work.end({ type: 'error', kind: 'agent_error', message: 'too late' });
    assert.deepEqual(await attempt.final(), { type: 'cancelled' });
    assert.deepEqual(attempt.log, ['warn Builder did not stop in 0.3s and was ended, with its 2 child processes.']);
    assert.deepEqual(withCommand(mark), []);
    assert.deepEqual(attempt.ended, attempt.started);
    assert.equal(attempt.reports.filter(isFinalReport).length, 1);
  });

  it('cancel of one that stops by itself says nothing more', async () => {
    const attempt = run(`console.log('up'); setInterval(() => {}, 1000)`);
    await until('its first line', () => attempt.log.length > 0);
    attempt.work.end({ type: 'cancelled' });
    assert.deepEqual(await attempt.final(), { type: 'cancelled' });
    assert.deepEqual(attempt.log, ['info up']);
  });

  it('ends the children a finished process leaves behind', async () => {
    const script = `const child = require('child_process').spawn('sleep', ['1000'], { stdio: 'inherit' }); console.log(child.pid); child.unref(); process.exit(0)`;
    const { final } = await finished(run(script));
    const pid = Number(final.type === 'result' && final.result);
    assert.ok(pid > 0);
    assert.equal(running(pid), false);
  });

  it('ends the children of a process that is gone before it is looked at, as happens on macOS', async () => {
    const { platform, env } = process;
    const { PATH } = env;
    writeFileSync(join(folder, 'ps'), '#!/bin/sh\nexit 1', { mode: 0o755 });
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    env.PATH = `${folder}:${PATH}`;
    const { final, started } = await finished(run('', {}, { command: ['sh', '-c', 'sleep 1000 & echo $!'] })).finally(() => {
      Object.defineProperty(process, 'platform', { value: platform });
      env.PATH = PATH;
    });
    assert.deepEqual(started, []);
    const pid = Number(final.type === 'result' && final.result);
    assert.ok(pid > 0);
    assert.equal(running(pid), false);
  });

  it('does not wait for ever for a pipe that a process outside the group holds', async () => {
    const script = `const child = require('child_process').spawn('sleep', ['1000'], { stdio: 'inherit', detached: true }); console.log(child.pid); child.unref(); process.exit(0)`;
    const { final } = await finished(run(script));
    const pid = Number(final.type === 'result' && final.result);
    assert.equal(running(pid), true);
    process.kill(pid, 'SIGKILL');
  });

  for (const [when, broken] of [
    ['while it runs', { line: tooDeep, end: () => ({}) }],
    ['at its end', { line: () => [], end: tooDeep }],
  ] as [string, OutputReader][])
    it(`fails alone when its output cannot be read ${when}`, async () => {
      const { plain } = readers;
      Object.assign(readers, { plain: () => broken });
      const { final } = await finished(run(`console.log('up')`)).finally(() => Object.assign(readers, { plain }));
      const message = 'What Builder said could not be read: too deep. Retry the task.';
      assert.deepEqual(final, { type: 'error', kind: 'agent_error', message });
    });

  it('blocks the process while paused and loses nothing', async () => {
    const attempt = run(
      `for (let n = 0; n < 50000; n++) process.stdout.write('line ' + n + '\\n'); process.stdout.write('', () => console.log('end'))`,
    );
    attempt.work.pause();
    await until('its start', () => attempt.started.length > 0);
    assert.deepEqual(attempt.log, []);
    attempt.work.resume();
    await attempt.final();
    assert.deepEqual(attempt.log, [...Array.from({ length: 50000 }, (_, n) => `info line ${n}`), 'info end']);
  });
});

function tooDeep(): never {
  throw new RangeError('too deep');
}

async function finished(run: DriverRun): Promise<{ log: string[]; reports: AgentReport[]; started: number[]; final: FinalReport }> {
  const final = await run.final();
  assert.equal(run.reports.at(-1), final);
  return { log: run.log, reports: run.reports, started: run.started, final };
}
