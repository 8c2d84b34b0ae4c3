import assert from 'node:assert/strict';
import { EditorStage } from '../../support/editorStage';
import { rest } from '../../support/towerClient';
import type { Workbench } from '../../support/workbench';

describe('The editor in Simplified Chinese', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(240_000);
    stage = await EditorStage.open({ 'tasktower.agents': [{ name: 'Nobody', run: 'external' }] }, { language: 'zh-cn' });
    window = await stage.window();
    await window.openSideBar('任务');
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-language-${this.currentTest.title.slice(0, 20)}`);
  });

  it('has Chinese views and rows, with why a task waits', async function () {
    this.timeout(60_000);
    await rest((await stage.address()).url, stage.person, 'POST', '/api/tasks', { title: 'Bake bread', agent: 'Nobody' });
    await window.waitForRow('任务', /#1 Bake bread 队列第 1 位 · 等待 Nobody（离线）/);
    await window.waitForRow('智能体', /离线/);
    for (const title of ['需要你处理', '任务', '智能体']) assert.ok(await window.view(title).isVisible(), title);
  });

  it('has Chinese commands and dialogs', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: 新建任务');
    await window.step('新建任务');
    await window.page.keyboard.press('Escape');
  });

  it('says in Chinese what the tower refuses', async function () {
    this.timeout(60_000);
    const { url } = await stage.address();
    await rest(url, stage.person, 'POST', '/api/tasks', { title: 'Eat bread', after: ['#1'] });
    await rest(url, stage.person, 'DELETE', '/api/tasks/1');
    await window.command('Tasktower: 删除任务');
    await window.pick(/#1 Bake bread/);
    await window.press('删除任务');
    await window.page.getByText('无法删除 #1 Bake bread：#2 Eat bread 正在等待它。').first().waitFor();
    await window.screenshot('refused-zh-cn');
  });

  it('has a Chinese Dashboard, and an English door for programs', async function () {
    this.timeout(90_000);
    await window.command('Tasktower: 打开看板');
    const page = window.panel();
    await page.getByRole('heading', { level: 1, name: 'Tasktower：看板' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: '新建任务' }).first().waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-cn');
    const { url } = await stage.address();
    const { body } = await rest(url, stage.person, 'GET', '/api/tasks/2');
    assert.equal(body.waitsFor, 'waits for #1, which was cancelled');
    const refused = await rest(url, stage.person, 'DELETE', '/api/tasks/1');
    assert.match(String(refused.body.detail), /^#1 Bake bread is cancelled and cannot be cancelled\./);
  });
});
