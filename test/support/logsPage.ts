import axe, { type AxeResults } from 'axe-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { errorText } from '../../src/server/base/errors';
import { encodeBoard } from '../../src/server/domain/board';
import type { PlacedLine } from '../../src/server/domain/logQuery';
import type { Query } from '../../src/server/domain/query';
import type { FromLogs, ToLogs } from '../../src/webviews/protocol';
import { FakeLog } from './fakeLog';
import { RuleBench } from './ruleBench';
import { until } from './until';
import { themeCss, THEMES, type ThemeName } from './webviewThemes';
import { languageData } from './pageLanguage';

const ORIGIN = 'https://panel.test';
const BUNDLES = resolve('dist', 'webviews');
const PICTURES = resolve('out', 'screenshots');
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
/** As strict as in the editor. */
const CSP = `default-src 'none'; img-src ${ORIGIN} data:; style-src ${ORIGIN}; font-src data:; script-src 'nonce-of-this-page'`;

/** Agents at work on tasks, and what they said. */
export class LogsScene {
  readonly bench = new RuleBench();
  readonly log = new FakeLog();
  private count = 0;

  /** A task under way. @returns its id */
  work(agent: string, title: string): string {
    this.bench.now = Date.now() - 600_000;
    this.bench.board.queue.cap = 100;
    const agentId = this.bench.join(agent, { capacity: 50 });
    const task = this.bench.create(title);
    this.bench.run(task, agentId);
    return task.id;
  }

  /** A line of the attempt under way, stored. */
  line(taskId: string, text: string, change: Partial<PlacedLine> = {}): PlacedLine {
    const attempt = this.bench.task(taskId).attempts.at(-1);
    const place = `${taskId}:${String(++this.count).padStart(9, '0')}`;
    // Five minutes ago, and still today.
    const last = this.log.lines.at(-1)?.at ?? Math.max(Date.now() - 300_000, new Date().setHours(0, 0, 0, 0));
    const at = Math.min(Date.now(), last + 10);
    const line: PlacedLine = {
      place,
      at,
      taskId,
      attempt: attempt?.n ?? 1,
      agentId: attempt?.agentId ?? '',
      level: 'info',
      text,
      ...change,
    };
    this.log.lines.push(line);
    return line;
  }
}

export interface LogsOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  show?: Partial<ToLogs['panel/show']>;
}

interface Frame {
  id?: string;
  method: string;
  params: Record<string, unknown>;
}

/** The Logs panel in a real browser, under a webview's rules; the extension's side is played from a scene. */
export class LogsPage {
  readonly told: { method: string; params: Record<string, unknown> }[] = [];
  readonly queries: Query[] = [];
  readonly errors: string[] = [];
  /** Refuses queries with a sentence. */
  refusal: string | undefined;
  private isFollowed = false;

  private constructor(
    readonly page: Page,
    readonly scene: LogsScene,
    private readonly show: Partial<ToLogs['panel/show']>,
  ) {}

  static async open(
    browser: Browser,
    scene: LogsScene,
    { theme = 'dark', width = 1200, height = 800, show = {} }: LogsOptions = {},
    refusal?: string,
  ): Promise<LogsPage> {
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(10_000);
    const panel = new LogsPage(page, scene, show);
    panel.refusal = refusal;
    page.on('pageerror', (error) => panel.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && panel.errors.push(message.text()));
    await page.route(`${ORIGIN}/**`, (route) => route.fulfill(fileOf(new URL(route.request().url()).pathname, theme)));
    await page.exposeFunction('postToExtension', (frame: Frame) => panel.hear(frame));
    await page.addInitScript(`globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => void postToExtension(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
      setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
    })`);
    await page.goto(`${ORIGIN}/`);
    await page.getByRole('log').waitFor();
    return panel;
  }

