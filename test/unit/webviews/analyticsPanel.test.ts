import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import type { KeptAnalytics } from '../../../src/webviews/protocol';
import { analytics, day, outcomes, period, times, week } from '../../support/analyticsSample';
import { analyticsStage } from '../../support/analyticsStage';
import { isThorough } from '../../support/thorough';
import { until } from '../../support/until';

const DAY_MS = 86_400_000;
const kept = (change: Partial<KeptAnalytics>): KeptAnalytics => ({
  days: 7,
  filter: { group: 'day' },
  tables: ['worth'],
  views: {},
  ...change,
});

describe('The Analytics panel', function () {
  this.timeout(60_000);
  const open = analyticsStage();

  it('answers six questions in sentences, with one line about all of it', async () => {
    const panel = await open();
    await panel.drawn();
    assert.deepEqual(await panel.titles(), [
      '34 tasks finished, most on Tuesday',
      '85% completed (29 of 34), 3 points up',
      'Median 3m 10s; waiting is 18% of it',
      'Browser was busy 61% of its time',
      'Kimi: cheapest per accepted task ($0.09, n=14)',
      '~$3.18 in 7 days ($0.40 of it estimated); 4 runs unknown',
    ]);
    assert.equal(
      await panel.page.locator('.summary').textContent(),
      '34 finished · 29 completed (85%) · median 3m 10s · ~$3.18 + 4 unknown · 82% of runs reported usage (28 of 34)',
    );
  });

  it('asks for whole days up to today, again when range, group or a filter changes, and keeps them', async () => {
    const panel = await open();
    await panel.drawn();
    const midnight = new Date().setHours(0, 0, 0, 0);
    const [first] = panel.asked;
    assert.equal(first?.from, new Date(midnight).setDate(new Date(midnight).getDate() - 6));
    assert.equal(first?.to, new Date(midnight).setDate(new Date(midnight).getDate() + 1));
    await panel.page.getByRole('radio', { name: 'All' }).click();
    await panel.page.getByRole('radio', { name: 'Week' }).click();
    await panel.page.getByRole('button', { name: 'All agents' }).click();
    await panel.page.getByRole('menuitemcheckbox', { name: 'Code Gen' }).click();
    await panel.page.getByRole('menuitemcheckbox', { name: 'Kimi' }).click();
    await panel.page.keyboard.press('Escape');
    await panel.page.getByRole('button', { name: 'All kinds' }).click();
    await panel.page.getByRole('menuitemcheckbox', { name: 'review' }).click();
    await panel.page.getByLabel('Workspace').selectOption({ label: 'bakery' });
    const filter = { group: 'week', agents: ['code-gen', 'kimi'], kinds: ['review'], folder: '/home/you/bakery' };
    await until('the last question', () => panel.asked.at(-1)?.folder !== undefined);
    assert.deepEqual(panel.asked.at(-1), filter);
    assert.deepEqual(panel.toldBy('panel/keep').at(-1), { kept: kept({ days: 'all', filter: filter as KeptAnalytics['filter'] }) });
    await panel.page.getByRole('button', { name: '2 agents' }).waitFor();

    // What the editor kept counts, not what it last saved of the tab.
    panel.keptNow = panel.toldBy('panel/keep').at(-1)?.kept;
    await panel.page.evaluate(() => sessionStorage.setItem('state', JSON.stringify({ days: 90, filter: { group: 'day' } })));
    const asked = panel.asked.length;
    await panel.page.reload();
    await panel.drawn();
    assert.deepEqual(panel.asked[asked], filter);
  });

  it('takes a range of its own, and says when that is backwards', async () => {
    const panel = await open(week(), { kept: kept({ days: { from: day(2), to: day(9) } }) });
    await panel.drawn();
    assert.deepEqual([panel.asked[0]?.from, panel.asked[0]?.to], [day(2), day(9)]);
    const [from, to] = ['From', 'to'].map((name) => panel.page.getByRole('textbox', { name, exact: true }));
    assert.ok(from && to);
    assert.deepEqual([await from.inputValue(), await to.inputValue()], ['2026-11-02', '2026-11-08']);
    await from.fill('2026-11-04');
    await until('the new range', () => panel.asked.at(-1)?.from === day(4));
    await from.fill('2026-11-10');
    await panel.page.getByText('The first day is after the last one.').waitFor();
    assert.equal(panel.asked.at(-1)?.from, day(4));
  });

  it('asks again half a second after a task ended, once for a burst', async () => {
    const panel = await open();
    await panel.drawn();
    const ids = ['1', '2', '3'].map((title) => panel.bench.create(title).id);
    await panel.catchUp();
    const before = panel.asked.length;
    panel.analytics = analytics({
      outcomes: outcomes(37),
      durations: times(37),
      periods: [period(2, { outcomes: outcomes(37) })],
      kinds: ['task'],
    });
    for (const taskId of ids) {
      const attempt = panel.bench.run(panel.bench.task(taskId), panel.bench.join('Kimi'));
      panel.bench.do({ type: 'ReportResult', taskId, attempt, result: 'Done.' }, { kind: 'agent', name: 'kimi' });
      await panel.catchUp();
    }
    await panel.page.getByText('37 tasks finished').first().waitFor();
    assert.equal(panel.asked.length, before + 1);
  });

  it('opens the tasks behind a bar on a click, and behind a row on Enter', async () => {
    const panel = await open();
    await panel.drawn();
    await panel.figure('How much was done?').locator('.mark-rect path').first().click();
    await until('the first search', () => panel.toldBy('panel/tasks').length === 1);
    await panel.figure('Are agents used?').getByRole('radio', { name: 'Table' }).click();
    await panel.figure('Are agents used?').getByRole('button', { name: 'Code Gen' }).focus();
    await panel.page.keyboard.press('Enter');
    await until('the second search', () => panel.toldBy('panel/tasks').length === 2);
    const [bar, row] = panel.toldBy('panel/tasks').map(({ search }) => search);
    assert.match(String(bar), /^status:(completed|failed|cancelled) after:2026-11-0[2-6] before:2026-11-0[3-7]$/);
    assert.equal(row, 'status:failed status:cancelled status:completed agent:"Code Gen" after:2026-11-02 before:2026-11-09');
  });

  it('says what is pointed at in three lines at most, beside the pointer', async () => {
    const panel = await open();
    await panel.drawn();
    await panel.figure('What does it cost?').locator('.mark-rect path').first().hover();
    const tooltip = panel.page.locator('.tooltip');
    await tooltip.waitFor();
    assert.match((await tooltip.innerText()).replaceAll('\n', ' | '), /^\w{3}, \d Nov 2026 \| [\w ]+: ~?\$\d\.\d\d( estimated)?$/);
    assert.equal(await tooltip.evaluate((box) => getComputedStyle(box).fontSize), '12px');
    await panel.page.mouse.move(1, 1);
    await tooltip.waitFor({ state: 'detached' });
  });

  it('shows the figures as a table that is sorted by its headings, and remembers the shape', async () => {
    const panel = await open();
    await panel.drawn();
    const figure = panel.figure('How much was done?');
    await figure.getByRole('radio', { name: 'Table' }).click();
    const rows = () =>
      figure.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent).join(' ')));
    assert.deepEqual((await rows())[1], 'Tue, 3 Nov 2026 10 1 1 12');
    assert.equal((await rows()).length, 5);
    const heading = figure.getByRole('columnheader', { name: 'Failed' });
    await heading.getByRole('button').click();
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    assert.match((await rows()).at(-1) ?? '', / 0 0 2$| 7 0 1 8$/);
    assert.equal(await figure.locator('caption').textContent(), '34 tasks finished, most on Tuesday');
    assert.deepEqual(panel.toldBy('panel/keep').at(-1), { kept: kept({ tables: ['worth', 'done'] }) });
    await figure.getByRole('radio', { name: 'Chart' }).click();
    await figure.locator('svg').first().waitFor();
    // A screen reader gets the table also then.
    assert.equal(await figure.locator('.heard caption').count(), 1);
  });

  it('has a second view of times, and of costs by model', async () => {
    const panel = await open();
    await panel.drawn();
    await panel.page.getByRole('radio', { name: 'Waiting' }).click();
    await panel.figure('How long does it take?').locator('.mark-area').first().waitFor();
    await panel.page.getByRole('radio', { name: 'Model' }).click();
    await panel.figure('What does it cost?').getByText('kimi-large').first().waitFor();
    assert.deepEqual(panel.toldBy('panel/keep').at(-1), { kept: kept({ views: { time: 'sum', cost: 'model' } }) });
  });

  it('exports figures as CSV, and charts with the colours of the theme on its background', async () => {
    const panel = await open(week(), { theme: 'dark' });
    await panel.drawn();
    const choose = async (menu: string, entry: string): Promise<Record<string, unknown>> => {
      const before = panel.toldBy('panel/save').length;
      await panel.page.getByRole('button', { name: menu }).click();
      await panel.page.getByRole('menuitem', { name: entry }).click();
      return until(`the ${entry}`, () => panel.toldBy('panel/save')[before]);
    };
    const table = await choose('Export: How much was done?', 'Export CSV');
    assert.match(String(table.name), /^tasktower-done-\d{4}-\d\d-\d\d\.csv$/);
    assert.match(String(table.text), /^period,completed,cancelled,failed,finished\r\n2026-11-0\dT[\d:.]+Z,6,0,1,7\r\n/);
    assert.equal(String(table.text).trim().split('\r\n').length, 8);

    const { name, text } = await choose('Export all charts', 'Export SVG');
    assert.match(String(name), /^tasktower-analytics-.*\.svg$/);
    assert.doesNotMatch(String(text), /var\(/);
    assert.match(String(text), /<rect width="100%" height="100%" fill="rgb\(31, 31, 31\)"\/>/);
    assert.match(String(text), /rgb\(137, 209, 133\)/);
    assert.match(String(text), />34 tasks finished, most on Tuesday</);
    assert.match(String(text), />Kimi: cheapest per accepted task \(\$0\.09, n=14\)</);

    const { base64 } = await choose('Export: What does it cost?', 'Export PNG');
    const png = PNG.sync.read(Buffer.from(String(base64), 'base64'));
    assert.deepEqual([png.width, [...png.data.subarray(0, 3)]], [(640 + 32) * 2, [31, 31, 31]]);
    const colours = new Set<string>();
    for (let at = 0; at < png.data.length; at += 4) colours.add(png.data.subarray(at, at + 3).join());
    assert.ok(colours.has('89,164,249'), 'a bar in the blue of the theme');
  });

  it('begins with the first finished task, with tables alone below three', async () => {
    const none = await open(analytics());
    await none.page.getByText('Charts start with the first finished task.').waitFor();
    await none.page.getByRole('button', { name: 'New Task' }).click();
    await until('the command', () => none.toldBy('panel/run').length > 0);
    assert.deepEqual(none.toldBy('panel/run'), [{ command: 'tasktower.createTask' }]);

    const few = { outcomes: outcomes(2), durations: times(2), periods: [period(2, { outcomes: outcomes(2) })], kinds: ['task'] };
    const two = await open(analytics(few));
    await two.page.getByText('2 of 2 completed').first().waitFor();
    assert.equal(await two.page.locator('figure svg').count(), 0);
    assert.equal(await two.page.getByRole('radio', { name: 'Chart' }).count(), 0);
    assert.equal(await two.page.locator('figure table').count(), 6);

    const other = await open(analytics({ kinds: ['task'] }), { kept: kept({ filter: { group: 'day', kinds: ['review'] } }) });
    await other.page.getByText('No finished task matches.').waitFor();
    await other.page.getByRole('button', { name: 'Show All' }).click();
    await until('the question without a filter', () => other.asked.at(-1)?.kinds === undefined && other.asked.length > 1);
  });

  it('keeps the title rows when nothing can be computed, and the last figures when it fails later', async () => {
    const failed = await open(week(), { refusal: 'Analytics are not there yet.' });
    await failed.page.getByText('The figures could not be computed: Analytics are not there yet.').waitFor();
    assert.deepEqual((await failed.titles())[0], 'How much was done?');
    await failed.figure('How much was done?').getByRole('button', { name: 'Show Log' }).click();
    await until('the log', () => failed.toldBy('panel/open').length > 0);
    failed.refusal = undefined;
    await failed.page.getByRole('button', { name: 'Try Again' }).click();
    await failed.drawn();

    failed.refusal = 'The history is busy.';
    await failed.page.getByRole('radio', { name: '30 days' }).click();
    await failed.page.getByText('Not up to date: The history is busy.').waitFor();
    assert.equal((await failed.titles())[0], '34 tasks finished, most on Tuesday');
    await failed.tell('panel/stale', { since: Date.now() - DAY_MS });
    await failed.page.getByText(/^Not connected since .*\. Showing the last known board\.$/).waitFor();
    await failed.page.getByRole('button', { name: 'Reconnect' }).click();
    await until('the wish', () => failed.toldBy('panel/run').length > 0);
  });

  it('shows years by week or month, where days would be no chart, and says so', async () => {
    const panel = await open();
    await panel.drawn();
    const days = Array.from({ length: 371 }, (_, index) => period(index - 370));
    const weeks = [2, 9, 16].map((date) => ({ ...period(date, { outcomes: outcomes(3) }), to: day(date + 7) }));
    panel.answers = { day: analytics({ ...week(), periods: days }), week: analytics({ ...week(), periods: weeks }) };
    await panel.page.getByRole('radio', { name: 'All' }).click();
    await panel.page.getByText(/· shown by week: too many for a chart by day$/).waitFor();
    await panel.figure('How much was done?').getByRole('radio', { name: 'Table' }).click();
    await panel.figure('How much was done?').getByRole('rowheader', { name: '9 Nov 2026 to 15 Nov 2026' }).waitFor();
    assert.equal(await panel.page.getByRole('radio', { name: 'Day', exact: true }).getAttribute('aria-checked'), 'true');
  });

  it('stands with its toolbar, titles and tables before the part that draws is there', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const panel = await open(week(), { held });
    await panel.page.getByText('34 tasks finished, most on Tuesday').first().waitFor();
    await panel.figure('Which agent is worth it?').getByRole('rowheader', { name: 'Kimi' }).waitFor();
    assert.equal(await panel.page.locator('figure svg').count(), 0);
    release();
    await panel.drawn();
  });

  it('leaves the tables when the part that draws does not load', async () => {
    const panel = await open(week(), { missing: ['/analyticsCharts.js'] });
    const figure = panel.figure('How much was done?');
    await figure.getByText('This chart could not be computed.').waitFor();
    await figure.getByRole('radio', { name: 'Table' }).click();
    await figure.getByRole('rowheader', { name: 'Tue, 3 Nov 2026' }).waitFor();
  });

  it('follows the theme without drawing anew, and the width by drawing', async () => {
    const panel = await open();
    await panel.drawn();
    const bar = panel.figure('How much was done?').locator('.mark-rect path').first();
    const fill = () => bar.evaluate((element) => getComputedStyle(element).fill);
    assert.equal(await fill(), 'rgb(229, 20, 0)');
    await bar.evaluate((element) => element.setAttribute('data-old', ''));
    await panel.page.evaluate(() => document.documentElement.style.setProperty('--vscode-charts-red', '#123456'));
    assert.equal(await fill(), 'rgb(18, 52, 86)');
    assert.equal(await panel.page.locator('[data-old]').count(), 1);
    await panel.page.setViewportSize({ width: 480, height: 900 });
    await until('narrow charts', async () => Number(await panel.figure('How much was done?').locator('svg').getAttribute('width')) <= 456);
    assert.equal(
      await panel.page.evaluate(() => document.querySelector('main')?.scrollWidth === document.querySelector('main')?.clientWidth),
      true,
    );
  });

  for (const theme of isThorough ? (['light', 'dark', 'high-contrast'] as const) : (['dark'] as const))
    it(`is clean for assistive technology and correct at 1200 and 480 px, ${theme}`, async () => {
      const panel = await open(week(), { theme, height: 1000 });
      await panel.drawn();
      assert.deepEqual(await panel.violations(), []);
      assert.equal(await panel.page.getByRole('figure', { name: '34 tasks finished, most on Tuesday' }).count(), 1);
      await panel.screenshot(`analytics-${theme}`);
      await panel.page.setViewportSize({ width: 480, height: 1900 });
      await until(
        'narrow charts',
        async () => Number(await panel.figure('How much was done?').locator('svg').getAttribute('width')) <= 456,
      );
      assert.deepEqual(await panel.violations(), []);
      await panel.screenshot(`analytics-${theme}-480`);
    });
});
