import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { analyticsStage } from '../../support/analyticsStage';
import { LogsScene } from '../../support/logsPage';
import { logsStage } from '../../support/logsStage';
import { giveLanguage } from '../../support/pageLanguage';
import { panelStage } from '../../support/panelStage';
import { openBrowser } from '../../support/teamBrowser';
import { person, TowerBench } from '../../support/towerBench';
import { TowerPage } from '../../support/towerPage';

/** What nobody translates: names of products and keys, search tokens, codes of proof. */
const NAMES =
  /\b(Tasktower|Ctrl|Enter|Shift|Esc|Tab|End|Home|Delete|axe|Lighthouse|JUnit|ESLint|SARIF|lcov|JSON|NDJSON|CSV|SVG|PNG|token|ID|status:\w+|agent:\w+|kind:\w+|after:\w+|p95|tests|screenshot|accessibility|Vega visualization)\b/g;

/** What a page says in Latin letters, its own texts and those for screen readers; `content` is what others wrote. */
async function english(page: Page, content: RegExp): Promise<string[]> {
  const said = await page.evaluate(() => {
    const texts: string[] = [];
    for (const element of document.querySelectorAll('body *:not(script)')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext']) texts.push(element.getAttribute(name) ?? '');
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent ?? '');
    }
    return texts;
  });
  return [...new Set(said)].filter((text) => /[A-Za-z]{2,}/.test(text.replace(content, '').replace(NAMES, '')));
}

describe('In Simplified Chinese, no word of English is said by', function () {
  this.timeout(90_000);
  const evidence = panelStage();
  const logs = logsStage();
  const analytics = analyticsStage();
  let browser: Browser;
  let bench: TowerBench;
  before(async () => {
    giveLanguage('zh-cn');
    browser = await openBrowser();
  });
  beforeEach(() => void (bench = new TowerBench()));
  afterEach(() => bench.close());
  after(async () => {
    giveLanguage(undefined);
    await browser.close();
  });

  it('the Dashboard, its form and its keys', async () => {
    const tower = await bench.window({ cap: 4 });
    await tower.execute(
      { type: 'CreateTask', spec: { title: '烤面包', agent: 'Nobody', priority: 'high', requires: ['tests:pass'] } },
      person,
    );
    await tower.execute({ type: 'CreateTask', spec: { title: '烤蛋糕' } }, person);
    const shown = await TowerPage.open(browser, tower, 'dashboard', { show: { requires: [] } });
    const { page } = shown;
    await page.locator('.card').first().waitFor();
    assert.deepEqual(await english(page, /Nobody|ada/g), []);
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await english(page, /Nobody|ada/g), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('c');
    await page.locator('form, .form').first().waitFor();
    assert.deepEqual(await english(page, /Nobody|ada|metric:\S+|^review$|browser, a11y|num_agents|https/g), []);
    await shown.close();
  });

  it('the Evidence panel', async () => {
    const panel = await evidence.open();
    await panel.drawn();
    assert.deepEqual(await english(panel.page, /Audit the login page|Browser|\b(login|cart|long|menu|gone|broken)(@\d+x\d+)?/g), []);
  });

  it('the Logs panel', async () => {
    const scene = new LogsScene();
    const task = scene.work('甲', '审查');
    for (let n = 0; n < 30; n++) scene.line(task, `第 ${n} 行`, { level: n === 3 ? 'error' : 'info' });
    const panel = await logs.open(scene);
    await panel.page.getByText('第 29 行').waitFor();
    assert.deepEqual(await english(panel.page, /$^/g), []);
  });

  it('the Analytics panel', async () => {
    const panel = await analytics();
    await panel.drawn();
    assert.deepEqual(await english(panel.page, /bakery|Browser|Kimi|Code Gen|Codex/g), []);
  });
});
