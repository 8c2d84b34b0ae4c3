import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import type { Analytics } from '../../src/server/domain/analytics';
import { AnalyticsPage, type AnalyticsOptions } from './analyticsPage';
import { week } from './analyticsSample';

interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}

/** Opens Analytics panels for the suite that calls it; an error in a page fails its test. */
export function analyticsStage(): (analytics?: Analytics, options?: AnalyticsOptions) => Promise<AnalyticsPage> {
  let browser: Browser;
  const panels: AnalyticsPage[] = [];
  before(async () => {
    const script = (await import(join(process.cwd(), 'scripts', 'chromium.mjs'))) as ChromiumScript;
    browser = await chromium.launch({ executablePath: script.ensureChromium(), args: script.CHROMIUM_FLAGS });
  });
  afterEach(async () => {
    const errors = panels.flatMap((panel) => panel.errors);
    await Promise.all(panels.splice(0).map(({ page }) => page.close()));
    assert.deepEqual(errors, []);
  });
  after(() => browser.close());
  return async (analytics = week(), options = {}) => {
    const panel = await AnalyticsPage.open(browser, analytics, options);
    panels.push(panel);
    return panel;
  };
}
