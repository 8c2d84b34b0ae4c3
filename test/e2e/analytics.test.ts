import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { EditorStage } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

describe('Analytics in the editor', () => {
  let stage: EditorStage;
  let window: Workbench;
  const complaints: string[] = [];

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({});
    window = await stage.window();
    window.page.on('console', (message) => {
      if (/Content Security Policy|analytics/i.test(message.text()) && message.type() === 'error') complaints.push(message.text());
    });
    await window.openSideBar();
    await stage.address();
  });

  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  const ask = async (path: string, body: unknown): Promise<Record<string, unknown>> =>
    (await rest((await stage.address()).url, stage.person, 'POST', path, body)).body;
  /** A task whose work goes on elsewhere and ends at once. */
  const report = async (title: string, agent: string, error?: string): Promise<void> => {
    const { number } = await ask('/api/tasks', { title, agent, status: 'running', kind: 'review' });
    const path = `/api/tasks/${Number(number)}`;
    if (error !== undefined) await ask(`${path}/error`, { message: error });
    else await ask(`${path}/result`, { result: 'Done.', usage: { inputTokens: 1200, outputTokens: 300, costUsd: 0.04 } });
  };
  const figure = (question: string): Locator => window.panel().locator('figure').filter({ hasText: question });
  const see = (text: string | RegExp): Promise<void> => window.panel().getByText(text).first().waitFor({ timeout: 30_000 });

  it('starts with the first finished task and a button for one', async function () {
    this.timeout(90_000);
    await window.command('Tasktower: Open Analytics');
    await see('Charts start with the first finished task.');
    await window.panel().getByRole('button', { name: 'New Task' }).waitFor();
  });

  it('answers in sentences and charts as soon as tasks end, while the page stays as strict as it was', async function () {
    this.timeout(120_000);
    await report('Check the menu', 'Code Gen');
    await report('Check the prices', 'Code Gen');
    await see('2 of 2 completed');
    assert.equal(await window.panel().locator('figure svg').count(), 0);
    await report('Check the photos', 'Kimi', 'No photo has a text.');
    await report('Check the links', 'Kimi');
    await see(/^4 tasks finished/);
    await see('75% completed (3 of 4)');
    await figure('How much was done?').locator('svg .mark-rect path').first().waitFor();
    await until('five charts', async () => (await window.panel().locator('figure:has(svg)').count()) === 5);
    await see('$0.12 in 7 days; 1 run unknown');
    assert.deepEqual(complaints, []);
    await window.screenshot('analytics-editor-light');
  });

  it('takes another theme without drawing anew', async function () {
    this.timeout(60_000);
    const bar = figure('How much was done?').locator('.mark-rect path').first();
    await bar.evaluate((element) => element.setAttribute('data-old', ''));
    const fill = (): Promise<string> => bar.evaluate((element) => getComputedStyle(element).fill);
    const before = await fill();
    await window.theme('dark');
    await until('the other colour', async () => (await fill()) !== before);
    assert.equal(await window.panel().locator('[data-old]').count(), 1);
    await window.screenshot('analytics-editor-dark');
    await window.theme('light');
  });

  it('keeps range, filter and shape over a reload of the window', async function () {
    this.timeout(120_000);
    await window.panel().getByRole('radio', { name: '30 days' }).click();
    await figure('How much was done?').getByRole('radio', { name: 'Table' }).click();
    await window.panel().getByRole('button', { name: 'All agents' }).click();
    await window.panel().getByRole('menuitemcheckbox', { name: 'Code Gen' }).click();
    await window.panel().locator('body').press('Escape');
    await see('2 of 2 completed');
    // A reload by the editor itself: only that one saves what has just changed.
    await window.command('Developer: Reload Window');
    await window.panel().locator('.toolbar').getByRole('button', { name: 'Code Gen' }).waitFor({ timeout: 60_000 });
    assert.equal(await window.panel().getByRole('radio', { name: '30 days' }).getAttribute('aria-checked'), 'true');
    await see('2 of 2 completed');
    await window.panel().locator('.toolbar').getByRole('button', { name: 'Code Gen' }).click();
    await window.panel().getByRole('menuitemcheckbox', { name: 'All agents' }).click();
    await window.panel().locator('body').press('Escape');
    await see('75% completed (3 of 4)');
    await figure('How much was done?').getByRole('radio', { name: 'Chart' }).waitFor();
    assert.equal(await figure('How much was done?').getByRole('radio', { name: 'Table' }).getAttribute('aria-checked'), 'true');
  });

  it('writes the figures where the person says', async function () {
    this.timeout(60_000);
    await window.panel().getByRole('button', { name: 'Export: How often does it work?' }).click();
    await window.panel().getByRole('menuitem', { name: 'Export CSV' }).click();
    const path = join(stage.workspace, 'rates.csv');
    // The dialog writes its own proposal first.
    await until('the proposal', async () => /tasktower-works-\S+\.csv$/.test(await window.quickInput.inputValue()));
    await window.type(path);
    await window.page.keyboard.press('Enter');
    // The file is there before what it holds.
    const text = await until('the file', () => (existsSync(path) ? readFileSync(path, 'utf8') : '') || undefined);
    assert.match(text, /^period,completed,finished,completed_share\r\n[\s\S]*,3,4,0\.75\r\n$/);
  });

  it('shows the tasks behind a bar in the Dashboard', async function () {
    this.timeout(60_000);
    await figure('How often does it work?').getByRole('radio', { name: 'Chart' }).waitFor();
    await figure('How often does it work?').locator('.mark-arc path').last().click();
    await window.page.getByRole('tab', { name: /Tasktower: Dashboard/ }).waitFor();
    const search = window.panel().getByRole('searchbox').or(window.panel().getByPlaceholder('Search tasks')).first();
    await until('the search', async () => /^status:failed after:\S+ before:\S+$/.test(await search.inputValue()));
    await see('#3 Check the photos');
  });
});
