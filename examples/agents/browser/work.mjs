import { launchChromium } from './chromium.mjs';
import { lookAt, VIEWPORTS } from './look.mjs';
import { metricsOf, summary, worst } from './metrics.mjs';
import { pagesIn } from './pages.mjs';
import { serveFolder } from './site.mjs';

/** Does one attempt from start to its final report. Never throws: what goes wrong is reported. */
export async function work(attempt) {
  const open = [];
  try {
    const result = await Promise.race([lookAtPages(attempt, open), aborted(attempt.signal)]);
    attempt.progress(1, 'done');
    attempt.report({ type: 'result', result });
  } catch (error) {
    if (attempt.signal.aborted) attempt.report({ type: 'cancelled' });
    else attempt.report({ type: 'error', message: error.message.slice(0, 2000) });
  } finally {
    for (const close of open.reverse()) await Promise.resolve(close()).catch(() => undefined);
  }
}

async function lookAtPages(attempt, open) {
  const { prompt, title, folder = process.cwd() } = attempt.assignment;
  const pages = pagesIn(`${title}\n${prompt}`);
  if (pages.length === 0)
    throw new Error('The prompt names no page. Write an address such as http://localhost:3000 or a file such as index.html, then retry.');
  attempt.log('info', `Pages: ${pages.map(({ label }) => label).join(', ')}`);
  attempt.progress(0, 'starting the browser');
  const site = pages.some(({ file }) => file) ? await serveFolder(folder) : undefined;
  if (site) {
    open.push(site.close);
    attempt.log('debug', `Serving ${folder} at ${site.url}`);
  }
  const starting = launchChromium();
  // Registered before it is up, so that a cancel in mid-start closes it too.
  open.push(() => starting.then((browser) => browser.close()));
  const browser = await starting;
  attempt.log('debug', `Chromium ${browser.version()}`);

  const looks = [];
  const total = pages.length * VIEWPORTS.length;
  for (const page of pages) {
    const url = page.url ?? new URL(encodeURI(page.file), `${site.url}/`).href;
    for (const viewport of VIEWPORTS) {
      const size = `${viewport.width}x${viewport.height}`;
      attempt.progress(looks.length / total, `${page.label} at ${size}`);
      attempt.log('info', `Opening ${page.label} at ${size}`);
      const look = await lookAt(browser, { ...page, url }, viewport, (level, line) => attempt.log(level, line));
      await handIn(attempt, look);
      looks.push(look);
    }
  }
  const overall = worst(looks);
  reportMetrics(attempt, { name: 'worst of all pages' }, metricsOf(overall, ''));
  return summary(looks);
}

async function handIn(attempt, look) {
  const { name, viewport, size, label, report, screenshot, accessibility: found } = look;
  await attempt.upload({ kind: 'screenshot', name, viewport, description: label }, 'image/png', screenshot);
  await attempt.upload({ kind: 'report', name: `axe ${name}`, viewport }, 'application/json', JSON.stringify(report, null, 2));
  reportMetrics(attempt, { name, viewport }, metricsOf(look));
  for (const { impact, help, nodes } of report.violations) {
    attempt.log(
      'warn',
      `${label} at ${size}: ${help} (${impact}): ${nodes
        .map(({ target }) => target.join(' '))
        .join(', ')
        .slice(0, 500)}`,
    );
  }
  attempt.log('info', `${label} at ${size}: accessibility ${found.score} of 100, loaded in ${look.performance.load} ms`);
}

function reportMetrics(attempt, head, metrics) {
  attempt.report({ type: 'evidence', evidence: { kind: 'metrics', ...head, metrics }, text: JSON.stringify(metrics, null, 2) });
}

function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
