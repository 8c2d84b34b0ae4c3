import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage, root } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import { panelPictures } from './panels';

/** Takes the pictures of the README in a real editor with real agents: `npm run pictures`. */
async function main(): Promise<void> {
  const stage = await EditorStage.open();
  try {
    const folder = join(root, 'docs', 'images');
    mkdirSync(folder, { recursive: true });
    const window = await stage.window();
    await window.openSideBar();
    await window.page.setViewportSize({ width: 1200, height: 720 });
    stage.run('node', [join(root, 'examples', 'agents', 'browser', 'agent.mjs')]);
    await window.waitForRow('Agents', /Browser idle/, 30_000);
    const { url, token } = await stage.address();
    const create = (task: object): Promise<unknown> => rest(url, token, 'POST', '/api/tasks', task);
    const prompt = 'Open index.html and login.html. Check accessibility and speed, and hand in a screenshot of each.';
    await create({ title: 'Audit the bakery site', prompt, skills: ['browser'], requires: ['screenshot'] });
    await create({ title: 'Audit the login page again', prompt: 'Open login.html.', skills: ['browser'], priority: 'high' });
    await create({ title: 'Draft the release notes', skills: ['writing'] });
    await create({ title: 'Count the lines of the site', prompt: 'Count the lines of each file type in .', skills: ['count'] });
    await create({ title: 'Check all links', prompt: 'index.html', skills: ['links'] });
    const acceptAll = async (): Promise<void> => {
      const { body } = await rest(url, stage.person, 'GET', '/api/tasks/1/evidence');
      for (const { id, kind } of body.evidence as { id: string; kind: string }[])
        if (kind === 'screenshot') await rest(url, stage.person, 'POST', `/api/evidence/1/${id}/accept`);
      await until('the baselines', () => stage.baselines().length === 4);
    };
    for (const theme of ['light', 'dark'] as const) {
      await window.theme(theme);
      if (theme === 'dark') {
        await acceptAll();
        redden(join(stage.workspace, 'index.html'));
        await create({ title: 'Audit the bakery site once more', prompt, skills: ['browser'], requires: ['screenshot'] });
      }
      const row = await window.waitForRow('Tasks', /Audit the bakery site.* \d\d% /, 60_000);
      await window.row('Tasks', row.trim().split(' ', 1)[0] ?? '').click();
      await until('the details', async () => /Attempt 1: under way/.test(await window.editorText()));
      await window.page.mouse.move(700, 700);
      await window.page.screenshot({ path: join(folder, `running-${theme}.png`) });
      await until('the end', async () => Number((await rest(url, token, 'GET', '/api/tasks?status=running')).body.total) === 0, 60_000);
      await window.expand('Tasks', 'Finished');
      const name = theme === 'light' ? /Audit the bakery site(?! once)/ : /once more/;
      await window.row('Tasks', name).click();
      await until('the result', async () => /Attempt 1: completed/.test(await window.editorText()));
      await window.expand('Tasks', name);
      await window.waitForRow('Tasks', /login@1280x800/);
      await window.page.mouse.move(700, 700);
      await window.page.screenshot({ path: join(folder, `completed-${theme}.png`) });
    }
    await window.row('Tasks', /^index@1280x800/).click();
    await window
      .panel()
      .getByText(/% changed/)
      .first()
      .waitFor();
    for (const theme of ['dark', 'light'] as const) {
      await window.theme(theme);
      for (const [key, mode, name] of [
        ['2', 'Slider', 'proof'],
        ['5', 'Diff', 'diff'],
      ] as const) {
        await window.panel().locator('body').press(key);
        await window.panel().getByRole('radio', { name: mode, checked: true }).waitFor();
        await window.page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
      }
    }
  } finally {
    await stage.close();
  }
}

/** A change that a person would want to see before it is shipped. */
function redden(page: string): void {
  const style = '<style>h1 { color: #b00020 !important; letter-spacing: 2px; }</style>';
  writeFileSync(page, readFileSync(page, 'utf8').replace('</head>', `${style}</head>`));
}

const only = process.argv[2];
void (only === 'panels' ? panelPictures() : main().then(panelPictures)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
