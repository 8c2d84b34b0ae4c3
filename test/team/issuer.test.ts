import assert from 'node:assert/strict';
import { nullLog } from '../../src/server/base/log';
import { TeamSession } from '../../src/server/follower/teamSession';
import { JoinedTower } from '../../src/server/joinedTower';
import { memoryVault } from '../support/memoryVault';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../support/teamBrowser';
import { TeamServe } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { TestIssuer } from '../support/testIssuer';
import { until } from '../support/until';

describe("a team tower whose people sign in at an issuer's page", function () {
  this.timeout(120_000);
  let issuer: TestIssuer;
  let tower: TeamServe;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    issuer = await TestIssuer.start();
    tower = await TeamServe.start(tempFolder(), issuer.options, { TASKTOWER_OIDC_SECRET: issuer.client.secret });
    browser = await openBrowser();
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
  });
  afterEach(() => context.close());
  after(async () => {
    await browser.close();
    await tower.stop();
    await issuer.stop();
    removeTempFolders();
  });

  const signIn = async (name: string): Promise<void> => {
    await page.goto(`${tower.openUrl}/logs`);
    await page.getByRole('link', { name: `Sign in with ${new URL(issuer.url).host}` }).click();
    await page.getByRole('link', { name, exact: true }).click();
  };

  it('lets them in where they wanted to go, renews what they have, and lets them out', async () => {
    // Less than a page wants to have left, so it renews at once.
    issuer.goodFor = 60;
    await signIn('vera');
    await page.waitForURL(`${tower.openUrl}/logs`);
    await page.getByText('vera, viewer').waitFor();
    const cookies = await context.cookies();
    assert.deepEqual(cookies.map(({ name }) => name).sort(), ['tasktower-access', 'tasktower-refresh']);
    for (const { httpOnly, secure, sameSite } of cookies) assert.deepEqual([httpOnly, secure, sameSite], [true, true, 'Strict']);
    await page.goto(tower.openUrl);
    await page.getByText('vera, viewer').waitFor();
    const status = await page.evaluate(async () => (await fetch('/api/queue/pause', { method: 'POST', body: '{}' })).status);
    assert.equal(status, 403);
    await page.goto(`${tower.openUrl}/logs`);
    await page.getByRole('button', { name: /sessions and signing out/ }).click();
    await page.getByRole('button', { name: 'Sign Out' }).click();
    await page.waitForURL(/\/sign-in/);
    assert.deepEqual(await context.cookies(), []);
    await until('the issuer to be told', () => issuer.revoked.length > 0);
  });

  it('lets in an editor with a token of the issuer, in the role that it names, until the token is over', async () => {
    issuer.goodFor = 8;
    const kept = await TeamSession.withToken(tower.openUrl, await issuer.tokenOf('oskar'));
    assert.deepEqual([kept.name, kept.role], ['oskar', 'operator']);
    await assert.rejects(TeamSession.withToken(tower.openUrl, await issuer.tokenOf('nora')), /wrong or over/);
    const session = new TeamSession(tower.openUrl, memoryVault(kept));
    const joined = new JoinedTower({ session, cache: tempFolder(), log: nullLog });
    try {
      await until('the editor to be connected', () => joined.standing.role === 'follower');
      await joined.execute({ type: 'CreateTask', spec: { title: 'By token' } }, { kind: 'person', name: 'you' });
      const standing = await until('the token to be over', () => (joined.standing.role === 'down' ? joined.standing : undefined), 30_000);
      assert.match(standing.reason, /signed out .*Connect to a Tower/);
    } finally {
      await joined.close();
      issuer.goodFor = 300;
    }
  });

  it('says why when it lets nobody in', async () => {
    await signIn('Nobody');
    await page.getByRole('alert').getByText('You were not let in there.').waitFor();
    await page.getByRole('link', { name: /^Sign in with/ }).click();
    await page.getByRole('link', { name: 'nora' }).click();
    await page.getByRole('alert').getByText('have no role on this tower').waitFor();
    assert.deepEqual(await context.cookies(), []);
  });
});
