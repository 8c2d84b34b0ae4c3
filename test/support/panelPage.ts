import axe, { type AxeResults, type Result } from 'axe-core';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { encodeBoard } from '../../src/server/domain/board';
import type { CommandInput } from '../../src/server/domain/command';
import type { Task } from '../../src/server/domain/task';
import { errorText } from '../../src/server/base/errors';
import type { ShowEvidence } from '../../src/webviews/protocol';
import { ORIGIN, panelFile } from './panelFiles';
import type { PanelScene } from './panelScene';
import type { ThemeName } from './webviewThemes';

const PICTURES = resolve('out', 'screenshots');

export interface PanelOptions {
  theme?: ThemeName;
  width?: number;
  height?: number;
  show?: Partial<ShowEvidence>;
  reducedMotion?: 'reduce' | 'no-preference';
  queryRefusal?: string;
}

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
  /** Refuses commands, or queries, with a sentence. */
  refusal: string | undefined;
  queryRefusal: string | undefined;

  private constructor(
    readonly page: Page,
    readonly scene: PanelScene,
    private readonly show: Partial<ShowEvidence>,
  ) {}

  static async open(
    browser: Browser,
    scene: PanelScene,
    { theme = 'light', width = 1200, height = 800, show = {}, reducedMotion = 'no-preference', queryRefusal }: PanelOptions = {},
  ): Promise<PanelPage> {
    const page = await browser.newPage({ viewport: { width, height }, reducedMotion });
    page.setDefaultTimeout(10_000);
    const panel = new PanelPage(page, scene, show);
    panel.queryRefusal = queryRefusal;
    page.on('pageerror', (error) => panel.errors.push(String(error)));
    page.on('console', (message) => {
      // A thumbnail that is not made yet is asked for, and may be missing.
      if (message.type() === 'error' && !message.location().url.includes('/thumbs/')) panel.errors.push(message.text());
    });
    await page.route(`${ORIGIN}/**`, async (route) => {
      const answer = panelFile(new URL(route.request().url()).pathname, theme, scene);
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
      if (method === 'query') {
        if (this.queryRefusal !== undefined) throw new Error(this.queryRefusal);
        return await this.send({ id, result: this.scene.proof() });
      }
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

  /** The task as the tower has it. */
  get task(): Task {
    return this.scene.bench.task(this.scene.task.id);
  }

  /** What the extension tells the panel to show. */
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

  /** Loads the page again, as the editor does after a reload of the window or when a tab comes back. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  /** Presses keys, one after the other. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** The gallery as text: its groups with their counts, and the pictures in sight. */
  rows(): Promise<string[]> {
    return this.page.getByRole('treeitem').evaluateAll((items) => items.map((item) => item.textContent ?? ''));
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  /** The mode that is on. */
  mode(): Promise<string | null> {
    return this.page.getByRole('radio', { checked: true }).textContent();
  }

  /** The picture on the stage. */
  title(): Promise<string | null> {
    return this.page.getByRole('heading', { level: 2 }).first().textContent();
  }

  /** Where the pictures on the stage come from. */
  labels(): Promise<string[]> {
    return this.page.locator('.pane figcaption > span').allTextContents();
  }

  /** Waits until a text is there. */
  async see(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** What has the focus, by role and name. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      const name = element?.getAttribute('aria-label') ?? element?.textContent ?? '';
      return `${element?.getAttribute('role') ?? element?.tagName.toLowerCase() ?? ''} ${name}`;
    });
  }

  /** Waits until every picture that is in sight is drawn. */
  async drawn(): Promise<void> {
    await this.page.waitForFunction(() =>
      [...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight),
    );
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