  private async hear({ id, method, params }: Frame): Promise<void> {
    if (id === undefined) {
      this.told.push({ method, params });
      if (method === 'panel/ready') await this.send({ method: 'panel/show', params: { asked: 0, singleKeys: true, ...this.show } });
      return;
    }
    try {
      await this.send({ id, result: this.answer(method, params) });
      if (method === 'board/hello') {
        await this.send({
          method: 'board/snapshot',
          params: { board: encodeBoard(this.scene.bench.board), live: { tasks: {}, agents: {} } },
        });
        this.isFollowed = true;
      }
    } catch (error) {
      await this.send({ id, error: { code: -32000, message: errorText(error) } });
    }
  }

  private answer(method: string, params: Record<string, unknown>): unknown {
    const { bench, log } = this.scene;
    if (method === 'board/hello') return { seq: bench.board.seq };
    if (method !== 'query') return {};
    const query = params.query as Query;
    this.queries.push(query);
    if (this.refusal !== undefined) throw new Error(this.refusal);
    if (query.type === 'LogPage') return log.page(query);
    if (query.type === 'LogSearch') return log.search(query);
    throw new Error(`Not played: ${query.type}.`);
  }

  /** Has lines come live. */
  async live(lines: readonly PlacedLine[], dropped?: Record<string, number>): Promise<void> {
    if (dropped) await this.send({ method: 'panel/dropped', params: { lines: dropped, perSecond: 40_000 } });
    await this.send({ method: 'board/logs', params: { lines } });
  }

  async send(frame: object): Promise<void> {
    // Through JSON, as webview messages go.
    const message = JSON.stringify({ jsonrpc: '2.0', ...frame });
    await this.page.evaluate((text) => postMessage(JSON.parse(text), '*'), message).catch(() => undefined);
  }

  /** Waits until the panel follows the board and shows lines. */
  async ready(): Promise<void> {
    await until('the panel to follow', () => this.isFollowed);
    await this.page.locator('.row').first().waitFor();
  }

  /** What the panel said last by a method. */
  async said<Method extends keyof FromLogs>(method: Method): Promise<FromLogs[Method]> {
    const found = await until(`${method}`, () => this.told.findLast((one) => one.method === method));
    return found.params as FromLogs[Method];
  }

  /** Texts of the rows in sight. */
  rows(): Promise<string[]> {
    return this.page.evaluate(() => {
      const box = document.querySelector('.lines')?.getBoundingClientRect();
      return [...document.querySelectorAll('.row')]
        .filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return box && bottom > box.top + 1 && top < box.bottom - 1;
        })
        .map((row) => (row.querySelector('.text') ?? row).textContent ?? '');
    });
  }

  /** Waits until a row in sight says this. */
  seeRow(text: string): Promise<unknown> {
    return until(`a row "${text}"`, async () => (await this.rows()).includes(text));
  }

  scrollTo(top: number): Promise<void> {
    return this.page.locator('.lines').evaluate((lines, to) => void (lines.scrollTop = to), top);
  }

  async violations(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(node: Document): Promise<AxeResults> } }).axe.run(document),
    );
    return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`));
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  /** Loads the page again, as the editor does when a tab comes back. */
  async reload(): Promise<void> {
    this.isFollowed = false;
    await this.page.reload();
    await this.ready();
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

function fileOf(path: string, theme: ThemeName): { contentType: string; headers?: Record<string, string>; body: string | Buffer } {
  const names = ['theme', 'codicon', 'logs'];
  if (path === '/') {
    const links = names.map((name) => `<link rel="stylesheet" href="/${name}.css">`).join('');
    const head = `<meta charset="utf-8"><title>Logs</title>${links}`;
    const script = '<script nonce="of-this-page" src="/logs.js"></script>';
    const body = `<!doctype html><html lang="en"><head>${head}</head><body class="${THEMES[theme].bodyClass}"><div id="app"></div>${languageData()}${script}</body></html>`;
    return { contentType: 'text/html', headers: { 'content-security-policy': CSP }, body };
  }
  if (path === '/theme.css') return { contentType: 'text/css', body: themeCss(theme) };
  if (path === '/favicon.ico') return { contentType: 'image/png', body: '' };
  return { contentType: TYPES[extname(path)] ?? '', body: readFileSync(join(BUNDLES, path)) };
}
