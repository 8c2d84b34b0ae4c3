import axe, { type Result } from 'axe-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type * as vscode from 'vscode';
import { PanelLink } from '../../src/extension/panels/panelLink';
import type { You } from '../../src/server/domain/commandRole';
import type { SharedTower } from '../../src/server/sharedTower';
import { themeCss, THEMES, type ThemeName } from './webviewThemes';
import { languageData } from './pageLanguage';

const ORIGIN = 'https://panel.test';
const BUNDLES = resolve('dist', 'webviews');
const PICTURES = resolve('out', 'screenshots');
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
/** As strict as in the editor. */
const CSP = `default-src 'none'; img-src ${ORIGIN} data:; style-src ${ORIGIN} 'nonce-of-styles'; font-src data:; script-src 'nonce-of-this-page'`;

export interface TowerPageOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  /** What the extension tells the page when it is ready. */
  show?: object;
  /** Who works there. */
  you?: You;
}

/** A page of ours in a real browser under a webview's rules, on a real tower. */
export class TowerPage {
  /** What the page asked of the editor. */
  readonly told: { method: string; params: Record<string, unknown> }[] = [];
  readonly errors: string[] = [];
  private readonly received: ((message: unknown) => void)[] = [];
  private link: PanelLink | undefined;

  private constructor(
    readonly page: Page,
    private readonly show: object,
    private readonly you: You,
  ) {}

  static async open(browser: Browser, tower: SharedTower, name: string, options: TowerPageOptions = {}): Promise<TowerPage> {
    const { theme = 'light', width = 1200, height = 800, show = {}, you = { name: 'ada' } } = options;
    const page = await browser.newPage({ viewport: { width, height } });
    page.setDefaultTimeout(10_000);
    const panel = new TowerPage(page, { singleKeys: true, ...show }, you);
    page.on('pageerror', (error) => panel.errors.push(String(error)));
    page.on('console', (message) => void (message.type() === 'error' && panel.errors.push(message.text())));
    await page.route(`${ORIGIN}/**`, (route) => route.fulfill(answer(new URL(route.request().url()).pathname, name, theme)));
    await page.exposeFunction('postToExtension', (message: unknown) => panel.received.forEach((listener) => listener(message)));
    await page.addInitScript(`globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => void postToExtension(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
      setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
    })`);
    panel.link = new PanelLink(panel.webview(), tower, (method, params) => panel.hear(method, params));
    await page.goto(`${ORIGIN}/`);
    return panel;
  }

  /** Tells the page something, as the extension does. */
  notify(method: string, params: object): void {
    this.link?.notify(method, params);
  }

  /** Has the page follow another tower. */
  turnTo(tower: SharedTower): void {
    this.link?.turnTo(tower);
  }

  /** Serious findings of axe-core, one line each. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    const isSerious = ({ impact }: Result): boolean => impact === 'serious' || impact === 'critical';
    return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  }

  async picture(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  async close(): Promise<void> {
    this.link?.dispose();
    await this.page.close();
  }

  private hear(method: string, params: Record<string, unknown>): void {
    this.told.push({ method, params });
    if (method !== 'panel/ready') return;
    this.notify('panel/you', this.you);
    this.notify('panel/show', this.show);
    this.notify('panel/stale', { since: null });
  }

  /** What of a webview the link uses. */
  private webview(): vscode.Webview {
    const webview = {
      postMessage: async (message: unknown) => {
        if (!this.page.isClosed())
          await this.page.evaluate((data) => void dispatchEvent(new MessageEvent('message', { data })), message).catch(() => undefined);
        return true;
      },
      onDidReceiveMessage: (listener: (message: unknown) => void) => {
        this.received.push(listener);
        return { dispose: () => void this.received.splice(this.received.indexOf(listener), 1) };
      },
    };
    return webview as unknown as vscode.Webview;
  }
}

function answer(
  path: string,
  name: string,
  theme: ThemeName,
): { contentType?: string; headers?: Record<string, string>; body?: string | Buffer; status?: number } {
  if (path === '/') return { contentType: 'text/html', headers: { 'content-security-policy': CSP }, body: pageOf(name, theme) };
  if (path === '/theme.css') return { contentType: 'text/css', body: themeCss(theme) };
  if (path === '/favicon.ico') return { status: 204 };
  return { contentType: TYPES[extname(path)] ?? '', body: readFileSync(join(BUNDLES, path)) };
}

function pageOf(name: string, theme: ThemeName): string {
  const links = ['theme', 'codicon', name].map((file) => `<link rel="stylesheet" href="/${file}.css">`).join('');
  const head = `<meta charset="utf-8"><meta property="csp-nonce" content="of-styles"><title>Tasktower</title>${links}`;
  const script = `<script nonce="of-this-page" src="/${name}.js"></script>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body class="${THEMES[theme].bodyClass}"><div id="app"></div>${languageData()}${script}</body></html>`;
}
