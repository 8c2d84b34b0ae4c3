import { launchChromium } from './chromium.mjs';
import { lint } from './lint.mjs';
import { browserGlobals, lookAt, VIEWPORTS } from './look.mjs';
import { metricsOf, scoreText, summary, worst } from './metrics.mjs';
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
  const total = pages.length * VIEWPORTS.length + (site ? 1 : 0);
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
  const code = site ? await checkScripts(attempt, browser, folder, open, looks.length / total) : undefined;
  // Last, because the tower judges by the last value of a name, and each axe report gives its own `score`.
  reportMetrics(attempt, { name: 'worst of all pages' }, metricsOf(worst(looks)));
  return summary(looks, code);
}

/** Only of a folder that was served: what runs behind an address is not known. */
async function checkScripts(attempt, browser, folder, open, done) {
  attempt.progress(done, 'checking the scripts');
  const say = (level, line) => attempt.log(level, line);
  const code = await lint(folder, { globals: await browserGlobals(browser), say, open });
  if (code) await attempt.upload({ kind: 'report', name: 'eslint' }, 'application/json', code.report);
  return code;
}

async function handIn(attempt, look) {
  const { name, viewport, size, label, report, screenshot, accessibility: found } = look;
  await attempt.upload({ kind: 'screenshot', name, viewport, description: label }, 'image/png', screenshot);
  await attempt.upload({ kind: 'report', name: `axe ${name}`, viewport }, 'application/json', JSON.stringify(report, null, 2));
  // Without accessibility: the tower reads that from the report.
  reportMetrics(attempt, { name, viewport }, metricsOf({ performance: look.performance }, `.${name}.${size}`));
  for (const { impact, help, nodes } of report.violations) {
    attempt.log(
      'warn',
      `${label} at ${size}: ${help} (${impact}): ${nodes
        .map(({ target }) => target.join(' '))
        .join(', ')
        .slice(0, 500)}`,
    );
  }
  attempt.log('info', `${label} at ${size}: ${scoreText(found)}, loaded in ${look.performance.load} ms`);
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
