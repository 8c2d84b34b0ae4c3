import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { LogsPage, type LogsOptions, type LogsScene } from './logsPage';

interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}

/** Starts a browser for the suite that calls it, and ends it afterwards; an error in a page fails the test. */
export function logsStage(): { open(scene: LogsScene, options?: LogsOptions, refusal?: string): Promise<LogsPage> } {
  let browser: Browser;
  const pages: LogsPage[] = [];
  before(async () => {
    const script = (await import(join(process.cwd(), 'scripts', 'chromium.mjs'))) as ChromiumScript;
    const flags = [...script.CHROMIUM_FLAGS, '--enable-precise-memory-info', '--js-flags=--expose-gc'];
    browser = await chromium.launch({ executablePath: script.ensureChromium(), args: flags });
  });
  afterEach(async () => {
    const errors = pages.flatMap((page) => page.errors);
    await Promise.all(pages.splice(0).map((page) => page.close()));
    assert.deepEqual(errors, []);
  });
  after(() => browser.close());
  return {
    open: async (scene, options, refusal) => {
      const page = await LogsPage.open(browser, scene, options, refusal);
      pages.push(page);
      if (refusal === undefined && scene.log.lines.length > 0) await page.ready();
      return page;
    },
  };
}
