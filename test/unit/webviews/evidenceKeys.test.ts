import assert from 'node:assert/strict';
import { panelStage } from '../../support/panelStage';
import { until } from '../../support/until';

describe('The Evidence panel in use', function () {
  this.timeout(60_000);
  const stage = panelStage();

  it('shows the other picture while Space is held, and nothing blinks where motion is unwanted', async () => {
    const panel = await stage.open(stage.audit(), { reducedMotion: 'reduce' });
    await panel.press('4');
    const seen = new Set<string | undefined>();
    const end = Date.now() + 1600;
    await until('two turns of blinking', async () => {
      seen.add((await panel.labels())[0]?.split(',')[0]);
      return Date.now() > end;
    });
    assert.deepEqual([...seen], ['Attempt 2']);
    await panel.page.keyboard.down(' ');
    assert.match((await panel.labels())[0] ?? '', /^Baseline/);
    await panel.page.keyboard.up(' ');
    assert.match((await panel.labels())[0] ?? '', /^Attempt 2/);
  });

  it('is used by keyboard alone', async () => {
    const panel = await stage.open();
    const trail: string[] = [];
    for (let step = 0; step < 26; step++) {
      await panel.press('Tab');
      trail.push(await panel.focused());
    }
    const order = [
      'tab Pictures8',
      'select Attempt',
      'button Save Bundle',
      'tree Pictures',
      'radio Side',
      'group login@1280x800',
      'textarea Note',
      'button Accept',
    ];
    const places = order.map((start) => trail.findIndex((one) => one.startsWith(start)));
    assert.deepEqual(
      [...places].sort((a, b) => a - b),
      places,
      trail.join('\n'),
    );
    assert.equal(places.includes(-1), false, trail.join('\n'));

    await panel.page.getByRole('tree').focus();
    await panel.press('ArrowDown', 'ArrowDown');
    assert.equal(await panel.title(), 'long@1280x800');
    await panel.press('Enter');
    assert.equal(await panel.page.locator('.header').count(), 0);
    await panel.press('Escape', 'k', 'm');
    assert.equal(await panel.page.getByRole('tab', { selected: true }).textContent(), 'Metrics3');
    await panel.press('m', '?');
    await panel.page.getByRole('dialog').waitFor();
    await panel.press('a', 'Escape');
    assert.equal(await panel.page.getByRole('dialog').count(), 0);
    assert.equal(await panel.title(), 'cart@1280x800');
    assert.deepEqual(panel.commands, []);
  });

  it('lets single keys be turned off', async () => {
    const panel = await stage.open(stage.audit(), { show: { singleKeys: false } });
    await panel.press('a', 'j', '5');
    assert.equal(await panel.title(), 'login@1280x800');
    assert.equal(await panel.mode(), 'Side');
    assert.deepEqual(panel.commands, []);
  });

  it('is where it was after a reload: task, picture, mode, zoom and note', async () => {
    const panel = await stage.open(stage.audit(), { show: { evidenceId: 'piece-3' } });
    await panel.press('j', '2', 'n', '+');
    await panel.page.getByRole('textbox', { name: /^Note/ }).fill('Half a note');
    const zoom = await panel.button(/^Zoom \d+%/).textContent();
    await panel.reload();
    assert.equal(await panel.title(), 'cart@1280x800');
    assert.equal(await panel.mode(), 'Slider');
    assert.equal(await panel.page.getByRole('textbox', { name: /^Note/ }).inputValue(), 'Half a note');
    await until('the zoom', async () => (await panel.button(/^Zoom \d+%/).textContent()) === zoom);
    await panel.tell('panel/show', { ...panel.showing(), evidenceId: 'piece-6' });
    await until('the picture asked for', async () => (await panel.title()) === 'menu@1280x800');
  });
});
