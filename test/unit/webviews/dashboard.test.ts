import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { SharedTower } from '../../../src/server/sharedTower';
import { openBrowser } from '../../support/teamBrowser';
import { TowerBench } from '../../support/towerBench';
import { TowerPage, type TowerPageOptions } from '../../support/towerPage';
import { until } from '../../support/until';

const PERSON = { kind: 'person', name: 'you' } as const;

describe('The Dashboard', function () {
  this.timeout(60_000);
  let browser: Browser;
  let bench: TowerBench;
  let tower: SharedTower;
  const pages: TowerPage[] = [];

  before(async () => {
    browser = await openBrowser();
  });
  beforeEach(async () => {
    bench = new TowerBench();
    tower = await bench.window({ cap: 4 });
  });
  afterEach(async () => {
    const errors = pages.flatMap((page) => page.errors);
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await bench.close();
    assert.deepEqual(errors, []);
  });
  after(() => browser.close());

  const open = async (options: TowerPageOptions = {}): Promise<TowerPage> => {
    const show = { requires: [], ...options.show };
    const page = await TowerPage.open(browser, tower, 'dashboard', { ...options, show });
    pages.push(page);
    await page.page.locator('.strip').waitFor();
    return page;
  };
  const create = async (title: string, spec: Record<string, unknown> = {}): Promise<string> =>
    (await tower.execute({ type: 'CreateTask', spec: { title, ...spec } }, PERSON)).taskId ?? '';
  /** An agent whose work goes on until the test ends it. */
  const worker = (name: string, progress: number) =>
    bench.agent(
      name,
      async (agent, task) => void (await agent.send(task, { type: 'progress', progress, step: 'Reading' })),
      tower.address.url,
    );

  it('shows cards with progress, why each task waits, and the calm line', async () => {
    await worker('Code Gen', 0.62);
    const first = await create('Review auth module', { agent: 'Code Gen' });
    await until('its start', () => tower.board.tasks.get(first)?.status === 'running');
    await create('Bump dependencies', { agent: 'Code Gen', priority: 'urgent' });
    const { page } = await open();
    await page
      .getByRole('listitem', { name: /^#1 Review auth module/ })
      .getByRole('progressbar')
      .waitFor();
    assert.equal(await page.getByRole('progressbar').getAttribute('aria-valuenow'), '62');
    const pending = page.getByRole('listitem', { name: /^#2 Bump dependencies/ });
    assert.match((await pending.textContent()) ?? '', /Queue 1 · waits for Code Gen \(busy\)/);
    assert.equal(await page.locator('.strip').textContent(), 'Nothing needs you. 1 working.');
  });

  it('makes a task by its form, with every field, by the schema of every door', async () => {
    const { page } = await open();
    await page.keyboard.press('c');
    const form = page.getByRole('region', { name: 'New task' });
    await form.getByRole('textbox', { name: /^What should be done/ }).fill('Audit the login page\nLook at contrast.');
    await form.getByRole('button', { name: 'My sign-off' }).click();
    await form.getByText('More').click();
    await form.getByRole('textbox', { name: /^Kind/ }).fill('audit');
    await form.getByRole('textbox', { name: /^Skills/ }).fill('browser, a11y');
    await form.getByRole('textbox', { name: /^Attempts at most/ }).fill('99');
    await form.getByRole('textbox', { name: /^Fields for the agent/ }).fill('num_agents=4');
    await page.keyboard.press('Control+Enter');
    await form.getByRole('alert').first().waitFor();
    await form.getByRole('textbox', { name: /^Attempts at most/ }).fill('2');
    await page.keyboard.press('Control+Enter');
    const task = await until('the task', () => [...tower.board.tasks.values()][0]);
    assert.equal(task.title, 'Audit the login page');
    assert.deepEqual(
      [task.kind, task.skills, task.limits, task.fields, task.requires],
      ['audit', ['browser', 'a11y'], { attempts: 2 }, { num_agents: 4 }, [{ type: 'signoff' }]],
    );
    await page.getByRole('listitem', { name: /^#1 Audit the login page/ }).waitFor();
  });

  it('is searched, selected and changed in bulk, and says exactly how many', async () => {
    for (let n = 0; n < 30; n++) await create(`Task ${n}`, { priority: n % 2 ? 'low' : 'normal' });
    const { page } = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('priority:low');
    await page.keyboard.press('Escape');
    await page.getByText('Pending 15').waitFor();
    await page.keyboard.press('Control+a');
    const bar = page.getByRole('toolbar', { name: 'Selected tasks' });
    await bar.getByText('15 selected').waitFor();
    await bar.getByRole('button', { name: 'Cancel 15…' }).click();
    await page.getByRole('dialog').getByText('They match "priority:low".').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel 15 Tasks' }).click();
    await page.getByRole('status').getByText('15 tasks cancelled.').waitFor();
    assert.equal(tower.board.byStatus.cancelled.size, 15);
    assert.equal(tower.board.byStatus.pending.size, 15);
  });

  it('selects all that match by a key, also what is not loaded, and asks before a key cancels or deletes', async () => {
    const first = await create('Waits', { agent: 'Nobody' });
    for (let n = 0; n < 120; n++) await tower.execute({ type: 'CancelTask', taskId: await create(`Old ${n}`) }, PERSON);
    const { page, told } = await open();
    await page.getByText('Finished 120').waitFor();
    await page.keyboard.press('Control+a');
    const bar = page.getByRole('toolbar', { name: 'Selected tasks' });
    await bar.getByText('121 selected').waitFor();
    await bar.getByRole('button', { name: 'Retry 120' }).waitFor();
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByText('Cancel #1 Waits?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep It' }).click();
    await page.keyboard.press('Escape');
    assert.equal(tower.board.tasks.get(first)?.status, 'pending');
    await page.keyboard.press('j');
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByText('Cancel #1 Waits?').waitFor();
    await page.keyboard.press('Enter');
    await until('the cancel', () => tower.board.tasks.get(first)?.status === 'cancelled');
    await page.getByText('Finished 121').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Delete');
    await until('the question', () => told.some(({ params }) => params.command === 'tasktower.deleteTask'));
  });

  it('shows a viewer what they may not use as such, with why, by mouse and by key, until their role changes', async () => {
    await create('Waits', { agent: 'Nobody' });
    await tower.execute({ type: 'CancelTask', taskId: await create('Old') }, PERSON);
    const why = 'Viewers can watch. Ask an admin to make you an operator.';
    const panel = await open({ you: { name: 'vera', role: 'viewer' }, show: { create: true } });
    const { page } = panel;
    await page.getByText('vera, viewer').waitFor();
    await page.getByText('Finished 1').waitFor();
    await page.keyboard.press('Control+a');
    await page.getByText('2 selected').waitFor();
    await page.getByRole('button', { name: 'More actions', exact: true }).click();
    const dead = page.locator('[aria-disabled=true]');
    const names = await dead.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? one.textContent?.trim() ?? ''));
    for (const name of ['Start Now #1', 'Cancel #1', 'Retry 1', 'Cancel 1…', 'Priority of 1', 'Retry All Failed (0)', 'Pause Queue'])
      assert.ok(names.includes(name), `${name} among ${names.join(', ')}`);
    const reasons = await dead.evaluateAll((all) => all.map((one) => [one.getAttribute('title'), one.getAttribute('aria-description')]));
    for (const reason of reasons) assert.deepEqual(reason, [why, why]);
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('region', { name: 'New task' }).count(), 0, 'a form that nobody can send is not opened');
    for (const key of ['c', 's', 'Shift+R', 'F2', 'Delete']) {
      await page.keyboard.press('j');
      await page.keyboard.press(key);
      await page.getByRole('status').getByText(why).waitFor();
      assert.equal(await page.getByRole('dialog').count(), 0);
    }
    await page.getByRole('button', { name: 'Cancel #1' }).click({ force: true });
    assert.deepEqual(
      panel.told.filter(({ method }) => method === 'panel/run'),
      [],
    );
    assert.deepEqual(await panel.violations(), []);
    panel.notify('panel/you', { name: 'vera', role: 'operator' });
    await page.getByText('vera, operator').waitFor();
    await page.getByRole('button', { name: 'Cancel #1' }).click();
    await until('the command', () => panel.told.some(({ params }) => params.command === 'tasktower.cancelTask'));
  });

  it('keeps the newest finished tasks as cards, with result and evidence, and the others as lines with the same', async () => {
    const agent = await bench.agent(
      'Browser',
      async (client, task) => {
        await client.send(task, { type: 'result', result: 'All is well.' });
      },
      tower.address.url,
    );
    assert.ok(agent);
    for (let n = 1; n <= 6; n++) {
      const id = await create(`Audit page ${n}`, { agent: 'Browser' });
      await until('its end', () => tower.board.tasks.get(id)?.status === 'completed');
    }
    const { page, told } = await open();
    const item = (n: number) => page.getByRole('listitem', { name: new RegExp(`^#${n} `) });
    await item(6).waitFor();
    assert.match((await item(6).getAttribute('class')) ?? '', /card/);
    assert.match((await item(1).getAttribute('class')) ?? '', /task-line/);
    await item(6).getByRole('button', { name: 'View Result #6' }).click();
    await item(1).hover();
    await item(1).getByRole('button', { name: 'View Result of #1' }).click();
    await until('both', () => told.filter(({ params }) => params.command === 'tasktower.openResult').length === 2);
  });

  it('is worked without a mouse: regions by Tab, and within them by arrows', async () => {
    await worker('Code Gen', 0.5);
    await worker('Kimi', 0.5);
    await create('Review auth module', { agent: 'Code Gen' });
    const { page } = await open();
    await page.getByRole('progressbar').waitFor();
    const at = (): Promise<string> => page.evaluate(() => (document.activeElement?.textContent ?? '').slice(0, 40));
    const label = (): Promise<string | null | undefined> => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    // What the extension wants shown may come after the board, and the first key be lost with it.
    await until('the focus', async () => {
      await page.keyboard.press('j');
      return (await label())?.startsWith('#1 ');
    });
    const inCard = ['More actions for #1', 'Logs #1', 'Cancel #1'];
    for (const name of inCard) {
      await page.keyboard.press('Tab');
      assert.equal(await label(), name);
    }
    await page.keyboard.press('Tab');
    assert.equal(await label(), 'Add Agent');
    await page.keyboard.press('Tab');
    assert.match(await at(), /^Code Gen/);
    await page.keyboard.press('ArrowDown');
    assert.match(await at(), /^Kimi/);
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Details of Kimi' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('2');
    await page.locator('.view-agents').waitFor();
    await page.keyboard.press('1');
    await page.locator('.view-tasks').waitFor();
  });

  it('takes any proof in the grammar of every door, and goes to what is wrong', async () => {
    const { page } = await open();
    await page.keyboard.press('c');
    const form = page.getByRole('region', { name: 'New task' });
    await form.getByRole('textbox', { name: /^What should be done/ }).fill('Audit');
    await form.getByText('More').click();
    const proof = form.getByRole('textbox', { name: /^Other proof/ });
    await proof.fill('metric:performance.score>=80 nonsense');
    await form.getByText('More').click();
    await form.getByRole('textbox', { name: /^What should be done/ }).press('Control+Enter');
    await form.getByText('"nonsense" is no requirement.').waitFor();
    await until('the focus', async () =>
      (await page.evaluate(() => document.activeElement?.getAttribute('aria-label')))?.startsWith('Other proof'),
    );
    await proof.fill('metric:performance.score>=80');
    await page.keyboard.press('Control+Enter');
    const task = await until('the task', () => [...tower.board.tasks.values()][0]);
    assert.deepEqual(task.requires, [{ type: 'metric', category: 'performance', name: 'score', compare: '>=', value: 80 }]);
    await page.getByText('#1 queued. Queue 1, waits for').waitFor();
  });

  it('keeps filters, order and the kind of activity between sessions', async () => {
    await create('One');
    const { page, told } = await open();
    await page.getByRole('button', { name: 'Hide blocked tasks' }).click();
    await page.getByRole('combobox', { name: 'Order' }).selectOption('oldest');
    await page.getByRole('combobox', { name: 'Show activity of' }).selectOption('agents');
    const kept = await until('what is kept', () => {
      const last = told.findLast(({ method }) => method === 'panel/keep')?.params.kept as Record<string, string> | undefined;
      return last?.activity === 'agents' ? last : undefined;
    });
    assert.deepEqual(kept, { search: '-is:blocked', sort: 'oldest', layout: 'cards', activity: 'agents' });
    const again = await open({ show: { kept } });
    assert.equal(await again.page.getByRole('combobox', { name: 'Order' }).inputValue(), 'oldest');
    assert.equal(await again.page.getByRole('combobox', { name: 'Show activity of' }).inputValue(), 'agents');
    assert.equal(await again.page.getByRole('button', { name: 'Hide blocked tasks' }).getAttribute('aria-pressed'), 'true');
  });

  it('keeps few elements in the page however many tasks there are', async () => {
    for (let n = 0; n < 600; n++) await create(`Task ${n}`);
    const { page } = await open();
    await page.getByText('Pending 600').waitFor();
    assert.ok((await page.locator('.card').count()) < 60);
    await page.keyboard.press('j');
    await page.keyboard.press('End');
    await page.getByRole('listitem', { name: /^#600 / }).waitFor();
    assert.ok((await page.locator('*').count()) < 3000);
  });

  it('takes a wish of the extension once, though it is told again, and says how to come back when it is not connected', async () => {
    await create('Audit');
    const wish = { search: 'audit', create: true, asked: 1 };
    const panel = await open({ show: wish });
    const { page } = panel;
    await page.getByRole('region', { name: 'New task' }).getByRole('button', { name: 'Close' }).click();
    await page.locator('#search').fill('');
    panel.notify('panel/show', { singleKeys: true, requires: [], ...wish });
    panel.notify('panel/stale', { since: Date.now() });
    const banner = page.getByRole('status').filter({ hasText: /Not connected since .*Showing the last known board/ });
    await banner.getByRole('button', { name: 'Reconnect' }).click();
    await until('the wish', () => panel.told.some(({ params }) => params.command === 'tasktower.reconnect'));
    assert.equal(await page.getByRole('region', { name: 'New task' }).count(), 0);
    assert.equal(await page.locator('#search').inputValue(), '');
    panel.notify('panel/show', { singleKeys: true, requires: [], ...wish, asked: 2 });
    await page.getByRole('region', { name: 'New task' }).waitFor();
  });

  it('names the columns of its table, moves by arrows in the toolbar, and shows all activity where only the newest has room', async () => {
    for (let n = 0; n < 12; n++) await create(`Task ${n}`);
    const { page } = await open({ width: 800, height: 700, you: { name: 'vera', role: 'admin' } });
    await page.getByRole('listitem', { name: /^#12 / }).waitFor();
    await page.getByRole('button', { name: 'Show as a table' }).click();
    assert.equal(await page.locator('.columns').innerText(), 'Task\nState\nAgent');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Order');
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Hide blocked tasks');
    const lines = page.getByRole('region', { name: 'Recent activity' }).getByRole('list');
    const before = await lines.evaluate(({ clientHeight }) => clientHeight);
    await page.getByRole('button', { name: 'Show All' }).click();
    await until('a longer list', async () => (await lines.evaluate(({ clientHeight }) => clientHeight)) >= 12 * 24 && before < 12 * 24);
    await page.getByRole('button', { name: 'Sign Out' }).waitFor();
  });

  it('has no serious finding of axe, in any theme, wide and narrow', async () => {
    await worker('Browser', 0.2);
    await create('Audit the login page', { requires: ['screenshot', 'signoff'] });
    await create('Waits', { after: ['#1'] });
    for (const [theme, width] of [
      ['light', 1200],
      ['dark', 800],
      ['high-contrast', 480],
    ] as const) {
      const page = await open({ theme, width, show: { create: true } });
      await page.page.getByRole('listitem', { name: /^#1 / }).waitFor();
      await page.picture(`dashboard-${theme}-${width}`);
      assert.deepEqual(await page.violations(), [], `${theme} ${width}`);
      const over = await page.page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
      assert.ok(over <= 0, `${width}: ${over} px too wide`);
    }
  });
});
