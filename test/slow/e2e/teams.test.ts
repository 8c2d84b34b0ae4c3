import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../../support/editorStage';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Workbench } from '../../support/workbench';

interface Listed {
  number: number;
  title: string;
  status: string;
  after: string[];
  prompt?: string;
}

describe('A team that shares its agents and templates in git', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open();
    const folder = join(stage.workspace, '.tasktower');
    mkdirSync(join(folder, 'templates'), { recursive: true });
    const print = [process.execPath, '-e', 'console.log("printed " + process.argv[1])', '{prompt}'];
    writeFileSync(join(folder, 'agents.json'), JSON.stringify({ agents: [{ name: 'Printer', command: print, skills: ['print'] }] }));
    const template = { label: 'Price list', title: 'Price {input}', prompt: 'Set the price of {input}.', skills: ['nobody-has-this'] };
    writeFileSync(join(folder, 'templates', 'price.json'), JSON.stringify(template));
    writeFileSync(join(folder, 'templates', 'broken.json'), '{ "label": 7 }');
    writeFileSync(join(stage.workspace, 'PLAN.md'), '- [x] Sweep\n- [ ] Bake\n  - rye\n- [ ] Sell\n');
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

  const ask = async (path: string): Promise<Record<string, unknown>> =>
    (await rest((await stage.address()).url, stage.person, 'GET', path)).body;
  const tasks = async (): Promise<Listed[]> => (await ask('/api/tasks?limit=50')).tasks as Listed[];
  const task = (title: RegExp): Promise<Listed> =>
    until(`a task ${title.source}`, async () => (await tasks()).find((one) => title.test(one.title)));

  it('runs no agent of the repository before a person allows that very entry', async function () {
    this.timeout(60_000);
    await window.view('Agents').getByRole('treeitem').first().waitFor();
    assert.ok(!(await window.rows('Agents')).some((row) => /Printer/.test(row)));
    await window.pressInNotification(/Review\.\.\./);
    await window.step('Which agents of .tasktower/agents.json may run on this machine?');
    await window.screenshot('teams-review');
    await window.pick(/^Printer/);
    await window.page.keyboard.press('Enter');
    await window.waitForRow('Agents', /Printer idle/, 30_000);
    const changed = { name: 'Printer', command: ['echo', 'something else'], skills: ['print'] };
    writeFileSync(join(stage.workspace, '.tasktower', 'agents.json'), JSON.stringify({ agents: [changed] }));
    await until(
      'the changed agent to be put out',
      async () => (await window.rows('Agents')).every((row) => !/Printer (idle|busy)/.test(row)),
      30_000,
    );
  });

  it('has its templates in New Task, filled in with what is typed', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: New Task');
    await window.step('New Task');
    await window.pick(/Price list/);
    await until('the title', async () => (await window.quickInput.inputValue()) === 'Price ');
    await window.type('Price rye bread');
    await window.page.keyboard.press('Enter');
    const { number } = await task(/^Price rye bread$/);
    const { prompt } = await ask(`/api/tasks/${number}`);
    assert.equal(prompt, 'Set the price of rye bread.');
  });

  it('queues a task about the selected lines', async function () {
    this.timeout(60_000);
    await window.command('Go to File...');
    await window.type('PLAN.md');
    await window.pick(/^PLAN\.md/);
    await window.page.getByRole('tab', { name: /PLAN\.md/ }).waitFor();
    await window.command('Select All');
    await window.command('Tasktower: Queue a Task About This Selection');
    await until('the title', async () => (await window.quickInput.inputValue()) === 'PLAN.md: ');
    await window.type('PLAN.md: translate this');
    await window.page.keyboard.press('Enter');
    const { number } = await task(/^PLAN\.md: translate this$/);
    const { prompt } = await ask(`/api/tasks/${number}`);
    assert.match(String(prompt), /^translate this\n\nIt is about these lines:\n\nPLAN\.md, lines 1 to 4:\n\n```markdown\n- \[x\] Sweep/);
  });

  it('makes tasks of a checklist, in its order and without what is done', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Import Tasks...');
    await window.step('Import tasks from');
    await window.pick(/The selected lines/);
    await window.step('Which of 3 tasks?');
    await window.screenshot('teams-import');
    await window.page.keyboard.press('Enter');
    await window.step('In which order?');
    await window.pick(/^One after another/);
    const [bake, sell] = [await task(/^Bake$/), await task(/^Sell$/)];
    const { after } = (await ask(`/api/tasks/${sell.number}`)) as { after: string[] };
    const { id, prompt } = (await ask(`/api/tasks/${bake.number}`)) as { id: string; prompt: string };
    assert.deepEqual(after, [id]);
    assert.equal(prompt, 'Bake\n\n- rye');
    assert.ok(!(await tasks()).some(({ title }) => title === 'Sweep'));
  });

  it('is told by the editor what is wrong with a file of its own', async function () {
    this.timeout(60_000);
    await window.command('Go to File...');
    await window.type('broken.json');
    await window.pick(/^broken\.json/);
    await window.page.locator('.squiggly-warning, .squiggly-error').first().waitFor({ timeout: 30_000 });
    await window.screenshot('teams-schema');
  });
});
