import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { RpcFailure } from '../../../src/server/base/jsonRpcSocket';
import { processStartTime } from '../../../src/server/base/processes';
import { MAX_FRAME, RpcError } from '../../../src/server/protocol/version';
import type { Driver, WorkContext } from '../../../src/server/runner/driver';
import { drivers } from '../../../src/server/runner/drivers/table';
import { Runner } from '../../../src/server/runner/runner';
import { FakeTower, nodeAgent } from '../../support/fakeTower';
import { pseudoRandom } from '../../support/pseudoRandom';
import { running, withCommand } from '../../support/processTree';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

/** Prints `count` numbered lines, letting the event loop turn between them, then waits for the file `go` when it is given. */
const COUNT = `const [count, go] = process.argv[1].split(' ');
  const { existsSync } = require('fs');
  let n = 0;
  (function next() {
    for (let k = 0; k < 50 && n < count; k++) console.log('line ' + n++);
    if (n < count || (go && !existsSync(go))) setTimeout(next, 2);
  })();`;
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `line ${n}`);

describe('A managed agent', () => {
  let folder: string;
  let tower: FakeTower;
  let runner: Runner;

  beforeEach(async () => {
    folder = tempFolder();
    tower = await FakeTower.start(folder);
    tower.wanted = [nodeAgent('Builder', folder, COUNT)];
    runner = new Runner({ addressFile: tower.addressFile, token: 'runner-token', awayMs: 20_000, graceMs: 300, log: nullLog });
  });

  afterEach(async () => {
    await runner.end('the test is over');
    await tower.close();
    assert.deepEqual(withCommand(folder), [], 'processes are left');
    removeTempFolders();
  });

  it('dials in with the token of the runner and works on what it is given', async () => {
    assert.deepEqual(await tower.assign('Builder', { taskId: 'T1', prompt: '3' }), { accepted: true });
    assert.deepEqual(await tower.final('T1'), { type: 'result', result: 'line 0\nline 1\nline 2' });
    assert.deepEqual(tower.texts('T1'), numbered(3));
    assert.deepEqual(new Set(tower.tokens), new Set(['Bearer runner-token']));
  });

  it('says why it is not let in, tries again, and says when it is in', async () => {
    tower.onHello = () => {
      throw new RpcFailure('Another program is connected as painter.', RpcError.forbidden);
    };
    await tower.apply([nodeAgent('Painter', folder, COUNT)]);
    const { message, restart } = await tower.hears('failed', 'painter');
    assert.deepEqual([message, restart], ['Another program is connected as painter.', false]);
    tower.onHello = () => undefined;
    await tower.hears('recovered', 'painter');
    assert.equal(tower.said.filter(({ type }) => type === 'failed').length, 1);
  });

  it('sends lines in batches', async () => {
    await tower.assign('Builder', { taskId: 'T1', prompt: '5000' });
    await tower.final('T1');
    const logs = tower.of('T1').reports.filter(({ type }) => type === 'log');
    assert.ok(logs.length < 200, `${logs.length} frames`);
    assert.ok(logs.every((report) => report.type === 'log' && report.lines.length <= 200));
  });

  it('sends frames that fit, whatever the lines hold', async () => {
    const script = `for (let n = 0; n < 40; n++) console.log((n % 2 ? '\\u0001' : '"') .repeat(60000)); console.log('y'.repeat(70000))`;
    await tower.apply([nodeAgent('Builder', folder, script)]);
    await tower.assign('Builder', { taskId: 'T1' });
    assert.equal((await tower.final('T1')).type, 'result');
    assert.equal(tower.texts('T1').length, 41);
    assert.match(tower.texts('T1').at(-1) ?? '', /y… \[cut: 4464 bytes more\]$/);
    assert.ok(Math.max(...tower.frames) < MAX_FRAME);
  });

  it('loses and doubles no line when the connection is cut at random', async () => {
    const random = pseudoRandom(7);
    await tower.assign('Builder', { taskId: 'T1', prompt: '20000' });
    let at = 0;
    while (at < 19_000) {
      at += 1 + random(4_000);
      const enough = at;
      await until(`line ${enough}`, () => tower.texts('T1').length >= Math.min(enough, 19_500));
      tower.cut();
    }
    await tower.final('T1');
    assert.deepEqual(tower.texts('T1'), numbered(20_000));
    assert.ok(tower.hellos.filter((name) => name === 'builder').length > 3);
    assert.equal(tower.of('T1').repeated, 0);
  });

  it('does not send again what was stored but not answered', async () => {
    tower.mute = true;
    await tower.assign('Builder', { taskId: 'T1', prompt: '1000' });
    await until('a stored report', () => tower.of('T1').acked > 0);
    tower.mute = false;
    tower.cut();
    await tower.final('T1');
    assert.deepEqual(tower.texts('T1'), numbered(1_000));
    assert.equal(tower.of('T1').repeated, 0);
  });

  it('follows the tower to another port and goes on', async () => {
    const go = join(folder, 'go');
    await tower.assign('Builder', { taskId: 'T1', prompt: `500 ${go}` });
    await until('its lines', () => tower.texts('T1').length === 500);
    await tower.close();
    writeFileSync(go, '');
    await tower.listen();
    assert.equal((await tower.final('T1')).type, 'result');
    assert.deepEqual(tower.texts('T1'), numbered(500));
  });

  it('goes on from what the tower says when the tower forgot some', async () => {
    const go = join(folder, 'go');
    await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${go}` });
    await until('its line', () => tower.of('T1').acked === 1);
    Object.assign(tower.of('T1'), { acked: 0, reports: [] });
    writeFileSync(go, '');
    assert.equal((await tower.final('T1')).type, 'result');
  });

  it('tries again when a report could not be stored for now', async () => {
    let full = true;
    tower.onReport = () => {
      if (full) throw new RpcFailure('The disk is full.', RpcError.unavailable);
    };
    await tower.assign('Builder', { taskId: 'T1', prompt: '300' });
    await until('a refused report', () => tower.frames.length > 3);
    full = false;
    await tower.final('T1');
    assert.deepEqual(tower.texts('T1'), numbered(300));
  });

  it('ends the attempt all the same when its result is never taken', async () => {
    tower.onReport = ({ type }) => {
      if (type === 'result') throw new RpcFailure('Not that result.', RpcError.invalid);
    };
    await tower.assign('Builder', { taskId: 'T1', prompt: '1' });
    const message = 'The result could not be stored: Not that result.';
    assert.deepEqual(await tower.final('T1'), { type: 'error', kind: 'protocol_error', message });
  });

  it('ends attempts that are not its own any more', async () => {
    await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${join(folder, 'never')}` });
    await until('its line', () => tower.texts('T1').length === 1);
    tower.ended.add('T1/1');
    tower.cut();
    await tower.hears('processEnded', 'builder');
    assert.deepEqual(
      tower.of('T1').reports.map(({ type }) => type),
      ['log'],
    );
  });

  it('cancels, and then says so', async () => {
    await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${join(folder, 'never')}` });
    await until('its line', () => tower.texts('T1').length === 1);
    await tower.ask('Builder', 'task/cancel', { taskId: 'T1' });
    assert.deepEqual(await tower.final('T1'), { type: 'cancelled' });
  });

  it('takes an assignment once, declines beyond its capacity, and refuses what it does not know', async () => {
    const never = join(folder, 'never');
    await until('the first hello', () => tower.hellos.includes('builder'));
    await tower.apply([nodeAgent('Builder', folder, COUNT, { capacity: 1 })]);
    await until('the new hello', () => tower.hellos.filter((name) => name === 'builder').length === 2);
    assert.deepEqual(await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${never}` }), { accepted: true });
    assert.deepEqual(await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${never}` }), { accepted: true });
    assert.deepEqual(await tower.assign('Builder', { taskId: 'T2' }), { accepted: false, reason: 'Builder is busy with 1 of 1.' });
    await assert.rejects(tower.ask('Builder', 'task/cancel', { taskId: 'T9' }), { code: RpcError.not_found });
    await assert.rejects(tower.ask('Builder', 'task/message', { taskId: 'T1', text: 'hi' }), { code: RpcError.conflict });
    await until('its line', () => tower.texts('T1').length > 0);
    assert.deepEqual(tower.texts('T1'), ['line 0']);
  });

  it('tells the latest progress before the result', async () => {
    const script = `for (let n = 0; n <= 1000; n++) console.log(JSON.stringify({ progress: n / 1000, step: 'step ' + n }))`;
    await tower.apply([nodeAgent('Builder', folder, script)]);
    await tower.assign('Builder', { taskId: 'T1' });
    await tower.final('T1');
    const { progress } = tower.of('T1');
    assert.deepEqual(progress.at(-1), { type: 'progress', progress: 1, step: 'step 1000' });
    assert.ok(progress.length < 50, `${progress.length} frames`);
  });

  it('blocks its process while the tower does not answer, and loses nothing', async () => {
    const done = join(folder, 'done');
    const script = `const { writeFileSync, writeSync } = require('fs');
      for (let n = 0; n < 300; n++) writeSync(1, 'x'.repeat(10000) + n + '\\n');
      writeFileSync(process.argv[1], '')`;
    await tower.apply([nodeAgent('Builder', folder, script)]);
    tower.mute = true;
    await tower.assign('Builder', { taskId: 'T1', prompt: done });
    await until('a stored report', () => tower.of('T1').acked > 0);
    // Were it not blocked, it would be done long before another agent has started, worked and ended.
    await tower.apply([...tower.wanted, nodeAgent('Other', folder, `setTimeout(() => {}, 300)`)]);
    await tower.assign('Other', { taskId: 'T2' });
    await tower.hears('processEnded', 'other');
    assert.equal(existsSync(done), false);
    tower.mute = false;
    tower.cut();
    await tower.final('T1');
    assert.equal(existsSync(done), true);
    assert.deepEqual(
      tower.texts('T1').map((text) => text.replace(/^x+/, '')),
      Array.from({ length: 300 }, (_, n) => String(n)),
    );
  });

  it('that is stopped ends its work with an error, its processes noted', async () => {
    await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${join(folder, 'never')}` });
    await until('its line', () => tower.texts('T1').length === 1);
    await tower.apply([]);
    assert.deepEqual(await tower.final('T1'), { type: 'error', kind: 'agent_error', message: 'Builder was stopped.' });
    await tower.hears('stopped', 'builder');
    const { process: started } = await tower.hears('processStarted', 'builder');
    assert.deepEqual((await tower.hears('processEnded', 'builder')).process, started);
  });

  it('whose result fits into no frame ends the attempt with an error, and stays connected', async () => {
    await using(
      ({ report }) => report({ type: 'result', result: '\u0001'.repeat(250_000) }),
      async () => {
        await tower.assign('Builder', { taskId: 'T1' });
        const message = 'The result could not be stored: it is larger than 1 MiB. Let the agent write it to a file.';
        assert.deepEqual(await tower.final('T1'), { type: 'error', kind: 'protocol_error', message });
        assert.equal(tower.hellos.filter((name) => name === 'builder').length, 1);
      },
    );
  });

  it('that never ends its work is left after a while, and its processes are killed', async () => {
    let pid = 0;
    const start = ({ agent, processes }: WorkContext): void => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', folder], { detached: true, stdio: 'ignore' });
      pid = child.pid ?? 0;
      void processStartTime(pid).then((startTime = '') => processes.started(agent.id, { pid, startTime }));
    };
    await using(start, async () => {
      await until('the first hello', () => tower.hellos.includes('builder'));
      await runner.end('another follows');
      runner = new Runner({ addressFile: tower.addressFile, awayMs: 20_000, graceMs: 100, latestMs: 100, log: nullLog });
      await until('the second hello', () => tower.hellos.filter((name) => name === 'builder').length === 2);
      await tower.assign('Builder', { taskId: 'T1' });
      await tower.hears('processStarted', 'builder');
      await runner.end('it has to');
      assert.equal(running(pid), false);
    });
  });

  it('goes on with its work when its settings change', async () => {
    const go = join(folder, 'go');
    await tower.assign('Builder', { taskId: 'T1', prompt: `1 ${go}` });
    await until('its line', () => tower.texts('T1').length === 1);
    await tower.apply([nodeAgent('Builder', folder, `console.log('new')`, { skills: ['draw'] })]);
    await until('the new hello', () => tower.hellos.filter((name) => name === 'builder').length === 2);
    await tower.assign('Builder', { taskId: 'T2' });
    assert.deepEqual(await tower.final('T2'), { type: 'result', result: 'new' });
    writeFileSync(go, '');
    assert.deepEqual(await tower.final('T1'), { type: 'result', result: 'line 0' });
  });
});

/** Has `start` in the place of the process driver, whose work never ends by itself. */
async function using(start: (context: WorkContext) => void, test: () => Promise<void>): Promise<void> {
  const { process: real } = drivers;
  const driver: Driver = (context) => {
    start(context);
    return { end: () => undefined, pause: () => undefined, resume: () => undefined };
  };
  Object.assign(drivers, { process: driver });
  await test().finally(() => Object.assign(drivers, { process: real }));
}
