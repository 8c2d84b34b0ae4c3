import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { auditScene, sitePictures, type SitePictures } from './auditScene';
import { PanelPage, type PanelOptions } from './panelPage';
import type { ComparedPair, PanelScene } from './panelScene';

interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}

/** What a suite about a panel works with. */
export interface PanelStage {
  readonly pictures: SitePictures;
  /** The scene of an audit in review. */
  audit(): PanelScene;
  /** Opens a panel, closed after the test; an error in its page fails the test. */
  open(scene?: PanelScene, options?: PanelOptions): Promise<PanelPage>;
}

/** Starts a browser for the suite that calls it, and ends it afterwards. */
export function panelStage(): PanelStage {
  let browser: Browser;
  let pictures: SitePictures;
  const panels: PanelPage[] = [];
  const known = new Map<string, ComparedPair>();
  before(async () => {
    const script = (await import(join(process.cwd(), 'scripts', 'chromium.mjs'))) as ChromiumScript;
    browser = await chromium.launch({ executablePath: script.ensureChromium(), args: script.CHROMIUM_FLAGS });
    pictures = await sitePictures(browser);
  });
  afterEach(async () => {
    const errors = panels.flatMap((panel) => panel.errors);
    await Promise.all(panels.splice(0).map((panel) => panel.close()));
    assert.deepEqual(errors, []);
  });
  after(() => browser.close());
  const audit = (): PanelScene => auditScene(pictures, known);
  return {
    get pictures() {
      return pictures;
    },
    audit,
    open: async (scene = audit(), options = {}) => {
      const panel = await PanelPage.open(browser, scene, options);
      panels.push(panel);
      if (options.queryRefusal === undefined) await panel.page.getByRole('heading', { level: 1 }).waitFor();
      return panel;
    },
  };
}
