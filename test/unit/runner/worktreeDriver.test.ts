import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorktreeConfig } from '../../../src/server/domain/worktree';
import type { AssignParams, RunnerAgent } from '../../../src/server/protocol/agent';
import type { Driver, Work, WorkContext } from '../../../src/server/runner/driver';
import { runProcess } from '../../../src/server/runner/drivers/process';
import { withWorktree } from '../../../src/server/runner/worktree/worktreeDriver';
import { DriverRun } from '../../support/driverBench';
import { nodeAgent } from '../../support/fakeTower';
import { runningOf } from '../../support/processTree';
import { removeTempFolders } from '../../support/tempFolder';
import { until } from '../../support/until';
import { WorktreeBench } from '../../support/worktreeBench';

type Config = Parameters<typeof WorktreeConfig.parse>[0];

describe('Driver with a working tree', () => {
  let bench: WorktreeBench;
  let tree: string;

  beforeEach(() => {
    bench = new WorktreeBench();
    tree = join(bench.folder, 'app.tasktower', '1-a-task');
  });
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  const agent = (script: string, config: Config = {}, change: Partial<RunnerAgent> = {}): RunnerAgent =>
    nodeAgent('Builder', bench.repository.folder, script, { worktree: WorktreeConfig.parse(config), ...change });
  const run = (script: string, config: Config = {}, assignment: Partial<AssignParams> = {}, graceMs = 5_000): DriverRun =>
    new DriverRun(withWorktree(runProcess), { agent: agent(script, config), assignment, graceMs });
  /** A driver that is led by the test. */
  const led = (config: Config, change: Partial<Work> = {}) => {
    const contexts: WorkContext[] = [];
    const calls: string[] = [];
    const driver: Driver = (context) => {
      contexts.push(context);
      const say = (call: string) => () => void calls.push(call);
      const end: Work['end'] = (as) => {
        calls.push('end');
        context.report(as);
      };
      return { end, pause: say('pause'), resume: say('resume'), ...change };
    };
    return { contexts, calls, run: new DriverRun(withWorktree(driver), { agent: agent('', config) }) };
  };
  const setup = (script: string): string[] => [process.execPath, '-e', script];

  it('works in the tree, hands in one patch before the final report, and keeps what was changed', async () => {
    const work = run(`fs.writeFileSync('src/a.ts', 'two\\n'); fs.writeFileSync('new.ts', 'new\\n'); console.log(process.cwd())`);
    assert.deepEqual(await work.final(), { type: 'result', result: tree });
    assert.equal(work.evidence.length, 1);
    const [{ head, mime, bytes }] = work.evidence as [(typeof work.evidence)[0]];
    assert.deepEqual([head.kind, head.name, mime], ['patch', 'worktree.patch', 'text/x-diff']);
    assert.match(head.description ?? '', /^What changed since main \([0-9a-f]{10}\), as git tells it: 2 files\.$/);
    assert.match(bytes.toString(), /-one\n\+two/);
    assert.match(work.log.at(-1) ?? '', /^info The working tree stays, it has changes that are not committed: .* MB|kB\)\.$/);
    assert.equal(work.reports.at(-1)?.type, 'result');
    assert.ok(existsSync(join(tree, 'new.ts')));
    assert.equal(bench.repository.git('status', '--porcelain'), '');
  });

  it('removes the tree of work that changed nothing, unless trees are to stay', async () => {
    const work = run(`console.log('looked')`);
    assert.deepEqual(await work.final(), { type: 'result', result: 'looked' });
    assert.deepEqual([existsSync(tree), bench.repository.branches, work.evidence], [false, ['main'], []]);
    const kept = run(`console.log('looked')`, { keep: 'always' });
    await kept.final();
    assert.ok(existsSync(tree));
  });

  it('goes on in the tree of a failed attempt', async () => {
    const failed = await run(`fs.writeFileSync('half', 'x'); process.exit(1)`).final();
    assert.equal(failed.type, 'error');
    const again = run(`console.log(fs.readFileSync('half', 'utf8'))`, {}, { attempt: 2 });
    assert.deepEqual(await again.final(), { type: 'result', result: 'x' });
    assert.match(again.log[0] ?? '', /as the attempt before left it/);
  });

  it('gives the driver the folder of the task in the tree, and is not in the way without the setting', async () => {
    const script = `console.log(process.cwd())`;
    const inside = run(script, {}, { folder: join(bench.repository.folder, 'src') });
    assert.deepEqual(await inside.final(), { type: 'result', result: join(tree, 'src') });
    const plain = new DriverRun(withWorktree(runProcess), { agent: nodeAgent('Builder', bench.repository.folder, script) });
    assert.deepEqual(await plain.final(), { type: 'result', result: bench.repository.folder });
  });

  it('logs what setup says, and reports its last line when it fails', async () => {
    const script = `console.log('installing'); console.error('no network\\n'); process.exitCode = 3`;
    const work = run(`console.log('never')`, { setup: setup(script) });
    const message = 'Builder could not be started: The setup command of the working tree failed: exit code 3: no network';
    assert.deepEqual(await work.final(), { type: 'error', kind: 'spawn_failed', message });
    assert.ok(work.log.includes('info installing') && work.log.includes('warn no network'));
    assert.deepEqual([work.started.length, work.ended], [1, work.started]);
    assert.deepEqual(bench.repository.trees, []);
  });

  it('says that the setup command was not found, and that git was not', async () => {
    const noSetup = await run('', { setup: ['no-such-program-here'] }).final();
    assert.match(noSetup.type === 'error' ? noSetup.message : '', /command "no-such-program-here" was not found/);
    const change = { env: { PATH: '' } };
    const noGit = await new DriverRun(withWorktree(runProcess), { agent: agent('', {}, change) }).final();
    assert.deepEqual([noGit.type, noGit.type === 'error' && noGit.kind], ['error', 'spawn_failed']);
    assert.match(noGit.type === 'error' ? noGit.message : '', /git was not found\. Install git/);
  });

  it('ends during setup, with all that setup started', async () => {
    const script = `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); fs.writeFileSync('${join(bench.folder, 'pid')}', String(child.pid)); setInterval(() => {}, 1000)`;
    const work = run(`console.log('never')`, { setup: setup(script.replaceAll('fs.', 'require("fs").')) });
    const pid = Number(
      await until('the child of setup', () => existsSync(join(bench.folder, 'pid')) && readFileSync(join(bench.folder, 'pid'), 'utf8')),
    );
    const from = performance.now();
    work.work.end({ type: 'cancelled' });
    work.work.end({ type: 'error', kind: 'timeout', message: 'too late' });
    assert.deepEqual(await work.final(), { type: 'cancelled' });
    assert.ok(performance.now() - from < 2_000);
    assert.deepEqual(runningOf([pid, ...work.started]), []);
    assert.deepEqual([bench.repository.trees, bench.repository.branches], [[], ['main']]);
    assert.equal(work.reports.filter(({ type }) => type === 'cancelled').length, 1);
  });

  it('hands in what a cancelled attempt had changed', async () => {
    const work = run(`require('fs').writeFileSync('src/a.ts', 'two\\n'); console.log('ready'); setInterval(() => {}, 1000)`);
    await until('the change', () => work.log.includes('info ready'));
    work.work.end({ type: 'cancelled' });
    assert.deepEqual(await work.final(), { type: 'cancelled' });
    assert.match(work.evidence[0]?.bytes.toString() ?? '', /\+two/);
  });

  it('ends in time though the tower does not take the patch', async () => {
    const driver: Driver = (context) => withWorktree(runProcess)({ ...context, handIn: () => new Promise(() => undefined) });
    const script = `require('fs').writeFileSync('src/a.ts', 'two\\n'); console.log('ready'); setInterval(() => {}, 1000)`;
    const work = new DriverRun(driver, { agent: agent(script), graceMs: 500 });
    await until('the change', () => work.log.includes('info ready'));
    work.work.end({ type: 'cancelled' });
    assert.deepEqual(await work.final(), { type: 'cancelled' });
    assert.ok(existsSync(tree));
  });

  it('says that the patch was refused, and ends as the work did', async () => {
    const driver: Driver = (context) => withWorktree(runProcess)({ ...context, handIn: () => Promise.reject(new Error('too many')) });
    const work = new DriverRun(driver, { agent: agent(`require('fs').writeFileSync('new', '')`) });
    assert.equal((await work.final()).type, 'result');
    assert.ok(work.log.includes('warn What changed could not be handed in: too many'));
  });

  it('passes a pause and messages on once the driver has started', async () => {
    const said: string[] = [];
    const { calls, contexts, run: work } = led({}, { message: (text) => void said.push(text) });
    work.work.pause();
    work.work.message?.('early');
    await until('the driver', () => contexts.length);
    assert.deepEqual([calls, said], [['pause'], ['early']]);
    work.work.message?.('now');
    work.work.resume();
    contexts[0]?.report({ type: 'result', result: 'done' });
    await work.final();
    assert.deepEqual(
      [calls, said],
      [
        ['pause', 'resume'],
        ['early', 'now'],
      ],
    );
  });

  it('says that an early message was not given to a driver that takes none', async () => {
    const { contexts, run: work } = led({});
    work.work.message?.('early');
    await until('the driver', () => contexts.length);
    assert.equal(work.work.message, undefined);
    assert.match(work.log.at(-1) ?? '', /^warn Builder does not take messages, so this one was not given: early/);
    work.work.end({ type: 'cancelled' });
    await work.final();
  });

  it('pauses setup', async () => {
    const script = `for (let n = 0; n < 20000; n++) console.log('line ' + n + 'x'.repeat(100))`;
    const { contexts, calls, run: work } = led({ setup: setup(script) });
    work.work.pause();
    await until('setup', () => work.started.length);
    assert.equal(contexts.length, 0);
    work.work.resume();
    await until('the driver', () => contexts.length);
    assert.deepEqual(calls, ['resume']);
    assert.ok(work.log.some((line) => line.startsWith('info line 19999')));
    work.work.end({ type: 'cancelled' });
    await work.final();
  });

  it('reports a driver that fails to start, and cleans up', async () => {
    const broken: Driver = () => {
      throw new Error('no such thing');
    };
    const work = new DriverRun(withWorktree(broken), { agent: agent('') });
    assert.deepEqual(await work.final(), { type: 'error', kind: 'spawn_failed', message: 'Builder could not be started: no such thing' });
    assert.deepEqual(bench.repository.trees, []);
  });

  it('warns of a file that another running task changed', async () => {
    const other = await bench.prepare({ number: 12 });
    other.use.files = ['src/a.ts', 'other.ts'];
    const work = run(`require('fs').writeFileSync('src/a.ts', 'two\\n')`);
    await work.final();
    assert.deepEqual(
      work.log.filter((line) => line.includes('also changed')),
      ['warn #12 also changed src/a.ts'],
    );
  });

  it('works on many tasks of one repository at once', async () => {
    const all = [1, 2, 3, 4].map((number) =>
      run(`require('fs').writeFileSync('n', '${number}')`, {}, { taskId: `T${number}`, number, title: `Task ${number}` }),
    );
    for (const work of all) assert.equal((await work.final()).type, 'result');
    assert.deepEqual(
      all.map(({ evidence }) => /\+(\d)/.exec(evidence[0]?.bytes.toString().split('@@')[2] ?? '')?.[1]),
      ['1', '2', '3', '4'],
    );
    assert.equal(execFileSync('git', ['-C', bench.repository.folder, 'fsck'], { encoding: 'utf8' }), '');
    writeFileSync(join(bench.repository.folder, 'after'), '');
  });
});
