import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { holdAria } from '../support/heldAria';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { openBrowser, TeamPage } from '../support/teamBrowser';
import { TeamServe } from '../support/teamServe';
import { PASSWORD } from '../support/team';
import { SocketAgent, type Assigned } from '../support/towerClient';
import { until } from '../support/until';

const PATCH = `diff --git a/basket.ts b/basket.ts
index 1111111..2222222 100644
--- a/basket.ts
+++ b/basket.ts
@@ -1,3 +1,3 @@
 export function total(prices: number[]): number {
-  return prices.reduce((sum, price) => sum + price);
+  return prices.reduce((sum, price) => sum + price, 0);
 }
`;

describe('the dashboard in a browser', function () {
  this.timeout(120_000);
  let tower: TeamServe;
  let browser: Browser;
  let agent: SocketAgent;
  const work: { task: Assigned; done: () => void }[] = [];
  const pages: TeamPage[] = [];

  before(async () => {
    tower = await TeamServe.start(tempFolder());
    browser = await openBrowser();
    agent = await SocketAgent.join(
      tower.url,
      tower.keys.client,
      { name: 'Baker', capacity: 4 },
      (_, task) => new Promise<void>((done) => work.push({ task, done })),
    );
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  after(async () => {
    agent.close();
    await browser.close();
    await tower.stop();
    removeTempFolders();
  });

  const open = async (name: string, options = {}): Promise<TeamPage> => {
    const page = await TeamPage.signIn(browser, tower.openUrl, name, options);
    pages.push(page);
    return page;
  };
  const assigned = (title: string): Promise<Assigned> =>
    until(`the work on ${title}`, () => work.find(({ task }) => task.title === title)?.task);
  const handIn = async ({ taskId, token }: Assigned, kind: string, name: string, body: string | Buffer, type: string): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const query = new URLSearchParams({ kind, name }).toString();
    const answer = await fetch(`${tower.url}/api/tasks/${taskId}/evidence?${query}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(Buffer.from(body)),
    });
    assert.equal(answer.status, 201, await answer.text());
  };

  it('asks who is there, and says when that is wrong', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${tower.openUrl}/logs?task=1`);
    await page.waitForURL(/\/sign-in\?to=%2Flogs%3Ftask%3D1$/);
    await holdAria(page.locator('body'), 'sign-in');
    await page.getByLabel('Name').fill('oskar');
    await page.getByLabel('Password').fill('wrong horse battery');
    await page.getByRole('button', { name: 'Sign In' }).click();
    await page.getByRole('alert').getByText('Name or password is wrong.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign In' }).click();
    await page.waitForURL(/\/logs\?task=1$/);
    const cookies = await context.cookies();
    assert.equal(cookies.length, 2);
    for (const cookie of cookies) assert.deepEqual([cookie.httpOnly, cookie.secure, cookie.sameSite], [true, true, 'Strict']);
    assert.equal(await page.evaluate(() => document.cookie), '');
    await context.close();
  });

  it('shows a task live, its diff, and its proof to download, with no editor', async () => {
    const oskar = await open('oskar');
    await oskar.page
      .getByRole('button', { name: /New Task/ })
      .first()
      .click();
    await oskar.page.getByRole('textbox', { name: /^What should be done/ }).fill('Fix the empty basket');
    await oskar.page
      .getByRole('button', { name: /^Queue/ })
      .first()
      .click();
    const task = await assigned('Fix the empty basket');
    const card = oskar.page.getByRole('listitem').filter({ hasText: 'Fix the empty basket' });
    await agent.send(task, { type: 'progress', progress: 0.42, step: 'Reading the basket' });
    await card.getByText('42%').waitFor();
    await handIn(task, 'patch', 'fix.diff', PATCH, 'text/x-diff');
    await agent.send(task, { type: 'log', lines: [{ level: 'info', text: 'The sum of nothing is 0 now.' }] });
    await agent.send(task, { type: 'result', result: 'The empty basket costs nothing.' });
    await oskar.page.locator('.card', { hasText: 'Fix the empty basket' }).dblclick();
    const details = oskar.page.getByRole('dialog');
    await details.getByText('The empty basket costs nothing.').waitFor();
    await details.getByRole('button', { name: 'fix.diff' }).click();
    await oskar.page.locator('.diff-line.added', { hasText: 'sum + price, 0' }).waitFor();
    assert.equal(await oskar.page.locator('.diff-line.removed').count(), 1);
    await oskar.screenshot('team-diff');
    await oskar.page.keyboard.press('Escape');
    await oskar.page.locator('.card', { hasText: 'Fix the empty basket' }).dblclick();
    const downloading = oskar.page.waitForEvent('download');
    await oskar.page.getByRole('button', { name: 'Download Proof' }).click();
    const download = await downloading;
    const bytes = readFileSync(await download.path());
    assert.equal(bytes.subarray(0, 4).toString('latin1'), 'PK\u0003\u0004');
    assert.ok(bytes.includes('fix.diff'), 'the patch is in it');
    assert.deepEqual(oskar.errors, []);
  });

  it('lets a viewer look, and says why they may do no more', async () => {
    await open('oskar');
    const vera = await open('vera');
    await vera.see('vera, viewer');
    const title = 'Fix the empty basket';
    // What happened last names the task too, and may be there first.
    await vera.page.locator('.card', { hasText: title }).click({ button: 'right' });
    const retry = vera.page.getByRole('menuitem', { name: 'Retry Task', exact: true });
    assert.equal(await retry.getAttribute('aria-disabled'), 'true');
    assert.match((await retry.getAttribute('title')) ?? '', /Viewers can watch\. Ask an admin/);
    await vera.page.keyboard.press('Escape');
    const why = 'Viewers can watch. Ask an admin to make you an operator.';
    const create = vera.page.getByRole('button', { name: /^New Task/ }).first();
    assert.deepEqual([await create.getAttribute('aria-disabled'), await create.getAttribute('title')], ['true', why]);
    await vera.page.keyboard.press('c');
    await vera.page.getByRole('status').getByText(why).waitFor();
    await vera.page.goto(`${tower.openUrl}/?create=true`);
    await vera.page.locator('.card', { hasText: title }).waitFor();
    assert.equal(await vera.page.getByRole('region', { name: 'New task' }).count(), 0);
    // Whatever the page does, the tower is asked with the same cookie.
    const status = await vera.page.evaluate(async () => (await fetch('/api/queue/pause', { method: 'POST', body: '{}' })).status);
    assert.equal(status, 403);
    await vera.page.getByRole('button', { name: 'Logs', exact: true }).click();
    await vera.page.waitForURL(/\/logs$/);
    await vera.see('The sum of nothing is 0 now.');
  });

  it('goes on by itself when the tower comes back, and when the session ends asks for a sign-in', async () => {
    const oskar = await open('oskar');
    const port = new URL(tower.openUrl).port;
    await tower.stop('SIGKILL');
    await oskar.see(/Not connected since/);
    await tower.restart(['--port', port]);
    await oskar.page
      .getByText(/Not connected since/)
      .first()
      .waitFor({ state: 'hidden' });
    const [page] = oskar.page.context().pages();
    assert.ok(page);
    await oskar.page.evaluate(() => fetch('/api/session', { method: 'DELETE' }));
    await oskar.page.waitForURL(/\/sign-in/);
  });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`looks right in ${colorScheme}, wide and at 390 px`, async () => {
      for (const [size, viewport] of [
        ['wide', { width: 1280, height: 800 }],
        ['narrow', { width: 390, height: 844 }],
      ] as const) {
        const anna = await open('anna', { colorScheme, viewport });
        for (const path of ['/', '/agents', '/analytics', '/logs', '/evidence']) {
          await anna.page.goto(`${tower.openUrl}${path}`);
          await anna.page.getByRole('navigation', { name: 'Parts of the tower' }).waitFor();
          await anna.page.waitForLoadState('networkidle');
          const wider = await anna.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wider <= 0, `${path} is ${wider} px wider than the screen`);
          await anna.screenshot(`team-${path.slice(1) || 'tasks'}-${size}-${colorScheme}`);
        }
        assert.deepEqual(anna.errors, []);
      }
    });
});
