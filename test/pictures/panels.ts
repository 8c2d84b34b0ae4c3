import { join } from 'node:path';
import { realAgent } from '../agents/agents';
import { EditorStage, root } from '../support/editorStage';
import { FakeModel } from '../support/fakeModel';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

/** How long the model thinks when it is to be seen at work, ms. */
const LONG = 600_000;
/** A price as a person would set it, US dollars per million tokens. */
const PRICES = { fake: { input: 0.6, cachedInput: 0.1, output: 2.5 } };

/** Takes the pictures of Dashboard, Logs and Analytics, with four real agents at work: Browser, a command, Python, and Kimi Code on a loopback model. */
export async function panelPictures(): Promise<void> {
  const model = await FakeModel.start(({ messages }) => {
    const asked = JSON.stringify(messages);
    return asked.includes('dark mode')
      ? { text: 'Still at it.', afterMs: LONG }
      : { text: 'The parser is simpler now; 14 tests pass.', afterMs: 1500 };
  });
  const kimi = await realAgent('kimi');
  const stage = await EditorStage.open({
    'tasktower.cost.prices': PRICES,
    'tasktower.agents': [
      { name: 'Line counter', command: ['node', 'agents/count-lines.mjs', '{prompt}'], skills: ['count'] },
      { name: 'Link checker', command: ['node', 'agents/check-links.mjs', '{prompt}'], skills: ['links'] },
      { name: 'Code Gen', command: ['node', '-e', WORK], skills: ['code'] },
      {
        name: 'Kimi Code',
        driver: 'acp',
        command: [kimi.program, 'acp'],
        skills: ['review'],
        env: {
          PATH: kimi.path,
          KIMI_DISABLE_TELEMETRY: '1',
          KIMI_MODEL_NAME: 'fake',
          KIMI_MODEL_API_KEY: 'none',
          KIMI_MODEL_BASE_URL: model.url,
          KIMI_MODEL_PROVIDER_TYPE: 'openai',
          KIMI_CODE_HOME: '/tmp/tasktower-pictures-kimi',
        },
      },
    ],
  });
  try {
    const window = await stage.window();
    await window.page.setViewportSize({ width: 1440, height: 860 });
    await window.openSideBar();
    stage.run('node', [join(root, 'examples', 'agents', 'browser', 'agent.mjs')]);
    stage.run('python3', [join(root, 'examples', 'agents', 'python', 'agent.py')]);
    await window.waitForRow('Agents', /Browser idle/, 60_000);
    const { url, token } = await stage.address();
    const create = async (task: object): Promise<number> => Number((await rest(url, token, 'POST', '/api/tasks', task)).body.number);
    const list = async (status: string): Promise<number> =>
      Number((await rest(url, token, 'GET', `/api/tasks?status=${status}`)).body.total);
    const python = await until('the Python agent', async () => {
      const { body } = await rest(url, token, 'GET', '/api/agents');
      return (body.agents as { name: string }[]).find(({ name }) => /python/i.test(name))?.name;
    });

    // What is looked back on: real work, done to its end.
    for (let n = 0; n < 4; n++) {
      await create({
        title: `Simplify the ${['parser', 'router', 'cache', 'logger'][n]}`,
        prompt: 'Make it simpler.',
        skills: ['review'],
        kind: 'review',
      });
      await create({
        title: `Count the lines of ${['src', 'docs', 'test', 'media'][n]}`,
        prompt: 'Count the lines of each file type in .',
        skills: ['count'],
        kind: 'count',
      });
      await create({ title: 'Check all links', prompt: 'index.html', skills: ['links'], kind: 'links' });
    }
    await create({ title: 'Count the words', prompt: 'Count in .', agent: python });
    await create({
      title: 'Audit the bakery site',
      prompt: 'Open index.html.',
      skills: ['browser'],
      kind: 'audit',
      requires: ['screenshot'],
    });
    await until('the past', async () => (await list('completed')) + (await list('failed')) >= 14, 180_000);

    // What is at work at the moment of the picture.
    await create({ title: 'Add a dark mode toggle', prompt: 'Add a dark mode toggle.', skills: ['review'], kind: 'review' });
    await create({
      title: 'Generate the checkout form',
      prompt: 'Write it.',
      skills: ['code'],
      kind: 'code',
      priority: 'high',
      requires: ['tests:pass', 'signoff'],
    });
    await create({
      title: 'Audit the login page',
      prompt: 'Open index.html and login.html.',
      skills: ['browser'],
      kind: 'audit',
      requires: ['screenshot', 'signoff'],
    });
    await create({ title: 'Count the lines again', prompt: 'Count in .', agent: python });
    await create({ title: 'Draft the release notes', skills: ['writing'] });
    const form = await create({ title: 'Bump dependencies', skills: ['code'], kind: 'code', priority: 'urgent' });
    await create({ title: 'Publish the site', after: [`#${form}`], skills: ['code'] });
    await window.command('Tasktower: Open Dashboard');
    await until('four at work', async () => (await list('running')) >= 4, 60_000);
    await window.panel().getByRole('progressbar').first().waitFor();
    await shoot(window, 'dashboard');

    await window.command('Tasktower: Open Logs');
    await window
      .panel()
      .getByText(/step \d+/)
      .first()
      .waitFor();
    await shoot(window, 'logs');

    await window.command('Tasktower: Open Analytics');
    await until('the charts', async () => (await window.panel().locator('svg').count()) >= 5, 30_000);
    await shoot(window, 'analytics');
  } finally {
    await stage.close();
    await model.close();
  }
}

/** A program that works for a minute and says so. */
const WORK = `let n = 0; const timer = setInterval(() => {
  n++;
  console.log(JSON.stringify({ progress: Math.min(0.95, n / 120), step: 'step ' + n + ': writing src/checkout/form' + n + '.ts' }));
  console.log('step ' + n + ': wrote src/checkout/form' + n + '.ts');
  if (n % 9 === 0) console.log(JSON.stringify({ level: 'warn', text: 'step ' + n + ': 2 deprecated calls in form' + n + '.ts:41' }));
  if (n >= 120) { clearInterval(timer); }
}, 500);`;

async function shoot(window: Workbench, name: string): Promise<void> {
  for (const theme of ['dark', 'high-contrast', 'light'] as const) {
    await window.theme(theme);
    await window.page.mouse.move(700, 850);
    const folder = theme === 'high-contrast' ? 'out/screenshots' : 'docs/images';
    await window.page.screenshot({ path: join(root, folder, `${name}-${theme}.png`) });
  }
  const size = window.page.viewportSize();
  await window.page.setViewportSize({ width: 960, height: 800 });
  await window.screenshot(`${name}-narrow`);
  if (size) await window.page.setViewportSize(size);
}
