import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage, root } from '../../support/editorStage';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Workbench } from '../../support/workbench';

const STEPS = JSON.stringify([
  { say: 'I want to publish.\n' },
  {
    ask: { toolCallId: 'call-1', title: 'Publish <b>the site</b>', kind: 'execute', rawInput: { command: 'npm publish' } },
    options: [
      { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
      { optionId: 'no', name: 'Reject', kind: 'reject_once' },
    ],
  },
  { say: 'Published.' },
]);

describe('Agents in the editor', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    const echo = join(root, 'test', 'fixtures', 'acp', 'echoAgent.mjs');
    stage = await EditorStage.open({
      'tasktower.agents': [{ name: 'Echo', driver: 'acp', command: [process.execPath, echo], skills: ['echo'] }],
    });
    window = await stage.window();
    await window.openSideBar();
    await window.waitForRow('Agents', /Echo idle/, 60_000);
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> =>
    (await rest((await stage.address()).url, stage.person, method, path, body)).body;
  const statusOf = async (number: number): Promise<unknown> => (await ask('GET', `/api/tasks/${number}`)).status;

  it('ask before they act: the question is answered with the options of the agent', async function () {
    this.timeout(60_000);
    const { number } = await ask('POST', '/api/tasks', { title: 'Publish the site', prompt: STEPS, skills: ['echo'] });
    await window.waitForRow('Needs you', /#1 Publish the site/);
    await window.contextMenu('Needs you', '#1', 'Answer');
    await window.step('#1 asks');
    await window.pick(/^Allow/);
    await until('the end', async () => (await statusOf(Number(number))) === 'completed');
    const { result } = await ask('GET', `/api/tasks/${Number(number)}`);
    assert.match(String(result), /answer: yes[\s\S]*Published\./);
  });

  it('are added from a list that says what each does, without touching a file by hand', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Add Agent');
    await window.step('Which agent?');
    await window.type('My command');
    await window.pick(/^My command/);
    await window.waitForRow('Agents', /My command idle/);
    const settings = readFileSync(join(stage.workspace, '.vscode', 'settings.json'), 'utf8');
    assert.match(settings, /"name": "My command"/);
    await window.command('Tasktower: Stop All Agents');
    await window.waitForRow('Agents', /^Offline 2/);
    await window.expand('Agents', 'Offline');
    await window.waitForRow('Agents', /Echo offline · stopped/);
    await window.command('Tasktower: Start All Agents');
    await window.waitForRow('Agents', /Echo idle/);
  });

  it('get a token of their own, are shut out again, and find the new token after a rotation', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Copy Agent Token...');
    await window.type('Kimi Code');
    await window.page.keyboard.press('Enter');
    await window.waitForStatusText(/Copied\. The token is good for Kimi Code alone/);
    await window.command('Tasktower: Revoke Agent Token...');
    await window.pick(/^Kimi Code/);
    await window.waitForStatusText(/The token of Kimi Code is good no more/);

    const before = await stage.address();
    await window.command('Tasktower: Rotate Tokens...');
    await window.page.getByRole('dialog').getByText('Give this folder new tokens?').waitFor();
    await window.press('Rotate Tokens');
    const after = await until('another token', async () => {
      const now = await stage.address();
      return now.token === before.token ? undefined : now;
    });
    assert.equal((await rest(after.url, before.token, 'GET', '/api/tasks')).status, 401);
    assert.equal((await rest(after.url, after.token, 'GET', '/api/tasks')).status, 200);
    assert.equal((await rest(after.url, stage.person, 'GET', '/api/tasks')).status, 200);
    await window.waitForRow('Agents', /Echo idle/);
  });

  it('are what a terminal runs: tasktower run makes a task of it, and Ctrl+C cancels it', async function () {
    this.timeout(120_000);
    writeFileSync(join(stage.workspace, 'package.json'), JSON.stringify({ scripts: { test: 'node test.js' } }));
    writeFileSync(join(stage.workspace, 'test.js'), `console.log('3 passing'); if (process.argv[2]) setInterval(() => {}, 1000);`);
    await window.command('Terminal: Create New Terminal');
    const terminal = window.page.locator('.terminal-wrapper.active textarea').first();
    await terminal.waitFor({ state: 'attached' });
    const type = async (text: string): Promise<void> => {
      await terminal.focus();
      await window.page.keyboard.type(text);
      await window.page.keyboard.press('Enter');
    };
    await type('tasktower run -- npm test');
    const done = await until(
      'the run to be a task',
      async () => {
        const { tasks } = (await ask('GET', '/api/tasks')) as { tasks: { number: number; title: string; status: string }[] };
        return tasks.find(({ title, status }) => /npm test/.test(title) && status === 'completed');
      },
      30_000,
    );
    const { lines } = (await ask('GET', `/api/logs?task=${done.number}&limit=50`)) as { lines: { text: string }[] };
    assert.ok(lines.some(({ text }) => text.includes('3 passing')));
    await type('tasktower run -- npm test -- forever');
    const running = await until(
      'the second run',
      async () => {
        const { tasks } = (await ask('GET', '/api/tasks')) as { tasks: { number: number; title: string; status: string }[] };
        return tasks.find(({ title, status }) => /forever/.test(title) && status === 'running');
      },
      30_000,
    );
    await window.waitForRow('Tasks', /forever/);
    await terminal.focus();
    await window.page.keyboard.press('Control+c');
    await until('the cancel', async () => (await statusOf(running.number)) === 'cancelled');
  });
});
