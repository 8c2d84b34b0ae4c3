import assert from 'node:assert/strict';
import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage, root } from '../support/editorStage';
import { isThorough } from '../support/thorough';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

describe('The Dashboard in the editor', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    const slow = ['node', '-e', 'let n = 0; setInterval(() => console.log(JSON.stringify({ progress: Math.min(0.9, ++n / 10) })), 200)'];
    stage = await EditorStage.open({
      'tasktower.agents': [
        { name: 'Slow', command: slow, skills: ['slow'] },
        { name: 'Broken', command: ['node', '-e', "console.error('no such file'); process.exit(2)"], skills: ['broken'] },
      ],
    });
    window = await stage.window();
    await window.openSideBar();
    stage.run('node', [join(root, 'examples', 'agents', 'browser', 'agent.mjs')]);
    await window.waitForRow('Agents', /Browser idle/, 60_000);
    await window.waitForRow('Agents', /Slow idle/, 60_000);
  });

  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  const ask = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> =>
    (await rest((await stage.address()).url, stage.person, method, path, body)).body;
  const is = (number: number, status: string): Promise<unknown> =>
    until(`#${number} to be ${status}`, async () => (await ask('GET', `/api/tasks/${number}`)).status === status, 90_000);
  const card = (number: number) => window.panel().getByRole('listitem', { name: new RegExp(`^#${number} `) });
  const queue = async (text: string, skills: string, proof?: string): Promise<void> => {
    const panel = window.panel();
    await panel
      .getByRole('button', { name: /^New Task/ })
      .first()
      .click();
    await panel.getByRole('textbox', { name: /^What should be done/ }).fill(text);
    if (proof) await panel.getByRole('button', { name: proof }).click();
    if (!(await panel.getByRole('textbox', { name: 'Skills' }).isVisible())) await panel.getByText('More', { exact: true }).click();
    await panel.getByRole('textbox', { name: 'Skills' }).fill(skills);
    await panel.getByRole('button', { name: 'Queue Task' }).click();
  };

  it('makes a task by its form, shows its progress moving, and opens its diff from the card', async function () {
    this.timeout(150_000);
    await window.command('Tasktower: Open Dashboard');
    await window.panel().getByText('Nothing needs you.').waitFor({ timeout: 30_000 });
    await queue('Audit index.html', 'browser', 'My sign-off');
    await card(1).getByRole('progressbar').waitFor({ timeout: 60_000 });
    const first = Number(await card(1).getByRole('progressbar').getAttribute('aria-valuenow'));
    await until('progress', async () => {
      const bar = card(1).getByRole('progressbar');
      return (await bar.count()) === 0 || Number(await bar.getAttribute('aria-valuenow', { timeout: 1000 }).catch(() => '101')) > first;
    });
    await is(1, 'review');
    await card(1).getByRole('button', { name: 'Review #1', exact: true }).click();
    await window.panel().getByText('First picture of this name.').first().waitFor({ timeout: 30_000 });
    await window.panel().locator('body').press('a');
    await window
      .panel()
      .getByText(/^Accepted index@/)
      .last()
      .waitFor();
    await window.panel().locator('body').press('a');
    await is(1, 'completed');
    const page = join(stage.workspace, 'index.html');
    writeFileSync(page, readFileSync(page, 'utf8').replace('</head>', '<style>h1 { color: #b00020 !important }</style></head>'));
    await window.command('Tasktower: Open Dashboard');
    await queue('Audit index.html', 'browser', 'My sign-off');
    await is(2, 'review');
    await card(2).getByRole('button', { name: 'Review #2', exact: true }).click();
    await window
      .panel()
      .getByText(/% changed/)
      .first()
      .waitFor({ timeout: 30_000 });
  });

  it('cancels a task from its own menu, which is the menu of the tree', async function () {
    this.timeout(90_000);
    await window.command('Tasktower: Open Dashboard');
    await queue('Take your time', 'slow');
    await card(3).getByRole('progressbar').waitFor({ timeout: 30_000 });
    await card(3).hover();
    await card(3).getByRole('button', { name: 'More actions for #3' }).click();
    await window.choose('Cancel Task');
    await window.page.getByRole('button', { name: /^Cancel Task/ }).click();
    await is(3, 'cancelled');
    await window
      .panel()
      .getByText(/#3 cancelled/)
      .first()
      .waitFor();
  });

  it('shows a failure first, and retries all that failed', async function () {
    this.timeout(90_000);
    await queue('Read the file', 'broken');
    await is(4, 'failed');
    await window
      .panel()
      .getByRole('region', { name: 'Needs you' })
      .getByText(/#4 Read the file/)
      .waitFor();
    const said = (): Promise<string | undefined> =>
      window.notifications().then((texts) => texts.find((text) => text.startsWith('bakery: #4 Read the file failed after ')));
    assert.match(await until('the notification', said, 30_000), /no such file/);
    await window.pressInNotification(/^Show Logs$/);
    await until('its log', async () => /no such file/.test(await window.editorText()));
    await window.command('Tasktower: Open Dashboard');
    await window.panel().getByRole('button', { name: 'More actions', exact: true }).click();
    await window.panel().getByRole('menuitem', { name: 'Retry All Failed' }).click();
    await until('the second attempt', async () => Number((await ask('GET', '/api/tasks/4')).attempt) >= 2, 30_000);
    await is(4, 'failed');
  });

  it('has no serious finding of axe in any of the panels, in any kind of theme', async function () {
    this.timeout(240_000);
    const opened: Record<string, () => Promise<void>> = {
      Dashboard: () => card(2).last().waitFor(),
      Evidence: async () => {
        await card(2).getByRole('button', { name: 'Review #2', exact: true }).click();
        await window
          .panel()
          .getByText(/% changed/)
          .first()
          .waitFor();
      },
      Logs: () => window.panel().getByRole('log').waitFor(),
      Analytics: () => window.panel().getByRole('heading', { level: 3 }).first().waitFor(),
    };
    for (const theme of isThorough ? (['light', 'dark', 'high-contrast'] as const) : (['dark'] as const)) {
      await window.theme(theme);
      for (const [name, isShown] of Object.entries(opened)) {
        if (name !== 'Evidence') await window.command(`Tasktower: Open ${name}`);
        await isShown();
        await window.screenshot(`${name.toLowerCase()}-${theme}`);
        assert.deepEqual(await window.violations(), [], `${name}, ${theme}`);
      }
    }
  });
});
