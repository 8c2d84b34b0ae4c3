import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { running } from '../support/processTree';
import { EditorStage, root } from '../support/editorStage';
import { holdAria } from '../support/heldAria';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

/** A command that notes its pid and those of its children, then goes on until it is ended. */
const FAMILY = `const { spawn } = require('child_process'); const { writeFileSync } = require('fs');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
writeFileSync('family.json', JSON.stringify([process.pid, child.pid]));
console.log('Working on it'); console.error('This takes long'); setInterval(() => {}, 1000);`;

describe('In the editor', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({
      'tasktower.agents': [
        { name: 'Family', run: 'task', command: [process.execPath, '-e', FAMILY], skills: ['family'] },
        {
          name: 'Quick',
          run: 'task',
          command: [process.execPath, '-e', 'console.log("Result of " + process.argv[1])', '{title}'],
          skills: ['quick'],
        },
      ],
    });
    window = await stage.window();
    await window.openSideBar();
  });

  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  it('shows the agents of the settings as idle, and that nothing needs me', async () => {
    await window.waitForRow('Agents', /Family idle · family/);
    await window.waitForRow('Agents', /Quick idle · quick/);
    await window.waitForCalm('Needs you', 'Nothing needs you.');
    await window.waitForStatus(/2 idle/);
  });

  it('queues a task with Enter, and shows why it waits', async () => {
    await window.command('Tasktower: Pause Queue');
    await window.waitForStatus(/Paused/);
    await window.command('Tasktower: New Task');
    await window.type('Look at the login page');
    await window.page.keyboard.press('Enter');
    const row = await window.waitForRow('Tasks', /#1 Look at the login page/);
    assert.match(row, /queue 1 · the queue is paused/);
    await window.contextMenu('Tasks', '#1', 'Cancel Task');
    await window.waitForStatus(/Paused · 0 pending/);
    await window.command('Tasktower: Resume Queue');
    await window.waitForStatus(/2 idle/);
  });

  it('creates a task step by step, for an agent with a skill', async () => {
    await window.command('Tasktower: New Task');
    await window.type('Greet the baker');
    await holdAria(window.dialog, 'new-task-title');
    await window.pick(/Choose agent/);
    await window.step('Who should do it?');
    await holdAria(window.dialog, 'new-task-agent');
    await window.pick(/quick, any agent/);
    await window.step('How urgent is it?');
    await holdAria(window.dialog, 'new-task-priority');
    await window.pick(/^High/);
    await window.step('What proves it is done?');
    await holdAria(window.dialog, 'new-task-proof');
    await window.page.keyboard.press('Enter');
    await window.waitForStatus(/2 idle/);
    await holdAria(window.statusItem, 'status-bar');
    await window.expand('Tasks', 'Finished');
    await window.waitForRow('Tasks', /#2 Greet the baker/);
    await window.show('Tasks', '#2', 'Finished', /Result of Greet the baker/);
    assert.match(await window.editorText(), /# #2 Greet the baker/);
  });

  let family: number[] = [];

  it('cancels a running task with its whole process tree', async () => {
    const { url, token } = await stage.address();
    await rest(url, token, 'POST', '/api/tasks', { title: 'Takes for ever', skills: ['family'] });
    await window.waitForRow('Tasks', /#3 Takes for ever working/);
    await window.waitForStatus(/1 busy/, 1_500);
    const file = join(stage.workspace, 'family.json');
    family = await until('the pids', () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as number[]) : undefined));
    assert.deepEqual(family.map(running), [true, true]);
    await window.contextMenu('Tasks', '#3', 'Cancel Task');
    await window.press('Cancel Task');
    await window.waitForStatus(/2 idle/);
    await window.expand('Tasks', 'Finished');
    await window.waitForRow('Tasks', /#3 Takes for ever Cancelled by you/);
    await until('the end of the processes', () => !family.some(running));
  });

  it('retries it: attempt 2 runs, and attempt 1 stays visible', async () => {
    await window.contextMenu('Tasks', '#3', 'Retry Task');
    await window.waitForRow('Tasks', /#3 Takes for ever working/);
    await window.expand('Tasks', '#3');
    await window.waitForRow('Tasks', /Attempt 2 Family/);
    await window.waitForRow('Tasks', /Attempt 1 Family/);
  });

  it('is read by a screen reader as it was, row by row', async () => {
    // Rows under the pointer have more to say.
    await window.page.mouse.move(640, 300);
    for (const [view, name] of [
      ['Needs you', 'needs-you'],
      ['Tasks', 'tasks'],
      ['Agents', 'agents'],
    ] as const)
      await holdAria(window.view(view), name);
  });

  it('shows the log of a task as it grows', async () => {
    await window.contextMenu('Tasks', '#3', 'Show Logs');
    await until('the log', async () => /I Working on it[\s\S]*W This takes long/.test(await window.editorText()));
  });

  it('keeps queue, attempts and the running process through a reload of the window', async () => {
    const before = JSON.parse(readFileSync(join(stage.workspace, 'family.json'), 'utf8')) as number[];
    await window.reload();
    await window.openSideBar();
    await window.waitForRow('Tasks', /#3 Takes for ever working/, 60_000);
    assert.deepEqual(before.map(running), [true, true]);
    const { url, token } = await stage.address();
    const { body } = await rest(url, token, 'GET', '/api/tasks/3');
    assert.deepEqual([body.status, body.attempt], ['running', 2]);
    await window.contextMenu('Tasks', '#3', 'Cancel Task');
    await window.press('Cancel Task');
    await until('the end of the processes', () => !before.some(running));
  });

  it('stops and starts an agent', async () => {
    await window.contextMenu('Agents', 'Quick', 'Stop Agent');
    await window.waitForRow('Agents', /^Offline/);
    await window.waitForStatus(/1 idle/, 5_000);
    await window.expand('Agents', 'Offline');
    await window.contextMenu('Agents', 'Quick', 'Start Agent');
    await window.waitForRow('Agents', /^Quick idle/);
  });

  it('sees a Browser agent do a real job: progress, screenshots, metrics, logs', async function () {
    this.timeout(300_000);
    const agent = stage.run('node', [join(root, 'examples', 'agents', 'browser', 'agent.mjs')]);
    await window.waitForRow('Agents', /Browser idle/, 30_000);
    await window.command('Tasktower: New Task');
    await window.type('Audit index.html and login.html');
    await window.pick(/Choose agent/);
    await window.step('Who should do it?');
    await window.pick(/browser, any agent/);
    await window.step('How urgent is it?');
    await window.pick(/^Normal/);
    await window.step('What proves it is done?');
    await window.pick(/^Screenshot/);
    await window.page.keyboard.press('Enter');
    const seen = new Set<string>();
    await until(
      'moving progress',
      async () => {
        const row = (await window.rows('Tasks')).find((text) => text.includes('Audit index.html'));
        const progress = /\d+%/.exec(row ?? '')?.[0];
        if (progress) seen.add(progress);
        return seen.size >= 2;
      },
      120_000,
    );
    const { url, token } = await stage.address();
    const done = await until(
      'the end',
      async () => {
        const { body } = await rest(url, token, 'GET', '/api/tasks/4');
        return body.status === 'completed' ? body : undefined;
      },
      120_000,
    );
    assert.ok(String(done.result).length > 20);
    await window.expand('Tasks', 'Finished');
    await window.waitForRow('Tasks', /#4 Audit index\.html/);
    await window.show('Tasks', '#4', 'Finished', /Attempt 1: completed/);
    await until(
      'its evidence in the tree',
      async () => {
        // A refresh of the rows may take the first click back.
        await window.expand('Tasks', '#4');
        return (await window.rows('Tasks')).some((row) => /index@1280x800/.test(row));
      },
      30_000,
    );
    await window.screenshot('browser-light');
    await window.row('Tasks', 'index@1280x800').click();
    await window.page.getByRole('tab', { name: /Evidence #4/ }).waitFor();
    await window.panel().getByText('First picture of this name.').first().waitFor();
    await window.screenshot('picture-light');
    await window.page.mouse.move(640, 300);
    await holdAria(window.view('Needs you'), 'needs-you-review');
    await window.contextMenu('Needs you', '#4', 'Accept All Pictures');
    await window.waitForCalm('Needs you', 'Nothing needs you.');
    await stage.stop(agent);
    await window.waitForRow('Agents', /^Offline/);
  });

  it('moves what waits by the menu and by dragging, and asks which task when none is named', async () => {
    const { url, token } = await stage.address();
    for (const title of ['Apples', 'Bread', 'Cream']) await rest(url, token, 'POST', '/api/tasks', { title, skills: ['baking'] });
    const order = async (): Promise<string> =>
      (await window.rows('Tasks')).flatMap((row) => /#[567] (\w+) queue/.exec(row)?.[1] ?? []).join(' ');
    await until('three tasks that wait', async () => (await order()) === 'Apples Bread Cream');
    await window.contextMenu('Tasks', 'Cream', 'Move Up');
    await until('Cream before Bread', async () => (await order()) === 'Apples Cream Bread');
    await window.row('Tasks', 'Bread').dragTo(window.row('Tasks', 'Apples'));
    await until('Bread before Apples', async () => (await order()) === 'Bread Apples Cream');
    const { body } = await rest(url, token, 'GET', '/api/tasks?status=pending');
    assert.deepEqual(
      (body.tasks as { title: string }[]).map(({ title }) => title),
      ['Bread', 'Apples', 'Cream'],
    );
    await window.page.keyboard.press('Escape');
    await window.command('Tasktower: Cancel Task');
    await window.step('Which task to cancel?');
    await holdAria(window.dialog, 'which-task');
    await window.pick(/Apples/);
    await until('Apples to go', async () => (await order()) === 'Bread Cream');
    for (const number of [5, 6, 7]) await rest(url, token, 'DELETE', `/api/tasks/${number}`);
    await window.waitForStatus(/2 idle/);
    await window.command('Tasktower: Connect to a Tower');
    await window.step('Connect to a Tower');
    await holdAria(window.dialog, 'connect-tower');
    await window.page.keyboard.press('Escape');
  });
});
