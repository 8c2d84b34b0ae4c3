import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../../src/server/runner/drivers/process';
import { withWorktree } from '../../../src/server/runner/worktree/worktreeDriver';
import { DriverRun } from '../../support/driverBench';
import { runningOf } from '../../support/processTree';
import { removeTempFolders } from '../../support/tempFolder';
import { until } from '../../support/until';
import { WorktreeBench, type WorktreeInput } from '../../support/worktreeBench';

describe('Setup of a working tree', () => {
  let bench: WorktreeBench;

  beforeEach(() => (bench = new WorktreeBench()));
  afterEach(() => {
    bench.dispose();
    removeTempFolders();
  });

  const setup = (script: string): string[] => [process.execPath, '-e', script];
  const run = (script: string, config: WorktreeInput): DriverRun =>
    new DriverRun(withWorktree(runProcess), { agent: bench.agent(script, config) });

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
    const noGit = await new DriverRun(withWorktree(runProcess), { agent: bench.agent('', {}, change) }).final();
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

  it('is not read while the tower does not keep up', async () => {
    const mark = join(bench.folder, 'mark');
    const script = `fs.writeSync(1, 'first\\n'); fs.writeFileSync(${JSON.stringify(mark)}, ''); fs.writeSync(1, 'x'.repeat(1e6) + '\\nlast\\n')`;
    const work = run(`console.log('done')`, { setup: setup(script) });
    work.work.pause();
    await until('its first line', () => existsSync(mark));
    assert.ok(!work.log.includes('info first'));
    work.work.resume();
    assert.deepEqual(await work.final(), { type: 'result', result: 'done' });
    assert.ok(work.log.includes('info first') && work.log.includes('info last'));
  });
});
