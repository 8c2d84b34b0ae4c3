import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realAgent } from '../agents/agents';
import { EditorStage, root } from '../support/editorStage';
import { FakeModel } from '../support/fakeModel';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import { THEMES, type Workbench } from '../support/workbench';

/** How long the model thinks when it is to be seen at work, ms. */
const LONG = 900_000;
/** Between the files that an agent counts, ms, so that it is seen at work. */
const PACE = '6000';
/** A price as a person would set it, US dollars per million tokens. */
const PRICES = { fake: { input: 0.6, cachedInput: 0.1, output: 2.5 } };
/** How the themes are called in the settings, which is not what they are called in the editor. */
const SETTINGS = { dark: 'Dark Modern', light: 'Light Modern', 'high-contrast': 'Default High Contrast' } as const;
const COMMAND = 'Line counter';
const FOUR = ['Browser', COMMAND, 'Python line counter', 'Kimi Code'];

/** Takes the pictures of Dashboard, Logs and Analytics while four real agents work: Browser, a command, Python, and Kimi Code on a loopback model. */
export async function panelPictures(): Promise<void> {
  const model = await FakeModel.start(({ messages }) =>
    JSON.stringify(messages).includes('dark mode')
      ? { text: 'Still at it.', afterMs: LONG }
      : { text: 'The parser is simpler now; 14 tests pass.', afterMs: 1500 },
  );
  const kimiHome = mkdtempSync(join(tmpdir(), 'tasktower-pictures-kimi-'));
  const kimi = await realAgent('kimi');
  const stage = await EditorStage.open({
    'tasktower.cost.prices': PRICES,
    'tasktower.queue.maxRunning': 6,
    'tasktower.agents': [
      {
        name: COMMAND,
        command: ['node', 'agents/count-lines.mjs', '{prompt}'],
        skills: ['lines'],
        env: { TASKTOWER_EXAMPLE_PACE_MS: PACE },
      },
      { name: 'Link checker', command: ['node', 'agents/check-links.mjs', '{prompt}'], skills: ['links'] },
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
          KIMI_CODE_HOME: kimiHome,
        },
      },
    ],
  });
  try {
    const window = await stage.window();
    // Four agents at work leave the editor little of a small machine.
    window.page.setDefaultTimeout(90_000);
    await window.page.setViewportSize({ width: 1440, height: 900 });
    await window.openSideBar();
    stage.run('node', [join(root, 'examples', 'agents', 'browser', 'agent.mjs')]);
    stage.run('python3', [join(root, 'examples', 'agents', 'python', 'agent.py')], { TASKTOWER_EXAMPLE_PACE_MS: PACE });
    await window.waitForRow('Agents', /Browser idle/, 60_000);
    const board = await Board.of(stage);
    await until('the Python agent', async () => (await board.agents()).some(({ name }) => name === FOUR[2]), 60_000);
    await workDone(board);
    await workAtHand(board);
    await until('four at work', () => board.fourWork(), 120_000);

    await window.command('Tasktower: Open Dashboard');
    await window.panel().getByRole('progressbar').first().waitFor();
    await shoot(stage, window, board, 'dashboard');
    await window.command('Tasktower: Open Logs');
    await window
      .panel()
      .getByText(/\.html/)
      .first()
      .waitFor();
    await shoot(stage, window, board, 'logs');
    await window.command('Tasktower: Open Analytics');
    await until('the charts', async () => (await window.panel().locator('svg').count()) >= 5, 30_000);
    await shoot(stage, window, board, 'analytics');
  } finally {
    await stage.close();
    await model.close();
    rmSync(kimiHome, { recursive: true, force: true });
  }
}

/** The board by its REST API, as a script of a person would use it. */
class Board {
  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async of(stage: EditorStage): Promise<Board> {
    const { url, token } = await stage.address();
    return new Board(url, token);
  }

  async create(task: object): Promise<number> {
    return Number((await rest(this.url, this.token, 'POST', '/api/tasks', task)).body.number);
  }

