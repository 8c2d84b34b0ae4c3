import axe, { type AxeResults, type Result } from 'axe-core';
import { mkdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { encodeBoard } from '../../src/server/domain/board';
import type { CommandInput } from '../../src/server/domain/command';
import { errorText } from '../../src/server/base/errors';
import type { ShowEvidence } from '../../src/webviews/protocol';
import type { PanelScene } from './panelScene';
import { plain, pngOf } from './pictures';
import { themeCss, THEMES, type ThemeName } from './webviewThemes';

const ORIGIN = 'https://panel.test';
/** What the build has made. */
const BUNDLES = resolve('dist', 'webviews');
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
const PICTURES = resolve('out', 'screenshots');
const CSP = `default-src 'none'; img-src ${ORIGIN} data:; style-src ${ORIGIN}; font-src ${ORIGIN}; script-src 'nonce-of-this-page'`;

interface Frame {
  id?: string;
  method: string;
  params: Record<string, unknown>;
}

/** The Evidence panel in a real browser, under a webview's rules; the extension's side is played from a scene. */
export class PanelPage {
  /** What the panel asked of the tower, and of the editor. */
  readonly commands: CommandInput[] = [];
  readonly told: { method: string; params: Record<string, unknown> }[] = [];
  /** What went wrong in the page. */
  readonly errors: string[] = [];
  /** Refuses the next command with this sentence. */
  refusal: string | undefined;

  private constructor(
    readonly page: Page,
    private readonly scene: PanelScene,
    private readonly show: Partial<ShowEvidence>,
  ) {}

  static async open(
    browser: Browser,
    scene: PanelScene,
    {
      theme = 'light',
      width = 1200,
      height = 800,
      show = {},
    }: { theme?: ThemeName; width?: number; height?: number; show?: Partial<ShowEvidence> } = {},
  ): Promise<PanelPage> {
    const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'no-preference' });
    page.setDefaultTimeout(10_000);
    const panel = new PanelPage(page, scene, show);
    page.on('pageerror', (error) => panel.errors.push(String(error)));
    page.on('console', (message) => {
      // A thumbnail that is not made yet is asked for, and may be missing.
      if (message.type() === 'error' && !message.location().url.includes('/thumbs/')) panel.errors.push(message.text());
    });
    await page.route(`${ORIGIN}/**`, async (route) => {
      const answer = panel.serve(new URL(route.request().url()).pathname, theme);
      await route.fulfill(answer ?? { status: 404, body: '' });
    });
    await page.exposeFunction('postToExtension', (frame: Frame) => panel.hear(frame));
    await page.addInitScript(`globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => void postToExtension(message),
      getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null'),
      setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
    })`);
    await page.goto(`${ORIGIN}/`);
    return panel;
  }

  private serve(path: string, theme: ThemeName): Answer | undefined {
    switch (path) {
      case '/':
        return { contentType: 'text/html', headers: { 'content-security-policy': CSP }, body: pageOf(theme) };
      case '/evidence.js':
      case '/evidence.css':
      case '/codicon.css':
      case '/codicon.ttf':
        return { contentType: TYPES[extname(path)] ?? '', body: readFileSync(join(BUNDLES, path)) };
      case '/theme.css':
        return { contentType: 'text/css', body: themeCss(theme) };
      case '/favicon.ico':
        return { contentType: 'image/png', body: pngOf(plain(1, 1)) };
    }
    const [, sha256 = ''] = /^\/evidence\/[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(path) ?? [];
    const body = this.scene.files.get(sha256);
    return body && { contentType: 'image/png', body };
  }

  /** Plays the extension and the tower behind it. */
  private async hear({ id, method, params }: Frame): Promise<void> {
    if (id === undefined) {
      this.told.push({ method, params });
      if (method === 'panel/ready') await this.tell('panel/show', this.showing());
      return;
    }
    const { bench } = this.scene;
    try {
      if (method === 'board/hello') {
        await this.send({ id, result: { seq: bench.board.seq } });
        return await this.tell('board/snapshot', { board: encodeBoard(bench.board), live: { tasks: {}, agents: {} } });
      }
      if (method === 'query') return await this.send({ id, result: this.scene.proof() });
      const command = params.command as CommandInput;
      this.commands.push(command);
      if (this.refusal !== undefined) throw new Error(this.refusal);
      const before = bench.records.length;
      bench.now = Math.max(bench.now, Date.now());
      const result = bench.do(command);
      await this.send({ id, result });
      await this.tell('board/records', { records: bench.records.slice(before) });
    } catch (error) {
      await this.send({ id, error: { code: -32009, message: errorText(error) } });
    }
  }

  showing(): ShowEvidence {
    return { taskId: this.scene.task.id, evidenceBase: `${ORIGIN}/evidence`, thumbBase: `${ORIGIN}/thumbs`, ...this.show };
  }

  /** Sends the panel a notification. */
  async tell(method: string, params: unknown): Promise<void> {
    await this.send({ method, params });
  }

  private async send(frame: object): Promise<void> {
    // Through JSON, as webview messages go.
    const message = JSON.stringify({ jsonrpc: '2.0', ...frame });
    await this.page.evaluate((text) => postMessage(JSON.parse(text), '*'), message).catch(() => undefined);
  }

  /** Presses keys, one after the other. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** The gallery as text: its groups with their counts, and the pictures in sight. */
  rows(): Promise<string[]> {
    return this.page.getByRole('treeitem').evaluateAll((items) => items.map((item) => item.textContent ?? ''));
  }

  /** What axe finds, one line each. */
  async violations(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(() =>
      (globalThis as unknown as { axe: { run(node: Document): Promise<AxeResults> } }).axe.run(document),
    );
    return found.violations.flatMap(({ id, help, nodes }: Result) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 160)}`));
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

interface Answer {
  contentType: string;
  headers?: Record<string, string>;
  body: string | Buffer;
}

function pageOf(theme: ThemeName): string {
  const links = ['theme', 'codicon', 'evidence'].map((name) => `<link rel="stylesheet" href="/${name}.css">`).join('');
  const head = `<meta charset="utf-8"><title>#12 Evidence</title>${links}`;
  const script = '<script nonce="of-this-page" src="/evidence.js"></script>';
  return `<!doctype html><html lang="en"><head>${head}</head><body class="${THEMES[theme].bodyClass}"><div id="app"></div>${script}</body></html>`;
}
