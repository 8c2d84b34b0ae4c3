import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Frame, type Page } from 'playwright-core';
import { bundleScript } from './bundle';
import type { Target } from './hostileMeans';
import type { Prize } from './hostilePage';
import { tempFolder } from './tempFolder';

interface ChromiumScript {
  ensureChromium(): string;
  CHROMIUM_FLAGS: string[];
}
/** Where a hostile page comes from. */
export type Place = 'origin' | 'rebound' | 'sandbox' | 'data';

const REBOUND = 'rebind.example';
/** The browser's own protection of local addresses is not what is tried here. */
const FLAGS = [
  `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`,
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,HttpsUpgrades',
  '--disable-popup-blocking',
];

/** A browser that has been lured to a hostile page. */
export class HostileStage {
  private constructor(
    private readonly browser: Browser,
    private readonly server: Server,
    private readonly script: string,
  ) {}

  static async open(): Promise<HostileStage> {
    const found = (await import(join(process.cwd(), 'scripts', 'chromium.mjs'))) as ChromiumScript;
    const browser = await chromium.launch({ executablePath: found.ensureChromium(), args: [...found.CHROMIUM_FLAGS, ...FLAGS] });
    const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<body></body>'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const script = join(tempFolder(), 'hostile.js');
    bundleScript('test/support/hostilePage.ts', script, { platform: 'browser', format: 'iife', target: 'chrome128' });
    return new HostileStage(browser, server, readFileSync(script, 'utf8'));
  }

  /** A page of that place; `port` is the tower's. */
  async lure(place: Place, port: number): Promise<Frame> {
    const page = await this.browser.newPage();
    const own = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
    // Its own server answered at this name and port, before the name was made to point here.
    const rebound = `http://${REBOUND}:${port}/lure.html`;
    await page.route(rebound, (route) => route.fulfill({ contentType: 'text/html', body: '<body></body>' }));
    await page.goto(place === 'rebound' ? rebound : own);
    const frame = place === 'origin' || place === 'rebound' ? page.mainFrame() : await innerFrame(page, place);
    await frame.evaluate(this.script);
    return frame;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** What can be attempted, and what each is after. */
export function attemptsOf(frame: Frame): Promise<[name: string, prize: Prize][]> {
  return frame.evaluate('attempts()');
}

/** What one attempt got. */
export function attempt(frame: Frame, name: string, target: Target): Promise<string[]> {
  return frame.evaluate(`attempt(${JSON.stringify(name)}, ${JSON.stringify(target)})`);
}

async function innerFrame(page: Page, place: 'sandbox' | 'data'): Promise<Frame> {
  const html =
    place === 'sandbox'
      ? '<iframe sandbox="allow-scripts allow-forms allow-popups" srcdoc="<body></body>">'
      : '<iframe src="data:text/html,<body></body>">';
  await page.setContent(html);
  const frame = await (await page.waitForSelector('iframe')).contentFrame();
  if (!frame) throw new Error('The frame has no page.');
  return frame;
}