  /** How many tasks have ended. */
  async ended(): Promise<number> {
    const { body } = await rest(this.url, this.token, 'GET', '/api/tasks?status=completed,failed,review&limit=1');
    return Number(body.total);
  }

  async agents(): Promise<{ name: string; status: string }[]> {
    return (await rest(this.url, this.token, 'GET', '/api/agents')).body.agents as { name: string; status: string }[];
  }

  /** All four work now. */
  async fourWork(): Promise<boolean> {
    const busy = new Set((await this.agents()).flatMap(({ name, status }) => (status === 'busy' ? [name] : [])));
    return FOUR.every((name) => busy.has(name));
  }
}

/** What is looked back on: real work, done to its end. */
async function workDone(board: Board): Promise<void> {
  const audit = { prompt: 'Open index.html.', skills: ['browser'], kind: 'audit', requires: ['screenshot'] };
  const links = { prompt: 'index.html', skills: ['links'], kind: 'links' };
  for (const part of ['parser', 'router', 'cache', 'logger'])
    await board.create({ title: `Simplify the ${part}`, prompt: 'Make it simpler.', skills: ['review'], kind: 'review' });
  for (const page of ['start page', 'menu', 'opening hours']) await board.create({ ...audit, title: `Audit the ${page}` });
  await board.create({ ...links, title: 'Check the links of the start page' });
  await board.create({ ...links, title: 'Check the links of the login page', prompt: 'login.html' });
  await board.create({ title: 'Count the pictures', prompt: 'Count in images', agent: FOUR[2] });
  await board.create({ title: 'Audit the bakery site', ...audit, requires: ['screenshot', 'signoff'] });
  await until('the past', async () => (await board.ended()) >= 11, 300_000);
}

/** What is at work at the moment of the picture, and what waits behind it. */
async function workAtHand(board: Board): Promise<void> {
  await board.create({ title: 'Add a dark mode toggle', prompt: 'Add a dark mode toggle.', skills: ['review'], kind: 'feature' });
  await board.create({ title: 'Count the lines of the site', prompt: 'Count in .', skills: ['lines'], kind: 'count' });
  await board.create({ title: 'Count the lines in Python', prompt: 'Count in .', agent: FOUR[2] });
  const audit = { prompt: 'Open index.html and login.html.', skills: ['browser'], kind: 'audit', requires: ['screenshot'] };
  await board.create({ ...audit, title: 'Audit the login page', priority: 'high' });
  for (const page of ['basket', 'order form', 'newsletter', 'imprint', 'gallery'])
    await board.create({ ...audit, title: `Audit the ${page}` });
  const bump = await board.create({
    title: 'Bump dependencies',
    prompt: 'Count in .',
    skills: ['lines'],
    kind: 'count',
    priority: 'urgent',
  });
  await board.create({ title: 'Publish the site', after: [`#${bump}`], skills: ['lines'] });
  await board.create({ title: 'Count the lines again', prompt: 'Count in .', agent: FOUR[2] });
  await board.create({ title: 'Draft the release notes', skills: ['writing'] });
}

/** The panel in three themes, wide, and beside the narrowest side bar that is promised to work. */
async function shoot(stage: EditorStage, window: Workbench, board: Board, name: string): Promise<void> {
  const take = async (look: string): Promise<void> => {
    await until('four at work', () => board.fourWork(), 120_000);
    await window.page.mouse.move(700, 895);
    await window.page.screenshot({ path: join(root, 'docs', 'images', `${name}-${look}.png`) });
  };
  for (const theme of ['dark', 'high-contrast', 'light'] as const) {
    stage.configure({ 'workbench.colorTheme': SETTINGS[theme] });
    await window.page.locator(`.monaco-workbench.${THEMES[theme][1]}`).waitFor();
    await take(theme);
  }
  const size = window.page.viewportSize();
  await window.page.setViewportSize({ width: 1920, height: 1080 });
  await take('wide');
  await window.page.setViewportSize({ width: 1000, height: 900 });
  await window.sideBarWidth(200);
  await window.page.setViewportSize({ width: 848, height: 900 });
  await take('narrow');
  if (size) await window.page.setViewportSize(size);
  await window.sideBarWidth(300);
}
