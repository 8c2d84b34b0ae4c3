import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import type { SharedTower } from '../../../src/server/sharedTower';
import { openBrowser } from '../../support/teamBrowser';
import { person, TowerBench } from '../../support/towerBench';
import { TowerPage } from '../../support/towerPage';
import { until } from '../../support/until';

describe('The Dashboard, by keys', function () {
  this.timeout(60_000);
  let browser: Browser;
  let bench: TowerBench;
  let tower: SharedTower;
  let panel: TowerPage;
  let page: Page;
  before(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    bench = new TowerBench();
    tower = await bench.window();
    for (const title of ['Alpha', 'Beta']) await tower.execute({ type: 'CreateTask', spec: { title, agent: 'Nobody' } }, person);
    panel = await TowerPage.open(browser, tower, 'dashboard', { show: { requires: [] } });
    page = panel.page;
    await page.getByText('Pending 2').waitFor();
  });
  afterEach(async () => {
    await panel.close();
    await bench.close();
  });
  after(() => browser.close());

  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
  const ran = (): unknown[] =>
    panel.told
      .filter(({ method }) => method === 'panel/run')
      .map(({ params }) => [params.command, (params.taskIds as string[]).map((id) => tower.board.tasks.get(id)?.title)]);
  const tabToTask = async (): Promise<void> => {
    await until('the focus on a task', async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement?.getAttribute('role') === 'listitem');
    });
  };
  /** Chooses a task by key and searches for the other one. @returns the title of that. */
  const searchOther = async (): Promise<string> => {
    await page.keyboard.press('j');
    await until('a chosen task', async () => /Alpha|Beta/.test(await focused()));
    const other = (await focused()).includes('Alpha') ? 'Beta' : 'Alpha';
    await page.keyboard.press('/');
    await page.keyboard.type(other);
    await page.getByText('Pending 1').waitFor();
    return other;
  };

  it('acts on the task that Tab came to', async () => {
    await tabToTask();
    const title = (await focused()).includes('Alpha') ? 'Alpha' : 'Beta';
    await page.keyboard.press('Enter');
    await until('the command', () => ran().length > 0);
    assert.deepEqual(ran(), [['tasktower.showDetails', [title]]]);
  });

  it('acts on no task that the search has hidden', async () => {
    const other = await searchOther();
    await tabToTask();
    await page.keyboard.press('s');
    await until('the command', () => ran().length > 0);
    assert.deepEqual(ran(), [['tasktower.startNow', [other]]]);
  });

  it('leaves the search with Esc, also where the chosen task is hidden', async () => {
    await searchOther();
    await page.keyboard.press('Escape');
    await until('the focus to leave the search', async () => (await page.evaluate(() => document.activeElement?.id)) === 'tasks');
  });

  it('takes a range with Shift and a click from the task that was chosen before', async () => {
    const cards = page.getByRole('list', { name: 'Tasks' }).getByRole('listitem');
    await cards.first().click();
    await cards.last().click({ modifiers: ['Shift'] });
    await page.getByText('2 selected').waitFor();
  });

  it('keeps no selection of another tower', async () => {
    await page.keyboard.press('Control+a');
    await page.getByText('2 selected').waitFor();
    const other = new TowerBench();
    try {
      panel.turnTo(await other.window());
      await page.getByText('Queue work, let any agent do it').waitFor();
      assert.equal(await page.getByRole('toolbar', { name: 'Selected tasks' }).count(), 0);
    } finally {
      await other.close();
    }
  });

  it('queues nothing while the tower is away', async () => {
    await page.keyboard.press('c');
    panel.notify('panel/stale', { since: Date.now() });
    await until(
      'the button to say so',
      async () => (await page.getByRole('button', { name: 'Queue Task' }).getAttribute('aria-disabled')) === 'true',
    );
    await page.getByRole('textbox', { name: 'What should be done?' }).fill('Gamma');
    await page.keyboard.press('Control+Enter');
    await page
      .getByRole('alert')
      .getByText(/Not connected since/)
      .waitFor();
    assert.equal(tower.board.tasks.size, 2);
  });

  it('asks in an untouched form for what the workspace asks for now', async () => {
    const form = page.getByRole('region', { name: 'New task' });
    const isAsked = (): Promise<string | null> => form.getByRole('button', { name: 'My sign-off' }).getAttribute('aria-pressed');
    await page.keyboard.press('c');
    await form.waitFor();
    assert.equal(await isAsked(), 'false');
    panel.notify('panel/show', { singleKeys: true, requires: ['signoff'] });
    await until('the proof of the workspace', async () => (await isAsked()) === 'true');
    await form.getByRole('textbox', { name: 'What should be done?' }).fill('Delta');
    panel.notify('panel/show', { singleKeys: true, requires: [], search: 'Alpha' });
    await page.getByText('Pending 1').waitFor();
    assert.equal(await isAsked(), 'true', 'what a person began stays');
  });
});
