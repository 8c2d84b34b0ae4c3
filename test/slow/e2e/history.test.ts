import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../../support/editorStage';
import { holdAria } from '../../support/heldAria';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Workbench } from '../../support/workbench';

const FINISHED = 60;
const FAILED = 5;

describe('The history in the editor', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({});
    window = await stage.window();
    await window.openSideBar();
    await until('the tower', () => stage.find('keys.json'), 60_000);
    for (let n = 1; n <= FINISHED; n++) {
      await ask('POST', '/api/tasks', { title: `Review file ${n}`, prompt: `Look at part ${n} of it`, status: 'running', agent: 'Kimi' });
      if (n <= FAILED) await ask('POST', `/api/tasks/${n}/error`, { message: `The file ${n} is missing` });
      else await ask('POST', `/api/tasks/${n}/result`, { result: `Found ${n} problems` });
    }
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
  const entries = (): Promise<string[]> =>
    window.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row').allTextContents();
  const found = (pattern: RegExp): Promise<unknown> =>
    until(`an entry ${pattern.source}`, async () => (await entries()).find((entry) => pattern.test(entry)));

  it('is found by words and tokens as one types, and shows a task', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Search History');
    await found(/#60 Review file 60/);
    await window.type('status:failed agent:kimi');
    await until('the failed ones', async () => (await entries()).length === FAILED);
    assert.match((await entries()).join('\n'), /The file 5 is missing/);
    await holdAria(window.dialog, 'history-search');
    await window.type('"Look at part 42"');
    await until(
      'what the prompt says',
      async () => /^#?.*#42 Review file 42/.test((await entries()).join('|')) && (await entries()).length === 1,
    );
    await window.type('never said');
    await found(/No finished task matches/);
    await window.type('#42');
    await found(/#42 Review file 42.*Found 42 problems/s);
    await window.pick(/#42 Review file 42/);
    await until('its details', async () => (await window.editorText()).includes('Review file 42'));
  });

  it('shows more on demand, the newest first', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Search History');
    await found(/#60 Review file 60/);
    await window.quickInput.press('End');
    for (let n = 0; n < 50; n++) await window.quickInput.press('ArrowDown');
    await found(/Show 10 more of 10/);
    await window.pick(/Show 10 more of 10/);
    await found(/#10 Review file 10/);
    await window.page.keyboard.press('Escape');
  });

  it('is exported as far as a search finds it', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Export History');
    await window.step('Export History');
    await window.type('status:failed');
    await window.page.keyboard.press('Enter');
    await window.step('Export 5 tasks as…');
    await window.pick(/^NDJSON/);
    const path = join(stage.workspace, 'failed.ndjson');
    // The dialog writes its own proposal first.
    await until('the proposal', async () => /tasktower-history\.ndjson$/.test(await window.quickInput.inputValue()));
    await window.type(path);
    await window.page.keyboard.press('Enter');
    // The file is there before what it holds.
    const text = await until('the file', () => (existsSync(path) ? readFileSync(path, 'utf8') : '') || undefined);
    const tasks = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { number: number; status: string; error: string });
    assert.deepEqual(
      tasks.map(({ number, status, error }) => [number, status, error]),
      [5, 4, 3, 2, 1].map((n) => [n, 'failed', `The file ${n} is missing`]),
    );
  });

  it('is deleted by age or as a whole, after saying how much it is', async function () {
    this.timeout(90_000);
    await window.command('Tasktower: Delete Finished Tasks Older Than');
    await window.type('30');
    await window.page.keyboard.press('Enter');
    await window.waitForStatusText(/There is no finished task older than 30 days/);
    await window.command('Tasktower: Delete All Finished Tasks');
    await window.page.getByRole('dialog').getByText('Delete 60 finished tasks').waitFor();
    await window.press('Keep Them');
    assert.equal((await ask('GET', '/api/tasks?limit=1')).total, FINISHED);
    await window.command('Tasktower: Delete All Finished Tasks');
    await window.press('Delete 60 Tasks');
    await until('all to go', async () => (await ask('GET', '/api/tasks?limit=1')).total === 0, 60_000);
    await until('the group to go', async () => !(await window.rows('Tasks')).some((row) => row.startsWith('Finished')));
  });
});
