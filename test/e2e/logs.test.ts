import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

const ESC = '\u001b';

describe('The log in the editor', function () {
  let stage: EditorStage;
  let window: Workbench;
  let number = 0;

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({});
    window = await stage.window();
    await window.openSideBar();
    await until('the tower', () => stage.find('keys.json'), 60_000);
    number = Number((await ask('POST', '/api/tasks', { title: 'Review auth module', status: 'running', agent: 'Code Gen' })).number);
    await say(Array.from({ length: 900 }, (_, n) => ({ text: `Reading file ${n}` })));
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
  const say = (lines: { text: string; level?: string }[]): Promise<unknown> => ask('POST', `/api/tasks/${number}/logs`, { lines });
  const row = (text: string) => window.panel().locator('.row', { hasText: text }).first();

  it('opens at its end, and goes along with what agents say', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Open Logs');
    await row('Reading file 899').waitFor();
    await say([
      { text: '2 deprecated calls', level: 'warn' },
      { text: `${ESC}[31mIt broke${ESC}[0m ${ESC}[2K`, level: 'error' },
      { text: 'net::ERR\n  at a\n  at b' },
    ]);
    await row('2 more lines').waitFor();
    const red = row('It broke').locator('.fg-1');
    assert.notEqual(
      await red.evaluate((text) => getComputedStyle(text).color),
      await row('2 deprecated')
        .locator('.text')
        .evaluate((text) => getComputedStyle(text).color),
    );
    const height = await row('It broke').evaluate((line) => line.getBoundingClientRect().height);
    assert.equal(height, 20);
    await window.screenshot('logs');
  });

  it('has the same lines in the output of the editor, at their level', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Show Log');
    const output = window.page.locator('.part.panel .view-lines').first();
    const lines = ['[warning] #1 Code Gen: 2 deprecated calls', '[info] #1 Code Gen: net::ERR', '[error] #1 Code Gen: '];
    await until('the lines', async () => {
      const text = (await output.innerText()).replace(/\u00a0/g, ' ');
      return lines.every((line) => text.includes(line)) && /\[error\].*It broke/.test(text);
    });
    await window.command('View: Hide Panel');
  });

  it('finds beyond what is in the page, and stands there while more comes', async function () {
    this.timeout(60_000);
    const find = window.panel().getByRole('textbox', { name: 'Find in logs' });
    await find.fill('file 12');
    await window.panel().getByText('11', { exact: true }).waitFor();
    await find.press('Shift+Enter');
    await window
      .panel()
      .getByText(/^\d+ of 11$/)
      .waitFor();
    await row('Reading file 129').waitFor();
    const before = await row('Reading file 129').boundingBox();
    await say([{ text: 'Something new' }]);
    await window.panel().getByRole('button', { name: '1 new line, End' }).click();
    await row('Something new').waitFor();
    assert.ok(before);
  });

  it('opens a very long line in an editor, whole', async function () {
    this.timeout(60_000);
    await say([{ text: `begin ${'x'.repeat(40_000)} end` }]);
    await window
      .panel()
      .getByRole('button', { name: /^Show all 40\.0 kB/ })
      .click();
    await until('the line in an editor', async () => (await window.editorText()).startsWith('begin xxx'));
    // It cannot be changed, so closing it asks nothing.
    await window.command('View: Close Editor');
    await row('begin xxx').waitFor();
  });

  it('keeps its filter when it is closed and opened again', async function () {
    this.timeout(90_000);
    await window.command('Tasktower: Open Logs');
    await window.panel().getByRole('button', { name: 'All levels' }).click();
    await window.panel().getByRole('menuitemradio', { name: 'Errors', exact: true }).click();
    await until('errors alone', async () => (await window.panel().locator('.row.line').count()) === 1);
    await window.command('View: Close Editor');
    await until('the page to go', async () => (await window.page.locator('iframe.webview.ready').count()) === 0);
    await window.command('Tasktower: Open Logs');
    await row('It broke').waitFor();
    assert.equal(await window.panel().locator('.row.line').count(), 1);
    await window.panel().getByRole('button', { name: 'Clear Level' }).click();
    await row('Something new').waitFor();
  });

  it('has its own menu over a line, which filters to its agent', async function () {
    this.timeout(60_000);
    await row('Something new').click({ button: 'right' });
    await window.choose('Filter to This Agent');
    await window.panel().getByRole('button', { name: 'Clear Agents' }).waitFor();
  });

  it('exports exactly what the filter passes', async function () {
    this.timeout(60_000);
    await window.panel().getByRole('button', { name: 'Export Lines' }).click();
    await window
      .panel()
      .getByText(/^Export 90\d lines as…$/)
      .waitFor();
    await window.panel().getByRole('menuitem', { name: 'NDJSON' }).click();
    const path = join(stage.workspace, 'lines.ndjson');
    // The dialog writes its own proposal first.
    await until('the proposal', async () => /tasktower-log\.ndjson$/.test(await window.quickInput.inputValue()));
    await window.type(path);
    await window.page.keyboard.press('Enter');
    await until('the file', () => existsSync(path));
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    assert.ok(lines.length > 900);
    assert.match(lines[0] ?? '', /Reading file 0"/);
    assert.equal(existsSync(`${path}.part`), false);
  });
});
