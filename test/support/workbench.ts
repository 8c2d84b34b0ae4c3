import axe, { type Result } from 'axe-core';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { until } from './until';

/** Themes of VS Code itself, and the class that the window has then. */
export const THEMES = {
  light: ['Light Modern', 'vs'],
  dark: ['Dark Modern', 'vs-dark'],
  'high-contrast': ['Dark High Contrast', 'hc-black'],
} as const;

/** The editor as a user sees it: roles, labels and text. */
export class Workbench {
  /** Whose menu was used last. */
  private chosenRow: string | RegExp | undefined;

  constructor(
    readonly page: Page,
    private readonly url: string,
  ) {}

  async open(folder: string): Promise<void> {
    await this.page.goto(`${this.url}/?folder=${encodeURIComponent(folder)}`, { timeout: 60_000 });
    await this.restored();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.restored();
  }

  private async restored(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
    await this.page
      .getByRole('tab', { name: /Explorer/ })
      .first()
      .waitFor({ timeout: 60_000 });
  }

  /** Runs a command by its full title, through the command palette. */
  async command(title: string): Promise<void> {
    this.chosenRow = undefined;
    await until(
      `the command ${title}`,
      async () => {
        await this.page.keyboard.press('F1');
        const input = this.quickInput;
        const option = this.page.getByRole('option', { name: new RegExp(`^${escape(title)}`) });
        const focused = this.page.locator('.quick-input-list .monaco-list-row.focused').and(option);
        try {
          await input.fill(`>${title}`, { timeout: 5_000 });
          await option.first().waitFor({ timeout: 5_000 });
          // A click may meet another entry, as the list moves while it is filtered.
          for (let at = 0; at < 8 && !(await focused.isVisible()); at++) await this.page.keyboard.press('ArrowDown');
          await focused.waitFor({ timeout: 1_000 });
          // By the input: what opened before may still take the focus, which closes the palette without an answer.
          await input.press('Enter', { timeout: 1_000 });
          return true;
        } catch {
          await this.page.keyboard.press('Escape');
          return false;
        }
      },
      60_000,
    );
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type=text], .quick-input-widget:visible textarea').first();
  }

  /** The quick pick or input box that is open. */
  get dialog(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  /** Our item of the status bar. */
  get statusItem(): Locator {
    return this.page.locator('.statusbar-item[id*="tasktower"]').first();
  }

  /** Types into the open quick input. */
  async type(text: string): Promise<void> {
    await this.quickInput.waitFor();
    await this.quickInput.fill(text);
  }

  /** Picks the first entry of the open quick pick whose name matches; in a list of check boxes, ticks it. */
  async pick(name: RegExp): Promise<void> {
    const rows = this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
    const row = await until(`the entry ${name.source}`, async () => {
      // A list that is replaced meanwhile leaves rows behind that never come.
      const labelOf = (one: Locator): Promise<string | null> => one.getAttribute('aria-label', { timeout: 500 }).catch(() => null);
      for (const one of await rows.all()) if (name.test((await labelOf(one)) ?? '')) return one;
      return undefined;
    });
    await row.click();
  }

  /** Presses a button of the modal question. */
  async press(button: string): Promise<void> {
    const wanted = this.page.getByRole('dialog').getByRole('button', { name: button, exact: true });
    await until(
      `the button ${button}`,
      async () => {
        await this.nameLostRow();
        return wanted.isVisible();
      },
      30_000,
    );
    await wanted.click();
  }

  /** Waits for a step of a dialog by its title. */
  async step(title: string | RegExp): Promise<void> {
    await this.page.locator('.quick-input-widget:visible .quick-input-title').filter({ hasText: title }).waitFor();
  }

  /** Opens the Tasktower side bar. @param tasks what its middle view is called. */
  async openSideBar(tasks = 'Tasks'): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: /^Tasktower/ });
    await tab.waitFor({ timeout: 60_000 });
    // While a reloaded window is restored, the side bar may come by itself, and a click would close it again.
    await until(
      'the side bar',
      async () => {
        if (await this.view(tasks).isVisible()) return true;
        if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
        return this.view(tasks)
          .waitFor({ timeout: 2_000 })
          .then(
            () => true,
            () => false,
          );
      },
      30_000,
    );
  }

  /** Makes the side bar as wide as that, CSS pixels, by its edge. */
  async sideBarWidth(width: number): Promise<void> {
    const bar = await this.page.locator('.part.sidebar').boundingBox();
    if (!bar) throw new Error('There is no side bar.');
    const [edge, middle] = [bar.x + bar.width, bar.y + bar.height / 2];
    await this.page.mouse.move(edge, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(bar.x + width, middle, { steps: 8 });
    await this.page.mouse.up();
    await until(`a side bar of ${width} px`, async () => {
      const now = await this.page.locator('.part.sidebar').boundingBox();
      return now !== null && Math.abs(now.width - width) <= 2;
    });
  }

  /** A view of the side bar by its title. */
  view(title: string): Locator {
    return this.page.locator('.pane').filter({ has: this.page.getByRole('button', { name: new RegExp(`^${title} Section`) }) });
  }

  /** The rows of a view as text, two spaces a level: `label description`. */
  async rows(title: string): Promise<string[]> {
    await this.nameLostRow();
    return this.view(title)
      .getByRole('treeitem')
      .evaluateAll((items) =>
        items.map((item) => {
          const text = (name: string): string => item.querySelector(name)?.textContent?.trim() ?? '';
          const indent = '  '.repeat(Number(item.getAttribute('aria-level') ?? 1) - 1);
          return `${indent}${text('.label-name')} ${text('.label-description')}`.trimEnd();
        }),
      );
  }

  row(title: string, text: string | RegExp): Locator {
    return this.view(title).getByRole('treeitem').filter({ hasText: text }).first();
  }

  /** Opens a row that has others under it. */
  async expand(title: string, text: string | RegExp): Promise<void> {
    const row = this.row(title, text);
    await until(`${String(text)} to open`, async () => {
      if ((await row.getAttribute('aria-expanded')) === 'true') return true;
      await row.locator('.monaco-tl-twistie').click();
      // Its children are asked for first; another click meanwhile would close it again.
      const opened = this.view(title).locator('[role=treeitem][aria-expanded=true]').filter({ hasText: text }).first();
      return opened.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => false,
      );
    });
  }

  /** Clicks a row in a group until the editor says so: a list that moves meanwhile has another row under the click, which may close the group. */
  async show(title: string, row: string | RegExp, group: string, shown: RegExp): Promise<void> {
    await until(
      `${String(row)} to be shown`,
      async () => {
        await this.expand(title, group);
        await this.row(title, row).click({ timeout: 5_000 });
        return until(shown.source, async () => shown.test(await this.editorText()), 5_000);
      },
      30_000,
    );
  }

  /** Waits until some row of a view matches. */
  async waitForRow(title: string, pattern: RegExp, ms = 20_000): Promise<string> {
    return until(`a row ${pattern.source} in ${title}`, async () => (await this.rows(title)).find((row) => pattern.test(row)), ms);
  }

  /** Waits until a view has no row and says so; tells the rows it still has otherwise. */
  async waitForCalm(title: string, text: string): Promise<void> {
    let rows: string[] = [];
    await until(
      `${title} to say ${text}`,
      async () => (rows = await this.rows(title)).length === 0 && (await this.view(title).getByText(text).isVisible()),
      30_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}; its rows: ${rows.join(' | ')}`, { cause: error });
    });
  }

  /** The entries of a row's context menu. */
  async menuOf(title: string, row: string | RegExp): Promise<string[]> {
    await this.row(title, row).click({ button: 'right' });
    const items = this.page.locator('.context-view').getByRole('menuitem');
    await items.first().waitFor();
    const names = await items.allTextContents();
    await this.page.keyboard.press('Escape');
    await items.first().waitFor({ state: 'hidden' });
    return names;
  }

  /** Picks an entry of a row's context menu. */
  async contextMenu(title: string, row: string | RegExp, entry: string): Promise<void> {
    await this.row(title, row).click({ button: 'right' });
    await this.choose(entry);
    this.chosenRow = row;
  }

  /** VS Code hands a command no row when the list was refreshed under its menu; the command asks then, and a person says it again. */
  private async nameLostRow(): Promise<void> {
    const isAsked = await this.dialog
      .locator('.quick-input-title')
      .filter({ hasText: /^Which (task|agent) to/ })
      .isVisible();
    if (!isAsked || this.chosenRow === undefined) return;
    const row = this.chosenRow;
    this.chosenRow = undefined;
    await this.dialog.locator('.quick-input-list .monaco-list-row').filter({ hasText: row }).first().click();
  }

  /** Chooses an entry of the menu that is open. */
  async choose(entry: string): Promise<void> {
    // A click right after the menu opened is taken for the one that opened it, so point and press Enter.
    const item = this.page
      .locator('.context-view')
      .getByRole('menuitem', { name: new RegExp(`^${escape(entry)}`) })
      .first();
    await item.hover();
    await this.page.locator('.context-view .action-item.focused').filter({ hasText: entry }).waitFor();
    await this.page.keyboard.press('Enter');
    await item.waitFor({ state: 'hidden' });
  }

  /** Text of the status-bar item whose id ends so. */
  async status(): Promise<string> {
    await this.nameLostRow();
    const item = this.page.locator('.statusbar-item[id*="tasktower"]').first();
    return (await item.textContent())?.trim() ?? '';
  }

  /** The tooltip of the status-bar item, once it matches. */
  async statusTooltip(pattern: RegExp, ms = 10_000): Promise<string> {
    const text = await until(
      `the tooltip to say ${pattern.source}`,
      async () => {
        await this.page.locator('.statusbar-item[id*="tasktower"]').first().hover();
        return (await this.page.locator('.monaco-hover:visible').allTextContents())
          .map((shown) => shown.replace(/\s+/g, ' '))
          .find((shown) => pattern.test(shown));
      },
      ms,
    );
    await this.page.mouse.move(640, 300);
    return text;
  }

  /** Waits until some item of the status bar says so, ours or a passing message. */
  async waitForStatusText(pattern: RegExp, ms = 20_000): Promise<void> {
    await this.page.locator('.part.statusbar .statusbar-item').filter({ hasText: pattern }).first().waitFor({ timeout: ms });
  }

  /** When a row that contains `text` appears, ms since 1970 by the machine's clock. */
  whenRow(title: string, text: string): Promise<number> {
    return this.view(title).evaluate(
      (pane, wanted) =>
        new Promise<number>((resolve) => {
          const look = (): boolean => pane.textContent?.includes(wanted) === true && (resolve(Date.now()), true);
          if (look()) return;
          const observer = new MutationObserver(() => look() && observer.disconnect());
          observer.observe(pane, { childList: true, subtree: true, characterData: true });
        }),
      text,
    );
  }

  async waitForStatus(pattern: RegExp, ms = 20_000): Promise<string> {
    return until(
      `the status bar to say ${pattern.source}`,
      async () => {
        const text = await this.status();
        return pattern.test(text) ? text : undefined;
      },
      ms,
    );
  }

  /** The visible lines of the active text editor. */
  async editorText(): Promise<string> {
    const lines = await this.page
      .locator('.editor-instance .view-lines')
      .last()
      .locator('.view-line')
      .evaluateAll((items) => items.map((item) => ({ top: parseFloat((item as HTMLElement).style.top), text: item.textContent ?? '' })));
    return lines
      .sort((a, b) => a.top - b.top)
      .map(({ text }) => text.replace(/\u00a0/g, ' '))
      .join('\n');
  }

  /** The texts of the notifications on screen. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item-message').allTextContents();
  }

  /** Presses a button of a notification, once there is one. */
  async pressInNotification(button: RegExp): Promise<void> {
    await this.page.locator('.notification-list-item').getByRole('button', { name: button }).first().click({ timeout: 30_000 });
  }

  /** The page of the panel that is shown. */
  panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');
  }

  /** Serious findings of axe-core in the page of the panel, one line each. */
  async violations(): Promise<string[]> {
    const outer = await (await this.page.locator('iframe.webview.ready').last().elementHandle())?.contentFrame();
    const frame = await (await outer?.locator('iframe#active-frame').elementHandle())?.contentFrame();
    if (!frame) throw new Error('There is no panel.');
    await frame.evaluate(axe.source);
    const { violations } = await frame.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    const isSerious = ({ impact }: Result): boolean => impact === 'serious' || impact === 'critical';
    return violations.filter(isSerious).map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  }

  async theme(kind: keyof typeof THEMES): Promise<void> {
    const [name, body] = THEMES[kind];
    const input = this.dialog.getByPlaceholder('Select Color Theme');
    await until(
      `the theme ${name}`,
      async () => {
        await this.command('Preferences: Color Theme');
        // The editor's own pages take the focus after they are drawn, which closes the list.
        await input.fill(name, { timeout: 5_000 });
        await this.dialog.locator(`.monaco-list-row[aria-label^="${name}"]`).first().click({ timeout: 5_000 });
        await this.page.locator(`.monaco-workbench.${body}`).waitFor({ timeout: 5_000 });
        return true;
      },
      60_000,
    );
  }

  /** Saves a picture of the window under `out/screenshots`. */
  async screenshot(name: string): Promise<string> {
    const folder = join(__dirname, '..', '..', '..', 'out', 'screenshots');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
