import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { EditorStage } from '../support/editorStage';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

/** What a newcomer gives it, ms and clicks. */
const PATIENCE = 120_000;
const CLICKS = 4;

describe('The first five minutes', function () {
  let stage: EditorStage;
  let window: Workbench;
  let began = 0;

  before(async function () {
    this.timeout(180_000);
    began = Date.now();
    stage = await EditorStage.open();
    writeFileSync(join(stage.workspace, 'NOTES.md'), 'See [the recipes](recipes.md).\n\nTODO: buy flour\n');
    window = await stage.window();
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  /** The text of the task's document, once it says that the task has ended. */
  const ended = (): Promise<string> =>
    until(
      'the end of the task',
      async () => {
        const text = (await window.editorText()).replace(/\s+/g, ' ');
        return /checked: /.test(text) && /Status: completed/.test(text) ? text : undefined;
      },
      60_000,
    );

  it('from the install of the package to a finished task take less than two minutes and four clicks', async function () {
    this.timeout(PATIENCE);
    let clicks = 0;
    const click = async (control: Locator): Promise<void> => {
      await control.waitFor({ timeout: 60_000 });
      await control.click();
      clicks++;
    };
    await click(window.page.locator('.activitybar').getByRole('tab', { name: /^Tasktower/ }));
    const tryIt = window.view('Tasks').getByRole('button', { name: 'Try It Now' });
    await tryIt.waitFor({ timeout: 60_000 });
    await window.screenshot('first-run-empty');
    await click(tryIt);
    const text = await ended();
    const took = Date.now() - began;
    await window.screenshot('first-run-done');
    assert.match(text, /2 broken links, 1 TODO/);
    assert.match(text, /NOTES\.md:1 The link to recipes\.md leads nowhere/);
    await click(window.row('Tasks', /^Finished/));
    await window.waitForRow('Tasks', /#1 Check the files of bakery/);
    assert.ok(clicks <= CLICKS, `${clicks} clicks`);
    assert.ok(took < PATIENCE, `${took} ms`);
    console.log(`      ${(took / 1000).toFixed(1)} s, ${clicks} clicks`);
  });

  it('show a result that changes with the files', async function () {
    this.timeout(60_000);
    rmSync(join(stage.workspace, 'NOTES.md'));
    await window.command('Tasktower: Try It Now');
    await window.page.getByRole('tab', { name: /^#2/ }).waitFor();
    const text = await ended();
    assert.match(text, /checked: 1 broken link\./);
    assert.doesNotMatch(text, /recipes\.md|TODO:/);
  });

  it('have proof to look at: a report with its findings and numbers', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Open Evidence');
    await window.pick(/#1 Check the files/);
    const page = window.panel();
    await page.getByText('broken-link').first().waitFor();
    await window.screenshot('first-run-proof');
  });

  it('are led by a walkthrough whose steps have pictures in every theme', async function () {
    this.timeout(120_000);
    // Beside a side bar there is no room for pictures.
    await window.command('View: Toggle Primary Side Bar Visibility');
    await window.command('View: Close All Editors');
    await until(
      'the walkthrough',
      async () => {
        await window.command('Tasktower: Get Started');
        await window.page.getByRole('heading', { name: 'Get Started with Tasktower', level: 2 }).waitFor({ timeout: 8_000 });
        return true;
      },
      60_000,
    );
    for (const [step, name] of [
      ['Connect an agent', 'connect'],
      ['Queue a task', 'queue'],
      ['See the proof', 'proof'],
      ['What needs you next', 'next'],
    ] as const) {
      await window.page.locator('.getting-started-step').filter({ hasText: step }).first().click();
      await window.panel().locator('svg').first().waitFor();
      const altText = await window.panel().locator('svg title').first().textContent();
      assert.ok(altText, `${name} has no text`);
      await window.screenshot(`walkthrough-${name}`);
    }
    await window.theme('light');
    await window.screenshot('walkthrough-light');
    await window.theme('dark');
  });
});
