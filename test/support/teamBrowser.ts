import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { PASSWORD } from './team';

interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}

const PICTURES = resolve('out', 'screenshots');

/** A real Chromium. */
export async function openBrowser(): Promise<Browser> {
  const script = (await import(resolve('scripts', 'chromium.mjs'))) as ChromiumScript;
  return chromium.launch({ executablePath: script.ensureChromium(), args: script.CHROMIUM_FLAGS });
}

/** A person at the dashboard of a team tower, in a browser session of their own. */
export class TeamPage {
  /** What went wrong in the page. */
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && this.errors.push(message.text()));
  }

  /** Opens the tower and signs in. */
  static async signIn(browser: Browser, url: string, name: string, options: BrowserContextOptions = {}): Promise<TeamPage> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    const team = new TeamPage(await context.newPage());
    await team.page.goto(url);
    await team.fill(name, PASSWORD);
    await team.page.getByRole('navigation', { name: 'Parts of the tower' }).waitFor();
    // Before signing in, the page asks who it is, and is told that nobody is.
    team.errors.length = 0;
    return team;
  }

  /** Fills in the page to sign in. */
  async fill(name: string, password: string): Promise<void> {
    await this.page.getByLabel('Name').fill(name);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign In' }).click();
  }

  async see(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}
