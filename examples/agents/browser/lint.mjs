import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { scriptsIn } from './scripts.mjs';

const LIMIT_MS = 30_000;
const MOST_LINES = 20;
const MOST_BYTES = 16 * 1024 * 1024;

/** The ESLint that is installed beside this agent, or in a folder above it. */
export function findEslint(from = import.meta.url) {
  try {
    return pathToFileURL(createRequire(from).resolve('eslint')).href;
  } catch {
    return undefined;
  }
}

/**
 * Runs ESLint on the scripts of a folder. Never throws: why there is no report is said in one line.
 * @param {{ globals: string[], say(level: string, line: string): void, open: (() => unknown)[], eslint?: string }} options
 *   `globals`: what scripts may use without declaring it; `open`: gets what stops it.
 * @returns {Promise<{ report: string, errors: number, warnings: number, scripts: number } | undefined>} `report` as
 *   `eslint -f json` writes it, with files relative to the folder.
 */
export async function lint(folder, { globals, say, open, eslint = findEslint() }) {
  if (!eslint) {
    say('info', 'ESLint was not found beside this agent, so code quality is left out. Run npm install in its repository to have it.');
    return undefined;
  }
  const root = resolve(folder);
  const { scripts, left } = await scriptsIn(root);
  if (left > 0) say('warn', `Scripts that ESLint does not see, too many or too large: ${left}`);
  if (scripts.length === 0) {
    say('info', 'There are no scripts for ESLint.');
    return undefined;
  }
  try {
    const { version, lines, ...found } = await run({ eslint, folder: root, scripts, globals, mostLines: MOST_LINES }, open);
    if (found.report.length > MOST_BYTES) throw new Error('its report is larger than 16 MiB');
    for (const line of lines) say('warn', line);
    say('info', `ESLint ${version}: errors ${found.errors}, warnings ${found.warnings}, scripts ${scripts.length}`);
    return { ...found, scripts: scripts.length };
  } catch (error) {
    say('warn', `ESLint could not finish, so code quality is left out: ${error.message.slice(0, 500)}`);
    return undefined;
  }
}

/** In a thread: linting is one long computation, and a cancel must be heard meanwhile. */
function run(workerData, open) {
  const worker = new Worker(new URL('lintWorker.mjs', import.meta.url), { workerData, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  open.push(() => worker.terminate());
  return new Promise((done, fail) => {
    const late = setTimeout(() => {
      fail(new Error(`it took longer than ${LIMIT_MS / 1000} s`));
      void worker.terminate();
    }, LIMIT_MS);
    worker.once('message', done);
    worker.once('error', fail);
    worker.once('exit', () => {
      clearTimeout(late);
      fail(new Error('it was stopped'));
    });
  });
}
