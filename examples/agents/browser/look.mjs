import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { accessibility } from './metrics.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const VIEWPORTS = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

/** Opens a page in a fresh context at one size: a picture, the axe report, and what the browser observed while loading. */
export async function lookAt(browser, { label, name, url }, viewport, say) {
  const mobile = viewport.width < 600;
  const context = await browser.newContext({
    viewport,
    isMobile: mobile,
    hasTouch: mobile,
    // Moving parts would make two pictures of the same page differ.
    reducedMotion: 'reduce',
    acceptDownloads: false,
    serviceWorkers: 'block',
  });
  try {
    const page = await context.newPage();
    const traffic = await observeTraffic(page, say);
    await context.addInitScript(observePaint);
    await open(page, label, url);
    const performance = { ...(await page.evaluate(readPaint)), ...traffic };
    const screenshot = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    // As an expression, not as a script element, which a page's content security policy may forbid.
    await page.evaluate(AXE);
    const report = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
    return {
      label,
      name,
      size: `${viewport.width}x${viewport.height}`,
      viewport,
      screenshot,
      report,
      performance,
      accessibility: accessibility(report),
    };
  } finally {
    await context.close();
  }
}

/** What this browser gives every script, as names: read from an empty page, which adds none of its own. */
export async function browserGlobals(browser) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  try {
    const page = await context.newPage();
    // A secure origin has names that a blank page lacks. Nothing is asked of a network.
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto('https://localhost/');
    return await page.evaluate(() => {
      const names = new Set();
      for (let from = globalThis; from; from = Object.getPrototypeOf(from))
        Object.getOwnPropertyNames(from).forEach((name) => names.add(name));
      return [...names];
    });
  } finally {
    await context.close();
  }
}

async function open(page, label, url) {
  const response = await page.goto(url, { waitUntil: 'load', timeout: 30_000 }).catch((error) => {
    const reason = /net::(\w+)/.exec(error.message)?.[1] ?? error.message.split('\n', 1)[0];
    throw new Error(`${label} could not be opened (${reason}). Check the address and that its server runs, then retry.`, { cause: error });
  });
  if (response && response.status() >= 400) {
    throw new Error(`${label} answered ${response.status()}. Check the address or the file name, then retry.`);
  }
  // Some pages never fall silent; what is there after 5 s is what a visitor sees.
  await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => undefined);
}

/** Counts requests and the bytes that really crossed the network, headers included. */
async function observeTraffic(page, say) {
  const traffic = { bytes: 0, requests: 0 };
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (traffic.bytes += encodedDataLength));
  page.on('request', () => traffic.requests++);
  page.on('requestfailed', (request) => say('warn', `${request.url().slice(0, 200)} failed: ${request.failure()?.errorText ?? 'unknown'}`));
  page.on('response', (response) =>
    say(response.status() < 400 ? 'debug' : 'warn', `${response.status()} ${response.url().slice(0, 200)}`),
  );
  page.on('console', (message) => message.type() === 'error' && say('warn', `console: ${message.text().slice(0, 500)}`));
  page.on('pageerror', (error) => say('warn', `script error: ${error.message.slice(0, 500)}`));
  return traffic;
}

/** Runs in the page before anything else. Buffered, so that nothing painted before the observer counts as unseen. */
function observePaint() {
  const seen = (globalThis.__look = { lcp: undefined, cls: 0 });
  let session = { value: 0, start: 0, last: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.lcp = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      // CLS is the worst session of shifts: gaps under 1 s, at most 5 s long (https://web.dev/articles/cls).
      const near = entry.startTime - session.last < 1000 && entry.startTime - session.start < 5000;
      session = near
        ? { ...session, value: session.value + entry.value, last: entry.startTime }
        : { value: entry.value, start: entry.startTime, last: entry.startTime };
      seen.cls = Math.max(seen.cls, session.value);
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/** Runs in the page: what the observers saw, after the frames that were under way. Times in ms since navigation began. */
async function readPaint() {
  await document.fonts.ready;
  for (let frame = 0; frame < 10 && globalThis.__look.lcp === undefined; frame++) await new Promise(requestAnimationFrame);
  const [navigation] = performance.getEntriesByType('navigation');
  const round = (value, digits) => (value === undefined ? undefined : Number(value.toFixed(digits)));
  return { load: round(navigation?.loadEventEnd, 1), lcp: round(globalThis.__look.lcp, 1), cls: round(globalThis.__look.cls, 4) };
}
