import assert from 'node:assert/strict';
import { percentText } from '../../../src/server/domain/requirement';
import { PanelScene } from '../../support/panelScene';
import { panelStage } from '../../support/panelStage';
import { until } from '../../support/until';

describe('The Evidence panel', function () {
  this.timeout(60_000);
  const stage = panelStage();

  it('groups the pictures by what became of them, and leaves what is unchanged closed', async () => {
    const panel = await stage.open(stage.audit(), { height: 1400 });
    // How many pixels a word takes is another number in each browser.
    const pieces = panel.task.attempts.at(-1)?.evidence ?? [];
    const share = (name: string): string => percentText((pieces.find((piece) => piece.name === name)?.comparison?.ratio ?? NaN) * 100);
    assert.match(share('login'), /^0\.0[1-9]%$/);
    assert.deepEqual(await panel.rows(), [
      'Changed 3',
      `login 1280x800 ${share('login')} not reviewed`,
      `cart 1280x800 ${share('cart')} not reviewed`,
      `long 1280x800 ${share('long')} not reviewed`,
      'New 1',
      'menu 1280x800 new not reviewed',
      'Removed 1',
      'gone 1280x800 removed ',
      'Failed to compare 1',
      'broken 1280x800 not compared not reviewed',
      'Unchanged 3',
    ]);
    await panel.page.getByRole('treeitem', { name: 'Unchanged' }).click();
    assert.equal((await panel.rows()).length, 14);
    await panel.press('/');
    await panel.page.keyboard.type('cont');
    assert.deepEqual(await panel.rows(), ['Unchanged 1', 'contact 1280x800 unchanged ']);
    await panel.page.keyboard.type('zzz');
    await panel.see('No picture matches.');
    await panel.button('Clear Filter').click();
    assert.equal((await panel.rows()).length, 14);
  });

  it('says plainly what a picture shows, and offers no comparison where there is none', async () => {
    const panel = await stage.open();
    const shows = async (name: string): Promise<string[]> => {
      await panel.page.getByRole('treeitem', { name }).click();
      const modes = await panel.page.getByRole('radio').count();
      return [...(await panel.page.locator('.notice > span:nth-child(2)').allTextContents()), `${modes} modes`];
    };
    assert.deepEqual(await shows('login'), ['5 modes']);
    assert.match((await panel.labels()).join(' | '), /^Baseline, accepted .* by you 1280x800 \| Attempt 2, today .* 1280x800$/);
    assert.deepEqual(await shows('long'), ['Size changed 1280x2326 to 1280x2374. Compared on the larger canvas.', '5 modes']);
    assert.deepEqual(await shows('menu'), ['First picture of this name. Nothing to compare with.', '0 modes']);
    assert.deepEqual(await shows('gone'), ['Attempt 2 handed in no picture of this name. The baseline stays as it is.', '0 modes']);
    assert.deepEqual(await shows('broken'), ['This picture cannot be read: truncated PNG after 18 kB.', '0 modes']);
    await panel.page.getByRole('treeitem', { name: 'Unchanged' }).click();
    assert.deepEqual(await shows('about'), ['Nothing new: identical to the baseline.', '0 modes']);
    assert.equal(await panel.button('Accept').count(), 0);
  });

  it('compares in five ways, each by its key', async () => {
    const panel = await stage.open();
    assert.equal(await panel.mode(), 'Side');
    assert.equal(await panel.page.locator('.pane').count(), 2);

    await panel.press('2');
    assert.equal(await panel.mode(), 'Slider');
    const grip = panel.page.getByRole('slider');
    await grip.focus();
    await panel.press('ArrowRight', 'Shift+ArrowRight');
    assert.equal(await grip.getAttribute('aria-valuenow'), '61');
    await panel.press('Home');
    assert.equal(await grip.getAttribute('aria-valuenow'), '0');
    await grip.dblclick();
    assert.equal(await grip.getAttribute('aria-valuenow'), '50');

    await panel.press('3', ']', ']');
    assert.equal(await panel.mode(), 'Onion');
    assert.equal(
      await panel.page
        .locator('.shot')
        .last()
        .evaluate((shot) => getComputedStyle(shot).opacity),
      '0.7',
    );

    await panel.press('4');
    assert.equal(await panel.mode(), 'Blink');
    await until('the baseline to show', async () => (await panel.labels())[0]?.startsWith('Baseline'));
    await until('the attempt to show', async () => (await panel.labels())[0]?.startsWith('Attempt'));

    await panel.press('5');
    assert.equal(await panel.mode(), 'Diff');
    const diff = panel.scene.comparisons.get('piece-3')?.diff;
    const shown = await panel.page
      .locator('.shot')
      .evaluateAll((shots) => shots.map((shot) => [shot.getAttribute('src') ?? '', shot.className] as const));
    assert.equal(shown[0]?.[1], 'shot faint');
    assert.equal(shown[1]?.[0]?.endsWith(diff ?? '?'), true);
    assert.deepEqual(
      panel.told.filter(({ method }) => method === 'panel/mode').map(({ params }) => params.mode),
      ['slider', 'onion', 'blink', 'diff'],
    );
  });

  it('goes from changed area to changed area, with one zoom for both sides', async () => {
    const panel = await stage.open();
    await panel.press('n');
    await panel.see('area 1 of 2');
    assert.match((await panel.page.getByRole('status').first().textContent()) ?? '', /^Area 1 of 2: at x \d+, y \d+, \d+ by \d+ pixels\.$/);
    const layers = () => panel.page.locator('.layer').evaluateAll((all) => all.map((layer) => (layer as HTMLElement).style.transform));
    const [left, right] = await layers();
    assert.equal(left, right);
    assert.equal(await panel.page.locator('.minimap .mark.current').count(), 1);
    await panel.press('f');
    await panel.page.locator('.box').nth(1).click({ force: true });
    await panel.see('area 2 of 2');
    await panel.press('d');
    assert.equal(await panel.page.locator('.box').count(), 0);

    await panel.press('f', '0');
    const pane = await panel.page.locator('.pane-view').first().boundingBox();
    assert.ok(pane);
    const at = { x: pane.x + 100, y: pane.y + 80 };
    const under = () =>
      panel.page
        .locator('.shot')
        .first()
        .evaluate((shot, { x, y }) => {
          const box = shot.getBoundingClientRect();
          return [Math.round(((x - box.left) / box.width) * 1280), Math.round(((y - box.top) / box.height) * 800)];
        }, at);
    const before = await under();
    await panel.page.mouse.move(at.x, at.y);
    await panel.page.keyboard.down('Control');
    await panel.page.mouse.wheel(0, -300);
    await panel.page.keyboard.up('Control');
    await until('the zoom', async () => (await panel.button(/^Zoom \d+%/).textContent()) !== '100%');
    assert.deepEqual(await under(), before);
    assert.equal(...((await layers()) as [string, string]));
  });

  it('holds 500 pictures, of which fewer than 100 are in the page', async () => {
    const scene = new PanelScene('Look at everything');
    const attempt = scene.start();
    const [sha256, baseline] = [scene.keep(stage.pictures.loginNew), scene.keep(stage.pictures.login)];
    const areas = Array.from({ length: 200 }, (_, n) => ({ x: n, y: n * 3, width: 20, height: 2, pixels: 9 }));
    for (let n = 1; n <= 500; n++)
      scene.comparedPicture(attempt, `page-${n}`, sha256, {
        state: 'changed',
        changed: 9,
        ratio: 0.01,
        areas,
        width: 1280,
        height: 800,
        ignore: [],
        baseline,
      });
    const panel = await stage.open(scene);
    const count = async (): Promise<number> => (await panel.rows()).length;
    const most: number[] = [await count()];
    for (const share of [0.2, 0.5, 0.9, 1]) {
      await panel.page.getByRole('tree').evaluate((tree, to) => (tree.scrollTop = tree.scrollHeight * to), share);
      await until('rows at that place', async () =>
        (await panel.rows()).some((row) => row.startsWith(`page-${Math.round(share * 500) - 2} `)),
      );
      most.push(await count());
    }
    await panel.press('g');
    await panel.page.getByRole('tree').focus();
    await panel.press('End');
    await until('the last picture', async () => (await panel.rows()).some((row) => row.startsWith('page-500 ')));
    most.push(await count());
    assert.ok(Math.max(...most) < 100, most.join(' '));
    assert.ok(Math.min(...most) > 4, most.join(' '));
  });

  it('shows a picture whose file comes later, as from a team tower, once it is there', async () => {
    const scene = stage.audit();
    const files = [...scene.files];
    scene.files.clear();
    const panel = await stage.open(scene);
    const gone = panel.page.getByText(/its file is not there any more/);
    await gone.first().waitFor();
    for (const [sha256, bytes] of files) scene.files.set(sha256, bytes);
    await panel.tell('panel/show', panel.showing());
    await until('the picture', async () => (await gone.count()) === 0);
    await panel.page.locator('.shot').first().waitFor();
    // What a browser says of files that are not there.
    panel.errors.splice(0, Infinity, ...panel.errors.filter((error) => !error.includes('404')));
  });
});
