import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { analyticsStage } from '../../support/analyticsStage';
import { holdAria, lasting } from '../../support/heldAria';
import { LogsScene } from '../../support/logsPage';
import { logsStage } from '../../support/logsStage';
import { panelStage } from '../../support/panelStage';
import { moving, overflow, Readable } from '../../support/readable';
import { openBrowser } from '../../support/teamBrowser';
import { person, TowerBench } from '../../support/towerBench';
import { TowerPage } from '../../support/towerPage';

/** A window of 1200 by 800 at 200 %, in CSS pixels. */
const ZOOMED = { width: 600, height: 400 };

describe('To a screen reader, at 200 % and without motion', function () {
  this.timeout(60_000);
  const evidence = panelStage();
  const logs = logsStage();
  const analytics = analyticsStage();
  let browser: Browser;
  let bench: TowerBench;
  before(async () => {
    browser = await openBrowser();
    bench = new TowerBench();
  });
  after(async () => {
    await browser.close();
    await bench.close();
  });

  /** The tree is as it was and has what it must, nothing without a name; and nothing is cut off or moves. */
  const check = async (page: Page, name: string, names: Record<string, readonly (string | RegExp)[]>): Promise<void> => {
    await holdAria(page.locator('body'), name);
    const readable = await Readable.of(page.locator('body'));
    assert.deepEqual(readable.nameless, [], readable.lines.join('\n'));
    for (const [role, wanted] of Object.entries(names)) {
      const found = readable.names(role);
      for (const one of wanted)
        assert.ok(
          found.some((text) => (typeof one === 'string' ? text === one : one.test(text))),
          `no ${role} ${String(one)} among ${found.join(' | ')}`,
        );
    }
    await page.setViewportSize(ZOOMED);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.evaluate(() => document.body.classList.add('vscode-reduce-motion'));
    assert.ok((await overflow(page)) <= 0, `it is ${await overflow(page)} px too wide at 200 %`);
    assert.deepEqual(await moving(page), []);
    const zoomed = await Readable.of(page.locator('body'));
    assert.deepEqual(zoomed.nameless, []);
  };

  it('times, spans and ids are left out of what is held, and nothing else', () => {
    const row = (id: string, at: string, age: string): string => `- row "${id} at ${at}, ${age}: 3 files, 85%"`;
    const held = lasting(row('01J9Z3K4M5N6P7Q8R9S0T1V2W3', '09:05:17', '1m 20s'));
    assert.equal(held, lasting(row('01J9Z3K4M5N6P7Q8R9S0T1V2W4', '23:50', '<1m ago')));
    assert.equal(held, '- row "ID at TIME, AGE: 3 files, 85%"\n');
  });

  it('the Dashboard is a list of tasks in regions with names', async () => {
    const tower = await bench.window({ cap: 4 });
    for (const title of ['Audit the login page', 'Translate the README']) {
      await tower.execute({ type: 'CreateTask', spec: { title } }, person);
    }
    const panel = await TowerPage.open(browser, tower, 'dashboard', { show: { requires: [] } });
    try {
      await panel.page.getByText('Audit the login page').first().waitFor();
      await check(panel.page, 'dashboard', { button: [/New Task/], heading: [/^#1 Audit the login page$/, /^Agents/, /^Activity/] });
      assert.deepEqual(panel.errors, []);
    } finally {
      await panel.close();
    }
  });

  it('the Logs panel is a log with its search', async () => {
    const scene = new LogsScene();
    const task = scene.work('Code Gen', 'Review auth module');
    for (let n = 0; n < 4; n++) scene.line(task, `Reading file ${n}`);
    const { page } = await logs.open(scene);
    await check(page, 'logs', { button: [/Match|case/i], log: [/./] });
  });

  it('the Evidence panel says what each picture shows', async () => {
    const { page } = await evidence.open();
    await check(page, 'evidence', { heading: [/#\d+ /], tab: [/Pictures/, /Metrics/, /Files/], button: [/Accept/, /Reject/] });
  });

  it('the Analytics panel has a title for each chart', async () => {
    const panel = await analytics();
    await panel.drawn();
    await check(panel.page, 'analytics', { heading: [/34 tasks finished/, /85% completed/] });
  });
});
