import assert from 'node:assert/strict';
import { heldElements } from '../../support/heldElements';
import { LogsScene } from '../../support/logsPage';
import { logsStage } from '../../support/logsStage';
import { until } from '../../support/until';

const ESC = '\u001b';
const HTML = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>';

/** Two agents at work, with a log of so many plain lines. */
function busyScene(lines: number): { scene: LogsScene; review: string; check: string } {
  const scene = new LogsScene();
  const review = scene.work('Code Gen', 'Review auth module');
  const check = scene.work('Browser', 'Check docs for links');
  for (let n = 0; n < lines; n++) scene.line(n % 3 === 0 ? check : review, `Reading file ${n}`);
  return { scene, review, check };
}

/** One of each thing that a log may hold. */
function paintedScene(): LogsScene {
  const { scene, review, check } = busyScene(60);
  scene.line(review, '2 deprecated calls in token.ts:41', { level: 'warn' });
  scene.line(check, 'net::ERR_CONNECTION_REFUSED at http://localhost:3000\n    at connect (net.js:1)\n    at main (app.js:9)', {
    level: 'error',
  });
  scene.line(
    review,
    `${ESC}[32m✓${ESC}[0m 41 passed ${ESC}[1;31m2 failed${ESC}[0m ${ESC}[2K${ESC}]8;;http://evil.test${ESC}\\click${ESC}]8;;${ESC}\\`,
  );
  scene.line(review, 'result {"tests": 43, "failed": ["cart", "login"], "seconds": 3.2, "isFlaky": false}');
  scene.line(review, '```ts');
  scene.line(review, 'export const total = (cart: Item[]) => cart.reduce((sum, { price }) => sum + price, 0); // all of it');
  scene.line(review, "if (total !== 3) throw new Error('no');");
  scene.line(review, '```');
  scene.line(check, 'user\u202etxt.exe', { level: 'debug' });
  scene.line(check, HTML);
  scene.line(check, `begin ${'x'.repeat(30_000)}`);
  return scene;
}

