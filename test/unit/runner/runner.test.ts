import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { isAlive, type ProcessId } from '../../../src/server/base/processes';
import { Close } from '../../../src/server/protocol/version';
import { launchRunner } from '../../../src/server/runner/launch';
import { bundleScript } from '../../support/bundle';
import { FakeTower, nodeAgent } from '../../support/fakeTower';
import { running, withCommand } from '../../support/processTree';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const FOREVER = `console.log(process.pid); setInterval(() => {}, 1000)`;
const STUBBORN = `process.on('SIGTERM', () => {}); ${FOREVER}`;

describe('Runner', () => {
  let folder: string;
  let script: string;
  let tower: FakeTower;
  let runner: ProcessId | undefined;

  before(() => {
    script = join(tempFolder(), 'runner.cjs');
    bundleScript('src/server/runner/main.ts', script);
  });

  beforeEach(async () => {
    folder = tempFolder();
    tower = await FakeTower.start(folder);
  });

  afterEach(async () => {
    const last = runner;
    runner = undefined;
    if (last && (await isAlive(last))) process.kill(last.pid, 'SIGTERM');
    if (last) await until('the end of the runner', async () => !(await isAlive(last)));
    await tower.close();
    assert.deepEqual(withCommand(folder), [], 'processes are left');
  });

  after(removeTempFolders);

  async function launch(env: Record<string, string> = {}): Promise<ProcessId> {
    const times = { TASKTOWER_RUNNER_TOKEN: 'runner-token', TASKTOWER_RUNNER_AWAY_MS: '60000', TASKTOWER_RUNNER_GRACE_MS: '300', ...env };
    runner = await launchRunner({ script, addressFile: tower.addressFile, env: times, logFile: join(folder, 'runner.log'), log: nullLog });
    return runner;
  }

  const agent = (code: string, change: Parameters<typeof nodeAgent>[3] = {}) => {
    const base = nodeAgent('Builder', folder, code, change);
    // The folder among the arguments marks the process as one of this test.
    return { ...base, command: [...base.command, folder] };
  };
  const service = (code: string, change: Parameters<typeof nodeAgent>[3] = {}) => agent(code, { run: 'service', ...change });
  const pidOf = (taskId: string) => until('its pid', () => Number(tower.texts(taskId)[0]) || undefined);
  const gone = (id: ProcessId) => until('the end of the runner', async () => !(await isAlive(id)));

  it('is a process of its own group that is told what to run', async () => {
    tower.wanted = [agent(FOREVER)];
    const own = await launch();
    assert.notEqual(own.startTime, '');
    await tower.assign('Builder', { taskId: 'T1' });
    await pidOf('T1');
    const { process: started } = await tower.hears('processStarted', 'builder');
    assert.equal(started.pid, await pidOf('T1'));
  });

  it('says why it cannot be launched', async () => {
    const options = { script, addressFile: tower.addressFile, log: nullLog };
    await assert.rejects(launchRunner({ ...options, execPath: join(folder, 'no-node') }), /could not be started.*Reload the window/);
  });

  it('ends itself and every process when the tower stays away', async () => {
    tower.wanted = [agent(STUBBORN)];
    const own = await launch({ TASKTOWER_RUNNER_AWAY_MS: '300' });
    await tower.assign('Builder', { taskId: 'T1' });
    const pid = await pidOf('T1');
    await tower.close();
    await gone(own);
    assert.equal(running(pid), false);
  });

  it('ends itself when there never was a tower', async () => {
    writeFileSync(tower.addressFile, 'not json');
    await gone(await launch({ TASKTOWER_RUNNER_AWAY_MS: '300' }));
    assert.match(readFileSync(join(folder, 'runner.log'), 'utf8'), /no tower for 0\.3 s/);
  });

  it('stays while the tower is there, also with nothing to run', async () => {
    const own = await launch({ TASKTOWER_RUNNER_AWAY_MS: '300' });
    await until('its hello', () => tower.hellos.length > 0);
    for (let n = 2; n < 6; n++) {
      tower.cut();
      await until('another hello', () => tower.hellos.length >= n);
    }
    assert.equal(await isAlive(own), true);
  });

  it('on SIGTERM ends every process and tells how the work ended', async () => {
    tower.wanted = [agent(STUBBORN), service(STUBBORN, { id: 'server', name: 'Server' })];
    const own = await launch();
    await tower.assign('Builder', { taskId: 'T1' });
    await pidOf('T1');
    await tower.hears('processStarted', 'server');
    process.kill(own.pid, 'SIGTERM');
    await gone(own);
    assert.deepEqual(await tower.final('T1'), { type: 'error', kind: 'agent_error', message: 'Builder was stopped.' });
    await tower.hears('processEnded', 'builder');
    await tower.hears('processEnded', 'server');
  });

  it('ends itself when a later runner has taken over', async () => {
    tower.wanted = [agent(FOREVER)];
    const own = await launch();
    await tower.assign('Builder', { taskId: 'T1' });
    const pid = await pidOf('T1');
    tower.closeRunner(Close.superseded);
    await gone(own);
    assert.equal(running(pid), false);
  });

  it('starts a service once, with the address of the tower, and passes its output on', async () => {
    const code = `console.log(process.env.TASKTOWER_URL + ' ' + process.env.TASKTOWER_TOKEN); setInterval(() => {}, 1000)`;
    tower.wanted = [service(code)];
    await launch();
    assert.deepEqual((await tower.hears('output', 'builder')).lines, [`${tower.url} file-token`]);
    await tower.apply(tower.wanted);
    tower.cut();
    await until('another hello', () => tower.hellos.length === 2);
    await tower.apply([...tower.wanted, agent(FOREVER, { id: 'other', name: 'Other' })]);
    await tower.hears('starting', 'other');
    assert.equal(tower.said.filter(({ type, agentId }) => type === 'starting' && agentId === 'builder').length, 1);
    await tower.apply([]);
    await tower.hears('stopped', 'builder');
  });

  it('reports a crashed service, and starts it again when the tower says so', async () => {
    tower.wanted = [service(`console.error('port taken'); process.exit(7)`)];
    await launch();
    const { message, restart } = await tower.hears('failed', 'builder');
    assert.deepEqual([message, restart], ['Builder ended with exit code 7: port taken', true]);
    await tower.apply([]);
    await tower.hears('stopped', 'builder');
    await tower.apply([service(`console.log('better'); setInterval(() => {}, 1000)`)]);
    await until('its output', () => tower.said.some((report) => report.type === 'output' && report.lines.includes('better')));
  });

  it('does not start a service again whose command does not exist', async () => {
    tower.wanted = [service('', { name: 'Server', id: 'server' })].map((wanted) => ({ ...wanted, command: ['no-such-program'] }));
    await launch();
    const { message, restart } = await tower.hears('failed', 'server');
    assert.equal(restart, false);
    assert.match(message, /^Server could not be started: command "no-such-program" was not found\./);
    await tower.apply(tower.wanted);
    await tower.apply([...tower.wanted, agent(FOREVER)]);
    await tower.hears('starting', 'builder');
    assert.equal(tower.said.filter(({ type }) => type === 'failed').length, 1);
  });

  it('starts the other agents though the folder of one cannot be looked at', async () => {
    const loop = join(folder, 'loop');
    symlinkSync('loop', loop);
    tower.wanted = [service('', { id: 'broken', name: 'Broken', cwd: loop }), agent(FOREVER)];
    await launch();
    const { message } = await tower.hears('failed', 'broken');
    assert.equal(message, `Broken could not be started: folder "${loop}" was not found. Check "cwd" in tasktower.agents.`);
    await tower.assign('Builder', { taskId: 'T1' });
    await pidOf('T1');
  });

  it('starts a service anew when its settings change', async () => {
    const code = `console.log(process.env.WHICH); setInterval(() => {}, 1000)`;
    const said = (text: string) => until(text, () => tower.said.some((report) => report.type === 'output' && report.lines.includes(text)));
    tower.wanted = [service(code, { env: { WHICH: 'first' } })];
    await launch();
    await said('first');
    await tower.apply([service(code, { env: { WHICH: 'second' } })]);
    await said('second');
    const { process: first } = await tower.hears('processStarted', 'builder');
    assert.equal(running(first.pid), false);
  });

  it('keeps its memory bounded in a flood and through a line without end', async () => {
    if (!existsSync('/proc/self/status')) return;
    const flood = `const block = Array.from({ length: 1000 }, (_, n) => 'a line of a flood, number ' + n).join('\\n') + '\\n';
      let left = 200;
      (function next() {
        while (left > 0) if (left-- && !process.stdout.write(block)) return process.stdout.once('drain', next);
        const chunk = Buffer.alloc(1 << 20, 'x');
        for (let n = 0; n < 300; n++) process.stdout.write(chunk);
        console.log('\\nend');
      })();`;
    tower.wanted = [agent(flood)];
    const own = await launch();
    await tower.assign('Builder', { taskId: 'T1' });
    await tower.final('T1', 18_000);
    assert.equal(tower.texts('T1').length, 200_002);
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${own.pid}/status`, 'utf8'))?.[1]);
    assert.ok(peak < 300 * 1024, `the runner took ${peak} kB`);
  });
});
