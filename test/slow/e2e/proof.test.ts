import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { createTwoFilesPatch } from 'diff';
import { PNG } from 'pngjs';
import type { Task } from '../../../src/server/domain/task';
import { EditorStage, root } from '../../support/editorStage';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Workbench } from '../../support/workbench';

const NOTE = 'The headline must stay dark.';

describe('The proof of a page', function () {
  let stage: EditorStage;
  let window: Workbench;
  let page = '';
  let original = '';

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({});
    window = await stage.window();
    await window.openSideBar();
    stage.run('node', [join(root, 'examples', 'agents', 'browser', 'agent.mjs')]);
    await window.waitForRow('Agents', /Browser idle/, 60_000);
    page = join(stage.workspace, 'index.html');
    original = readFileSync(page, 'utf8');
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
  const create = async (title: string): Promise<number> => {
    const spec = { title, prompt: 'Audit index.html and login.html', skills: ['browser'], requires: ['screenshot', 'signoff'] };
    return Number((await ask('POST', '/api/tasks', spec)).number);
  };
  const is = (number: number, status: string, attempt = 1): Promise<unknown> =>
    until(
      `#${number} to be ${status}`,
      async () => {
        const task = await ask('GET', `/api/tasks/${number}`);
        return task.status === status && task.attempt === attempt;
      },
      90_000,
    );
  const evidence = async (number: number): Promise<Task['attempts'][number]['evidence']> =>
    (await ask('GET', `/api/tasks/${number}/evidence`)).evidence as Task['attempts'][number]['evidence'];
  const baseline = (label: string): string => join(stage.workspace, '.tasktower', 'baselines', `${label}.png`);
  const press = async (key: string): Promise<void> => {
    await window.panel().locator('body').press(key);
  };

  it('begins with pictures that nothing is known of: accepted in the panel, they are the baselines', async function () {
    this.timeout(150_000);
    const number = await create('Audit the bakery');
    await is(number, 'review');
    await window.waitForRow('Needs you', /#1 Audit the bakery Review: 4 new pictures/);
    await window.contextMenu('Needs you', '#1', 'Open Evidence');
    await window.panel().getByText('First picture of this name.').first().waitFor();
    for (let n = 0; n < 4; n++) {
      await press('a');
      await until(
        `verdict ${n + 1}`,
        async () => (await evidence(number)).filter(({ verdict }) => verdict === 'accepted').length === n + 1,
      );
    }
    await is(number, 'completed');
    for (const label of ['index@1280x800', 'index@390x844', 'login@1280x800', 'login@390x844'])
      await until(`the baseline ${label}`, () => existsSync(baseline(label)));
    const index = join(stage.workspace, '.tasktower', 'baselines', 'index.json');
    await until(
      'the index to say who accepted which',
      () =>
        /"login@1280x800": \{[^}]*"acceptedBy": "you"/.test(readFileSync(index, 'utf8')) &&
        /"#1 Audit the bakery"/.test(readFileSync(index, 'utf8')),
    );
  });

  it('says what a change of the page changed, as pixelmatch does, in the tree and in five modes', async function () {
    this.timeout(150_000);
    writeFileSync(page, original.replace('</head>', '<style>h1 { color: #b00020 !important; letter-spacing: 2px; }</style></head>'));
    const number = await create('Audit it again');
    await is(number, 'review');
    const piece = (await evidence(number)).find(({ name, viewport }) => name === 'index' && viewport?.width === 1280);
    assert.ok(piece);
    const sha = piece.sha256;
    const [before, after] = [baseline('index@1280x800'), stage.find(join('evidence', sha.slice(0, 2), sha)) ?? ''].map((path) =>
      PNG.sync.read(readFileSync(path)),
    );
    assert.ok(before && after);
    const changed = pixelmatch(before.data, after.data, undefined, before.width, before.height, { threshold: 0.1 });
    assert.ok(changed > 0);
    assert.equal(piece.comparison?.changed, changed);
    const percent = `${((changed / (before.width * before.height)) * 100).toFixed(1)}%`;
    await window.expand('Tasks', 'In review');
    await window.expand('Tasks', '#2');
    await window.waitForRow('Tasks', new RegExp(`index@1280x800 ${percent.replace('.', '\\.')} changed`));
    await window.waitForRow('Tasks', /login@1280x800 unchanged/);
    await window.row('Tasks', 'index@1280x800').click();
    await window.panel().getByText(`${percent} changed`).first().waitFor();
    for (const [key, name] of [
      ['1', 'Side'],
      ['2', 'Slider'],
      ['3', 'Onion'],
      ['4', 'Blink'],
      ['5', 'Diff'],
    ] as const) {
      await press(key);
      await window.panel().getByRole('radio', { name, checked: true }).waitFor();
      const broken = await window
        .panel()
        .locator('img')
        .evaluateAll(
          (images) =>
            images.filter((image) => !(image as HTMLImageElement).complete || (image as HTMLImageElement).naturalWidth === 0).length,
        );
      assert.equal(broken, 0, `${name} shows every picture`);
      await window.screenshot(`evidence-${name.toLowerCase()}`);
    }
  });

  it('is rejected with a note, which the next attempt gets; what is fixed shows nothing new, and is accepted', async function () {
    this.timeout(150_000);
    await press('1');
    await press('r');
    await window.panel().getByRole('textbox', { name: /Note/ }).fill(NOTE);
    await window.panel().getByRole('textbox', { name: /Note/ }).press('Enter');
    await until('the first rejection', async () =>
      (await evidence(2)).some(({ verdict, note }) => verdict === 'rejected' && note === NOTE),
    );
    await press('r');
    await window.panel().getByRole('textbox', { name: /Note/ }).press('Enter');
    await is(2, 'failed');
    await window.waitForRow('Needs you', /#2 Audit it again Failed: Rejected: /);
    writeFileSync(page, original);
    await window.contextMenu('Needs you', '#2', 'Retry Task');
    await is(2, 'review', 2);
    await window.waitForRow('Needs you', /#2 Audit it again Review: 4 pictures, nothing changed/);
    await window.row('Needs you', '#2').click();
    await until('the note in the details', async () => (await window.editorText()).includes(NOTE));
    await window.contextMenu('Needs you', '#2', 'Accept');
    await is(2, 'completed', 2);
    await window.waitForCalm('Needs you', 'Nothing needs you.');
  });

  it('shows findings in Problems, and a patch in the diff editor, each with its files', async function () {
    this.timeout(90_000);
    await window.expand('Tasks', 'Finished');
    await window.contextMenu('Tasks', '#2', 'Open Evidence');
    await window.panel().getByRole('tab', { name: 'Metrics' }).click();
    await window
      .panel()
      .getByRole('button', { name: /^Quality/ })
      .click();
    await window.panel().getByText('no-unused-vars').first().waitFor();
    await window.panel().getByRole('button', { name: 'Show in Problems' }).click();
    await window.page.locator('.markers-panel').getByText("'cards' is assigned a value but never used.").waitFor();
    await window.page
      .locator('.markers-panel')
      .getByText(/eslint, #2/)
      .first()
      .waitFor();

    const { number } = await ask('POST', '/api/tasks', { title: 'Mend the page', status: 'running', agent: 'ci' });
    const [headline] = /<h1.*<\/h1>/.exec(original) ?? [];
    assert.ok(headline);
    const patch = createTwoFilesPatch('a/index.html', 'b/index.html', original, original.replace(headline, '<h1>Fresh bread</h1>'));
    const sent = await fetch(`${(await stage.address()).url}/api/tasks/${String(number)}/evidence?kind=patch&name=fix.patch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.person}`, 'content-type': 'text/x-diff' },
      body: patch,
    });
    assert.equal(sent.status, 201);
    await ask('POST', `/api/tasks/${String(number)}/result`, { result: 'Mended.' });
    await is(Number(number), 'completed');
    await window.expand('Tasks', 'Mend the page');
    await window.row('Tasks', 'fix.patch').click();
    const diff = window.page.locator('.multiDiffEditor, .multi-diff-root-uri-label, .diff-editor, .monaco-diff-editor').first();
    await diff.waitFor();
    await window.page.locator('.view-line').filter({ hasText: 'Fresh bread' }).first().waitFor();
    await window.screenshot('patch-in-diff-editor');
  });
});
