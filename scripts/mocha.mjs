import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { root } from './node24.mjs';

/** Runs one suite of bundled tests in this process: `node scripts/mocha.mjs unit [--grep text]`. */
const [suite = 'unit', flag, grep] = process.argv.slice(2);
const mocha = new Mocha({
  timeout: suite === 'unit' ? 20_000 : 120_000,
  forbidOnly: Boolean(process.env.CI),
  // A shared machine stalls now and then; what needed its second try is named in the summary.
  retries: process.env.CI ? 1 : 0,
  bail: process.argv.includes('--bail'),
  ...(flag === '--grep' ? { grep } : {}),
});
for (const file of globSync(`out/test/${suite}/**/*.test.js`, { cwd: root }).sort()) mocha.addFile(join(root, file));
await mocha.loadFilesAsync();
const failures = [];
const retried = new Set();
const { stats } = await new Promise((resolve) => {
  const runner = mocha.run(() => resolve(runner));
  runner.on('retry', (test, { message }) => retried.add(`${test.fullTitle()}: ${message}`));
  runner.on('fail', (test, { message }) => failures.push(`${test.fullTitle()}: ${message}`));
});
mkdirSync(join(root, 'out'), { recursive: true });
writeFileSync(
  join(root, 'out', `${suite}.json`),
  JSON.stringify({ passed: stats.passes, failed: stats.failures, failures, retried: [...retried] }),
);
process.exit(stats.failures > 0 || stats.passes === 0 ? 1 : 0);
