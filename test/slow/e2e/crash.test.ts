import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../../support/editorStage';
import { running, withCommand } from '../../support/processTree';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Workbench } from '../../support/workbench';

const COUNTER = `const { writeFileSync } = require('fs'); writeFileSync('counter.pid', String(process.pid));
let n = 0; setInterval(() => console.log('tick ' + n++), 100);`;

describe('When processes are killed', function () {
  let stage: EditorStage;
  let window: Workbench;
  let taskId = '';

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({
      'tasktower.agents': [{ name: 'Counter', run: 'task', command: [process.execPath, '-e', COUNTER], skills: ['count'] }],
    });
    window = await stage.window();
    await window.openSideBar();
    await window.waitForStatus(/1 idle/, 60_000);
    const { url } = await stage.address();
    const spec = { title: 'Count on', skills: ['count'] };
    taskId = String((await rest(url, stage.person, 'POST', '/api/tasks', spec)).body.id);
    await until('the counter', () => ticks(1).length > 5);
  });

  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  const counter = (): number => Number(readFileSync(join(stage.workspace, 'counter.pid'), 'utf8'));
  /** The numbers that an attempt's log has, in order. */
  const ticks = (attempt: number): number[] => {
    const folder = stage.find(`tasks/${taskId}/log`);
    if (folder === undefined) return [];
    const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
    const text = names.map((name) => readFileSync(join(folder, name), 'utf8'));
    const lines = text.join('').matchAll(/"a":(\d+),.*"t":"tick (\d+)"/g);
    return [...lines].filter(([, a]) => Number(a) === attempt).map(([, , n]) => Number(n));
  };
  const goesOn = async (attempt: number): Promise<void> => {
    const before = ticks(attempt).length;
    await until('more of the log', () => ticks(attempt).length > before + 5, 30_000);
    assert.deepEqual(ticks(attempt), [...ticks(attempt).keys()], 'no gap and no double line');
  };
  const task = async (): Promise<Record<string, unknown>> =>
    (await rest((await stage.address()).url, stage.person, 'GET', `/api/tasks/${taskId}`)).body;
  const killRunner = (): void => {
    const [runner] = withCommand(join(stage.home, 'extensions')).filter((pid) => withCommand('runner.js').includes(pid));
    assert.ok(runner, 'there is a runner');
    process.kill(runner, 'SIGKILL');
  };
  const retry = async (): Promise<void> => {
    await window.command('Tasktower: Retry Task');
    await window.step('Which task to retry?');
    await window.pick(/#1 Count on/);
    await window.waitForRow('Tasks', /#1 Count on working/);
  };
  const killHost = async (): Promise<void> => {
    const { pid } = await stage.address();
    process.kill(pid, 'SIGKILL');
    await until('the extension host to be gone', () => !running(pid));
  };

  for (const time of ['first', 'second', 'third'])
    it(`the ${time} kill of the extension host stops neither the work nor its log`, async function () {
      this.timeout(120_000);
      const before = counter();
      await killHost();
      // VS Code starts it again by itself twice; the third time within five minutes it asks.
      if (time === 'third') await window.pressInNotification(/^Restart.*Extension Host$/);
      await window.waitForRow('Tasks', /#1 Count on working/, 60_000);
      await goesOn(1);
      assert.deepEqual([counter(), running(before)], [before, true]);
      const { status, attempt } = await task();
      assert.deepEqual([status, attempt], ['running', 1]);
    });

  it('a kill of the runner alone ends what it ran, says so, and a retry begins anew', async function () {
    this.timeout(60_000);
    const before = counter();
    killRunner();
    await window.waitForRow('Needs you', /#1 Count on Lost contact/, 30_000);
    assert.ok(!running(before), 'the old process is gone');
    await retry();
    await goesOn(2);
    assert.notEqual(counter(), before);
  });

  it('a kill of both at once too', async function () {
    this.timeout(120_000);
    const before = counter();
    killRunner();
    await killHost();
    await window.pressInNotification(/^Restart.*Extension Host$/);
    await window.waitForRow('Needs you', /#1 Count on Lost contact/, 60_000);
    assert.ok(!running(before), 'the old process is gone');
    await retry();
    await goesOn(3);
    const { status, attempt } = await task();
    assert.deepEqual([status, attempt], ['running', 3]);
  });
});
