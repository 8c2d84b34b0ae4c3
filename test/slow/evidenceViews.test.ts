import assert from 'node:assert/strict';
import { PanelScene } from '../support/panelScene';
import { panelStage } from '../support/panelStage';
import { until } from '../support/until';

describe('The views of the Evidence panel', function () {
  this.timeout(60_000);
  const stage = panelStage();

  it('shows every metric with its change, limit and state, and opens findings where they are', async () => {
    const panel = await stage.open();
    await panel.press('m');
    const rows = await panel.page
      .locator('tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].slice(0, 5).map((cell) => cell.textContent?.trim())));
    assert.deepEqual(rows, [
      ['Accessibility', '98', '+4 better', '>= 90', 'met'],
      ['serious', '3', 'first run', '', ''],
      ['minor', '1', 'first run', '', ''],
      ['Performance', '71', '-12 worse', 'none', 'no limit'],
      ['lcp', '2.6s', 'first run', '', ''],
      ['bytes', '913 kB', 'first run', '', ''],
      ['Tests says the agent', '38/41', '3 newly red', 'none', 'no limit'],
      ['failed', '3', '3 newly red', '', ''],
    ]);
    await panel.button('site/login.html:41').click();
    await panel.button('Show in Problems').click();
    await panel.page.getByRole('tab', { name: 'Files' }).click();
    await panel.button('fix.patch').click();
    const opened = panel.told.filter(({ method }) => method === 'panel/open').map(({ params }) => params);
    const base = { taskId: panel.task.id, attempt: 2 };
    assert.deepEqual(opened, [
      { ...base, what: 'file', evidenceId: 'piece-11', file: 'site/login.html', line: 41 },
      { ...base, what: 'problems', evidenceId: 'piece-11' },
      { ...base, what: 'patch', evidenceId: 'piece-14' },
    ]);
  });

  it('shows foreign text as text', async () => {
    const scene = new PanelScene('<img src=x onerror=alert(1)> & "quotes"');
    const attempt = scene.start();
    scene.picture(attempt, '"><script>alert(1)</script>', stage.pictures.menu, null);
    scene.hand(attempt, { kind: 'text', name: '<b>bold</b>', description: '<i>no</i>' });
    const panel = await stage.open(scene);
    assert.equal(await panel.page.getByRole('heading', { level: 1 }).textContent(), '#12 <img src=x onerror=alert(1)> & "quotes"');
    assert.equal(await panel.title(), '"><script>alert(1)</script>@1280x800');
    await panel.page.getByRole('tab', { name: 'Files' }).click();
    await panel.button('<b>bold</b>').waitFor();
  });

  it('says what to do when there is nothing, when it fails and when it is out of date', async () => {
    const scene = new PanelScene('Just begun');
    scene.start();
    const empty = await stage.open(scene);
    await empty.see('No evidence yet. Pictures, metrics and files appear here the moment an agent hands them in.');
    await empty.button('Show Logs').waitFor();

    const broken = await stage.open(stage.audit(), { queryRefusal: 'The disk cannot be read.' });
    await broken.see('The evidence cannot be shown: The disk cannot be read.');
    broken.queryRefusal = undefined;
    await broken.button('Try Again').click();
    await broken.page.getByRole('heading', { level: 1 }).waitFor();

    await broken.tell('panel/stale', { since: Date.now() });
    await broken.see(/^Not connected since .*\. Showing the last known board\.$/);
    await broken.press('a');
    await broken.see(/^Not connected since [^.]*\.$/);
    assert.deepEqual(broken.commands, []);
    await broken.tell('panel/stale', { since: null });
    await until('the banner to go', async () => (await broken.page.locator('.banner').count()) === 0);
  });

  for (const theme of ['light', 'dark', 'high-contrast'] as const)
    it(`has no accessibility fault axe can find, in any view of the ${theme} theme`, async () => {
      const panel = await stage.open(stage.audit(), { theme });
      const look = async (name: string): Promise<void> => {
        await panel.drawn();
        await panel.screenshot(`evidence-${theme}-${name}`);
        assert.deepEqual(await panel.violations(), [], name);
      };
      await look('side');
      await panel.press('j', '2');
      await look('slider');
      await panel.press('3', 'n');
      await look('onion');
      await panel.press('f', '4');
      await look('blink');
      await panel.press('5', 'j');
      await look('diff');
      await panel.press('n', 'n', 'n');
      await look('area');
      await panel.press('a');
      await panel.see('Accepted long@1280x800.');
      await look('new');
      await panel.press('g');
      await look('grid');
      await panel.press('Escape', 'm');
      await look('metrics');
      await panel.page.getByRole('tab', { name: 'Files' }).click();
      await look('files');
      await panel.press('?');
      await look('keys');
      await panel.press('Escape', 'm', 'm', '1', 'k');
      await panel.page.locator('.stage-body').focus();
      await panel.press('Enter');
      await look('filled');
      await panel.press('Escape');
      await panel.page.getByRole('treeitem', { name: 'broken' }).click();
      await look('unreadable');
      await panel.page.getByRole('treeitem', { name: 'cart' }).click();
      await panel.press('r');
      await panel.page.setViewportSize({ width: 480, height: 800 });
      await look('narrow');
      await panel.page.setViewportSize({ width: 600, height: 400 });
      await look('zoomed');
    });
});
