import axe, { type AxeResults } from 'axe-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Analytics, AnalyticsFilter } from '../../src/server/domain/analytics';
import { encodeBoard } from '../../src/server/domain/board';
import type { KeptAnalytics } from '../../src/webviews/protocol';
import { NAMES } from './analyticsSample';
import { RuleBench } from './ruleBench';
import { themeCss, THEMES, type ThemeName } from './webviewThemes';
import { languageData } from './pageLanguage';

const ORIGIN = 'https://panel.test';
const BUNDLES = resolve('dist', 'webviews');
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css' };
/** As strict as in the editor. */
const CSP = `default-src 'none'; img-src ${ORIGIN} data:; style-src ${ORIGIN}; font-src data:; script-src 'nonce-of-this-page'`;

export interface AnalyticsOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  /** What was kept in an earlier session. */
  kept?: Partial<KeptAnalytics>;
  /** Why the tower refuses the question. */
  refusal?: string;
  /** Files that are not there. */
  missing?: readonly string[];
  /** The part that draws is not answered before this. */
  held?: Promise<void>;
}

interface Frame {
  id?: string;
  method: string;
  params: Record<string, unknown>;
}

/** The Analytics panel in a real browser, under a webview's rules; the extension's side is played. */
export class AnalyticsPage {
  /** What the panel asked the tower, and told the editor. */
  readonly asked: AnalyticsFilter[] = [];
  readonly told: { method: string; params: Record<string, unknown> }[] = [];
  /** What went wrong in the page. */
  readonly errors: string[] = [];
  refusal: string | undefined;
  /** In place of `analytics`, by group. */
  answers: Partial<Record<AnalyticsFilter['group'], Analytics>> = {};
  /** What the extension says was kept. */
  keptNow: unknown;
  readonly bench = new RuleBench();
  /** How many records the panel was told of. */
  private seen = 0;

  private constructor(
    readonly page: Page,
    public analytics: Analytics,
    options: AnalyticsOptions,
  ) {
    this.refusal = options.refusal;
    this.keptNow = options.kept;
    for (const name of Object.values(NAMES)) this.bench.join(name);
  }

  static async open(browser: Browser, analytics: Analytics, options: AnalyticsOptions = {}): Promise<AnalyticsPage> {
    const { theme = 'light', width = 1200, height = 900, missing = [], held } = options;
    const page = await browser.newPage({ viewport: { width, height }, locale: 'en-GB' });
    page.setDefaultTimeout(10_000);
    const panel = new AnalyticsPage(page, analytics, options);
    page.on('pageerror', (error) => panel.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !missing.some((name) => message.location().url.endsWith(name))) panel.errors.push(message.text());
    });
    await page.route(`${ORIGIN}/**`, async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/')
        return route.fulfill({ contentType: 'text/html', headers: { 'content-security-policy': CSP }, body: pageOf(theme) });
      if (path === '/analyticsCharts.js') await held;
      if (path === '/theme.css') return route.fulfill({ contentType: 'text/css', body: themeCss(theme) });
      if (missing.some((name) => path.endsWith(name)) || !(extname(path) in TYPES)) return route.fulfill({ status: 404, body: '' });
      return route.fulfill({ contentType: TYPES[extname(path)] ?? '', body: readFileSync(join(BUNDLES, path)) });
    });
    await page.exposeFunction('postToExtension', (frame: Frame) => panel.hear(frame));
    await page.addInitScript(`globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => void postToExtension(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
      setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
    })`);
    await page.goto(`${ORIGIN}/`);
    return panel;
  }

  /** Plays the extension and the tower behind it. */
  private async hear({ id, method, params }: Frame): Promise<void> {
    if (id === undefined) {
      this.told.push({ method, params });
      if (method === 'panel/ready') await this.tell('panel/show', { ...(this.keptNow ? { kept: this.keptNow } : {}), singleKeys: true });
      return;
    }
    if (method === 'board/hello') {
      this.seen = this.bench.records.length;
      await this.send({ id, result: { seq: this.bench.board.seq } });
      return this.tell('board/snapshot', { board: encodeBoard(this.bench.board), live: { tasks: {}, agents: {} } });
    }
    const { filter } = params.query as { filter: AnalyticsFilter };
    this.asked.push(filter);
    if (this.refusal !== undefined) return this.send({ id, error: { code: -32000, message: this.refusal } });
    return this.send({ id, result: this.answers[filter.group] ?? this.analytics });
  }

  /** Sends the panel a notification. */
  tell(method: string, params: unknown): Promise<void> {
    return this.send({ method, params });
  }

  /** Tells the panel what has happened in the tower since the last time. */
  async catchUp(): Promise<void> {
    const records = this.bench.records.slice(this.seen);
    this.seen = this.bench.records.length;
    await this.tell('board/records', { records });
  }

  private async send(frame: object): Promise<void> {
    const message = JSON.stringify({ jsonrpc: '2.0', ...frame });
    await this.page.evaluate((text) => postMessage(JSON.parse(text), '*'), message).catch(() => undefined);
  }

  /** What the panel told the editor by a method. */
  toldBy(method: string): Record<string, unknown>[] {
    return this.told.filter((one) => one.method === method).map(({ params }) => params);
  }

  figure(question: string): Locator {
    return this.page.locator('figure').filter({ hasText: question });
  }

  titles(): Promise<string[]> {
    return this.page.getByRole('heading', { level: 3 }).allTextContents();
  }

  /** Waits until all charts are drawn. */
  async drawn(charts = 5): Promise<void> {
    await this.page.waitForFunction((count) => document.querySelectorAll('figure:has(svg)').length >= count, charts);
  }

  /** What axe finds, one line each. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(node: Document): Promise<AxeResults> } }).axe.run(document),
    );
    return found.violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`));
  }

  async screenshot(name: string): Promise<void> {
    const folder = resolve('out', 'screenshots');
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }
}

function pageOf(theme: ThemeName): string {
  const links = ['theme', 'codicon', 'analytics'].map((name) => `<link rel="stylesheet" href="/${name}.css">`).join('');
  const head = `<meta charset="utf-8"><title>Analytics</title>${links}`;
  const script = '<script nonce="of-this-page" src="/analytics.js"></script>';
  return `<!doctype html><html lang="en"><head>${head}</head><body class="${THEMES[theme].bodyClass}"><div id="app"></div>${languageData()}${script}</body></html>`;
}