describe('The Logs panel', function () {
  this.timeout(60_000);
  const stage = logsStage();

  it('shows the newest lines and goes along with new ones, all columns aligned', async () => {
    const { scene, review } = busyScene(2000);
    const panel = await stage.open(scene);
    await panel.seeRow('Reading file 1999');
    await panel.live([scene.line(review, 'And on')]);
    await panel.seeRow('And on');
    const rows = await panel.rows();
    assert.equal(rows.at(-1), 'And on');
    assert.ok(rows.length >= 34, `${rows.length} rows`);
    const lefts = await panel.page
      .locator('.row .text')
      .evaluateAll((texts) => [...new Set(texts.map((text) => text.getBoundingClientRect().left))]);
    assert.equal(lefts.length, 1);
  });

  it('stands still once a person has scrolled up, counts what is new, and goes on with End', async () => {
    const { scene, review } = busyScene(2000);
    const panel = await stage.open(scene);
    await panel.seeRow('Reading file 1999');
    await panel.page.mouse.move(600, 400);
    await panel.page.mouse.wheel(0, -1000);
    const follow = panel.page.getByRole('button', { name: 'Follow New Lines' });
    await until('the pause', async () => (await follow.getAttribute('aria-pressed')) === 'false');
    const before = await panel.rows();
    await panel.live(Array.from({ length: 128 }, (_, n) => scene.line(review, `new ${n}`)));
    await panel.page.getByRole('button', { name: '128 new lines, End' }).waitFor();
    assert.deepEqual(await panel.rows(), before);
    await panel.page.locator('.lines').press('End');
    await panel.seeRow('new 127');
    assert.equal(await follow.getAttribute('aria-pressed'), 'true');
    assert.equal(await panel.page.locator('.pill').count(), 0);
  });

  it('goes along with new lines when it has become taller', async () => {
    const { scene, review } = busyScene(2000);
    const panel = await stage.open(scene, { height: 400 });
    await panel.seeRow('Reading file 1999');
    await panel.page.setViewportSize({ width: 1200, height: 700 });
    // The browser scrolls a box that becomes taller, and may say so before it tells the new size.
    await panel.page.locator('.lines').evaluate((lines: HTMLElement) => {
      lines.style.minHeight = '1000px';
      lines.getBoundingClientRect();
      lines.dispatchEvent(new Event('scroll'));
      lines.style.minHeight = '';
    });
    await panel.live([scene.line(review, 'And on')]);
    await panel.seeRow('And on');
    assert.equal(await panel.page.getByRole('button', { name: 'Follow New Lines' }).getAttribute('aria-pressed'), 'true');
  });

  it('holds no element of a line that has run through', async () => {
    const { scene, review } = busyScene(100);
    const panel = await stage.open(scene);
    for (let burst = 0; burst < 100; burst++) {
      await panel.live(Array.from({ length: 10 }, (_, n) => scene.line(review, `burst ${burst} line ${n}`)));
      await panel.seeRow(`burst ${burst} line 9`);
    }
    const shown = await panel.page.locator('*').count();
    const held = await heldElements(panel.page);
    assert.ok(held < 2 * shown, `${held} elements are held, ${shown} are in the page`);
  });

  it('reads older lines as one scrolls, without moving what is in sight, and newer ones back to the end', async () => {
    const { scene } = busyScene(30_000);
    const panel = await stage.open(scene);
    await panel.seeRow('Reading file 29999');
    const log = panel.page.locator('.lines');
    await log.press('ArrowUp');
    let seen = 30_000;
    for (let step = 0; step < 40; step++) {
      const first = (await panel.rows())[0] ?? '';
      const number = Number(/\d+$/.exec(first)?.[0]);
      assert.ok(number <= seen, `${first} after ${seen}`);
      seen = number;
      await panel.page.mouse.move(600, 400);
      // At the end of what is read a turn of the wheel does nothing; a person turns it again.
      await until('older lines', async () => {
        await panel.page.mouse.wheel(0, -6000);
        return Number(/\d+$/.exec((await panel.rows())[0] ?? '')?.[0]) < number;
      });
    }
    assert.ok(seen < 25_000, String(seen));
    const held = await log.evaluate((lines) => lines.scrollHeight / 20);
    assert.ok(held <= 5_000, `${held} lines`);
    await log.press('Home');
    await panel.seeRow('Reading file 0');
    await log.press('End');
    await panel.seeRow('Reading file 29999');
  });

  it('finds, marks and counts; goes from hit to hit beyond what is here; a bad expression says why', async () => {
    const { scene, review } = busyScene(9000);
    for (const number of [50, 4000, 8990])
      Object.assign(scene.log.lines[number] ?? {}, { text: `Found the needle ${number}`, level: 'error' });
    const panel = await stage.open(scene);
    await panel.seeRow('Reading file 8999');
    await panel.page.keyboard.press('/');
    await panel.page.keyboard.type('needle');
    const found = panel.page.locator('.found');
    await until('the count', async () => (await found.textContent()) === '3');
    await panel.page.keyboard.press('Shift+Enter');
    await until('a position', async () => / of 3$/.test((await found.textContent()) ?? ''));
    const visited = new Set<string>();
    for (let n = 0; n < 3; n++) {
      await until('the current hit in sight', async () => (await panel.page.locator('.row.current .text').count()) === 1);
      visited.add((await panel.page.locator('.row.current .text').textContent()) ?? '');
      const place = await found.textContent();
      await panel.page.keyboard.press('Shift+Enter');
      await until('another hit', async () => (await found.textContent()) !== place);
    }
    assert.deepEqual([...visited].sort(), ['Found the needle 4000', 'Found the needle 50', 'Found the needle 8990']);
    await panel.live([scene.line(review, 'One more needle')]);
    await until('the new hit', async () => / of 4$/.test((await found.textContent()) ?? ''));
    await panel.page.getByRole('button', { name: 'Use Regular Expression' }).click();
    await panel.page.getByRole('textbox', { name: 'Find in logs' }).fill('needle (');
    await panel.page.getByText('Unterminated group').waitFor();
    assert.match((await found.textContent()) ?? '', / of 4$|^4$/);
  });

  it('shows matches alone with lines around them, and jumps from one to every line', async () => {
    const { scene } = busyScene(3000);
    for (const number of [50, 1500, 2900]) Object.assign(scene.log.lines[number] ?? {}, { text: `Found the needle ${number}` });
    const panel = await stage.open(scene);
    await panel.page.getByRole('textbox', { name: 'Find in logs' }).fill('needle');
    await panel.page.getByRole('button', { name: 'Only Matching Lines' }).click();
    await until('three rows', async () => (await panel.rows()).length === 3);
    await panel.page.getByRole('combobox', { name: 'Lines around each match' }).selectOption('1');
    await until('nine rows', async () => (await panel.rows()).length === 9);
    assert.deepEqual((await panel.rows()).slice(3, 6), ['Reading file 1499', 'Found the needle 1500', 'Reading file 1501']);
    await panel.page.getByRole('textbox', { name: 'Find in logs' }).press('Enter');
    await panel.page.getByRole('textbox', { name: 'Find in logs' }).press('Control+Enter');
    await panel.seeRow('Reading file 40');
    assert.ok((await panel.rows()).includes('Found the needle 50'));
    await panel.page.getByRole('button', { name: 'Back to the Filter' }).click();
    await until('nine rows again', async () => (await panel.rows()).length === 9);
  });

  it('hides by agent, task, level and time, says when nothing is left, and keeps the filter', async () => {
    const { scene, review } = busyScene(300);
    scene.line(review, 'Broken', { level: 'error' });
    const panel = await stage.open(scene);
    const { page } = panel;
    await page.getByRole('button', { name: 'All agents' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Browser' }).click();
    await page.keyboard.press('Escape');
    await until('the lines of one agent', async () => (await panel.rows()).every((row) => Number(/\d+$/.exec(row)?.[0]) % 3 === 0));
    await page.getByRole('button', { name: 'All levels' }).click();
    await page.getByRole('menuitemradio', { name: 'Errors', exact: true }).click();
    await page.getByText('No lines match.').waitFor();
    await page.getByRole('button', { name: 'Clear Agents' }).click();
    await panel.seeRow('Broken');
    await page.getByRole('button', { name: 'All tasks' }).click();
    await page.getByRole('menuitemcheckbox', { name: '#1 Review auth module' }).click();
    await page.keyboard.press('Escape');
    await until('the task column to go', async () => (await page.locator('.row .task').first().isVisible()) === false);
    const kept = { scope: { level: 'error', taskIds: [review] }, wrap: false, hidden: [] };
    await until('the filter to be kept', async () => JSON.stringify((await panel.said('panel/keep')).kept) === JSON.stringify(kept));
    await panel.reload();
    assert.deepEqual(await panel.rows(), ['Broken']);
    await page.getByRole('button', { name: 'Clear Level' }).click();
    await panel.seeRow('Reading file 298');
  });

  it('folds, colours and shows what would act as marks; a very long line is cut', async () => {
    const panel = await stage.open(paintedScene());
    const { page } = panel;
    await panel.seeRow('2 more lines');
    const rows = await panel.rows();
    assert.ok(rows.includes('✓ 41 passed 2 failed ESC[2Klinkclicklink'), rows.join('\n'));
    assert.ok(rows.some((row) => /^ts, 2 lines export const total/.test(row)));
    assert.ok(rows.includes('user[U+202E]txt.exe'));
    assert.equal(await page.locator('.fg-2').first().textContent(), '✓');
    assert.equal(await page.locator('a[href], .lines img, .lines script, .lines b').count(), 0);
    assert.ok(rows.includes(HTML));
    assert.equal(await page.title(), 'Logs');
    await page.getByRole('button', { name: 'Open JSON' }).click();
    await panel.seeRow('  "tests": 43,');
    await page.getByRole('button', { name: 'Open ts' }).click();
    await until('coloured code', async () => (await page.locator('.token-comment').textContent()) === '// all of it');
    await page.getByRole('button', { name: 'Open Lines' }).click();
    await panel.seeRow('    at connect (net.js:1)');
    await panel.screenshot('logs-painted');
    await page.getByRole('button', { name: 'Show all 30.0 kB' }).click();
    assert.match((await panel.said('panel/line')).place ?? '', /:/);
    assert.deepEqual(await panel.violations(), []);
  });

  it('has every colour of a terminal readable in light and dark', async () => {
    for (const theme of ['light', 'dark'] as const) {
      const { scene, review } = busyScene(1);
      for (let colour = 0; colour < 16; colour++) scene.line(review, `${ESC}[38;5;${colour}mcolour ${colour}${ESC}[0m`);
      const panel = await stage.open(scene, { theme });
      await panel.seeRow('colour 15');
      const colours = await panel.page.locator('.text > span').evaluateAll((texts) => texts.map((text) => getComputedStyle(text).color));
      assert.ok(new Set(colours).size > 9, colours.join());
      assert.deepEqual(await panel.violations(), []);
    }
  });

  it('selects lines by their times and copies them raw, with columns and as JSON', async () => {
    const { scene } = busyScene(200);
    Object.assign(scene.log.lines[197] ?? {}, { text: `${ESC}[31mred${ESC}[0m \u202etext` });
    const panel = await stage.open(scene);
    await panel.seeRow('Reading file 199');
    const time = (row: string) => panel.page.locator('.row', { hasText: row }).locator('.time');
    await time('Reading file 196').click();
    await time('Reading file 198').click({ modifiers: ['Shift'] });
    await panel.page.locator('.lines').focus();
    await panel.page.keyboard.press('Control+Shift+C');
    const columns = (await panel.said('panel/copy')).text.split('\n');
    assert.equal(columns.length, 3);
    assert.match(columns[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} {2}I {2}Code Gen {2}#1 {2}Reading file 196$/);
    await panel.page.keyboard.press('Control+C');
    await until('the raw copy', async () => (await panel.said('panel/copy')).text === 'Reading file 196\nred text\nReading file 198');
    const key = scene.log.lines[198]?.place ?? '';
    await panel.send({ method: 'panel/act', params: { action: 'copyJson', key } });
    await until('the copy as JSON', async () => {
      const copied = JSON.parse((await panel.said('panel/copy')).text.replace(/^Reading.*/s, 'null')) as
        | { text: string; task: string }[]
        | null;
      return copied?.length === 3 && copied[2]?.task === '#2';
    });
    await panel.send({ method: 'panel/act', params: { action: 'filterAgent', key } });
    await until('one agent', async () => (await panel.page.getByRole('button', { name: 'Clear Agents' }).count()) === 1);
  });

  it('says what it exports before it asks for the format, and how far it is', async () => {
    const { scene } = busyScene(2480);
    const panel = await stage.open(scene, { show: { scope: {}, asked: 5 } });
    await panel.page.getByRole('button', { name: 'Export Lines' }).click();
    await panel.page.getByText('Export 2,480 lines as…').waitFor();
    await panel.page.getByRole('menuitem', { name: 'NDJSON' }).click();
    assert.deepEqual(await panel.said('panel/export'), { scope: {}, format: 'ndjson' });
    await panel.send({ method: 'panel/exporting', params: { bytes: 3_200_000 } });
    await panel.page.getByText('Exporting 3.2 MB').waitFor();
    await panel.page.getByRole('button', { name: 'Stop the Export' }).click();
    await panel.said('panel/stopExport');
  });

  it('says where lines were dropped, and reads them when asked', async () => {
    const { scene, review } = busyScene(100);
    const panel = await stage.open(scene);
    await panel.seeRow('Reading file 99');
    scene.line(review, 'missed');
    await panel.live([scene.line(review, 'after')], { 'code-gen': 1204 });
    await panel.seeRow('1,204 lines dropped: Code Gen sent more than 40,000 a secondRead Them');
    await panel.page.getByRole('button', { name: 'Read Them' }).click();
    await panel.seeRow('missed');
  });

  it('says plainly that there is no log, that it cannot be read, and that it is not up to date', async () => {
    const empty = await stage.open(new LogsScene());
    await empty.page.getByText('No log yet. Lines appear here the moment an agent sends one.').waitFor();
    const refused = await stage.open(busyScene(3).scene, {}, 'The disk is away.');
    await refused.page.getByText('The log cannot be shown: The disk is away.').waitFor();
    refused.refusal = undefined;
    await refused.page.getByRole('button', { name: 'Try Again' }).click();
    await refused.seeRow('Reading file 2');
    await refused.send({ method: 'panel/stale', params: { since: Date.now() } });
    await refused.page.getByText(/^Not connected since/).waitFor();
  });

  it('says errors of the one task it is filtered to, and nothing else', async () => {
    const { scene, review, check } = busyScene(30);
    const panel = await stage.open(scene, { show: { scope: { taskIds: [review] }, asked: 1 } });
    await panel.live([
      scene.line(check, 'not mine', { level: 'error' }),
      scene.line(review, 'fine'),
      scene.line(review, 'It broke', { level: 'error' }),
    ]);
    await until('the words', async () => (await panel.page.getByRole('status').allTextContents()).includes('Error: It broke'));
    assert.equal(await panel.page.getByRole('log').getAttribute('aria-live'), 'off');
  });

  it('wraps long lines and stands where it stood', async () => {
    const { scene, review } = busyScene(400);
    for (let n = 0; n < 40; n++) scene.line(review, `${'long words here '.repeat(40)}${n}`);
    const panel = await stage.open(scene);
    await panel.page.getByRole('button', { name: 'Wrap Lines' }).click();
    await until('rows of several lines', async () => (await panel.page.locator('.row').last().boundingBox())?.height !== 20);
    await until('the end', async () => (await panel.rows()).at(-1)?.endsWith('here 39'));
    const overlap = await panel.page
      .locator('.row')
      .evaluateAll((rows) =>
        rows.some(
          (row, index) => index > 0 && row.getBoundingClientRect().top < (rows[index - 1]?.getBoundingClientRect().bottom ?? 0) - 0.5,
        ),
      );
    assert.equal(overlap, false);
  });

  it('is complete at 480 px and in every theme', async () => {
    for (const theme of ['light', 'high-contrast'] as const) {
      const panel = await stage.open(paintedScene(), { theme, width: theme === 'light' ? 480 : 1200 });
      await panel.seeRow('2 more lines');
      await panel.page.getByRole('textbox', { name: 'Find in logs' }).fill('total');
      await until('hits', async () => (await panel.page.locator('.found').textContent()) === '2');
      await panel.page.getByRole('textbox', { name: 'Find in logs' }).press('Enter');
      await panel.page.locator('.row.current').waitFor();
      const over = await panel.page.locator('.toolbar').evaluate((toolbar) => toolbar.scrollWidth - toolbar.clientWidth);
      assert.equal(over, 0);
      assert.deepEqual(await panel.violations(), []);
      await panel.screenshot(`logs-${theme}`);
    }
  });
});
