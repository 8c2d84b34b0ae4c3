import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import type { SharedTower } from '../../../src/server/sharedTower';
import { TowerBench } from '../../support/towerBench';
import { TowerPage, type TowerPageOptions } from '../../support/towerPage';
import { until } from '../../support/until';

interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}
const PERSON = { kind: 'person', name: 'you' } as const;

describe('The Dashboard', function () {
  this.timeout(60_000);
  let browser: Browser;
  let bench: TowerBench;
  let tower: SharedTower;
  const pages: TowerPage[] = [];

  before(async () => {
    const script = (await import(join(process.cwd(), 'scripts', 'chromium.mjs'))) as ChromiumScript;
    browser = await chromium.launch({ executablePath: script.ensureChromium(), args: script.CHROMIUM_FLAGS });
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
    const show = { you: { name: 'ada' }, requires: [], ...options.show };
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
