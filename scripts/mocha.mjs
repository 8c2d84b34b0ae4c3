import { fork } from 'node:child_process';
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node24, root } from './node24.mjs';

/** Runs a suite of bundled tests, its files in a few processes: `node scripts/mocha.mjs unit [--grep text] [--bail]`. */
const [suite = 'unit', ...flags] = process.argv.slice(2);
/** Most tests wait for processes and clocks. What is timed, or starts many agents, runs alone; so do editors on a shared machine. */
const workers = { unit: 2, e2e: process.env.CI ? 1 : 2 }[suite] ?? 1;
/** The steps of a journey stand on each other, so it begins anew as a whole. */
const isJourney = (path) => /[\\/]e2e[\\/]/.test(path);
const settings = {
  timeout: suite === 'unit' ? 20_000 : 120_000,
  forbidOnly: Boolean(process.env.CI),
  bail: flags.includes('--bail'),
  ...(flags.includes('--grep') ? { grep: flags[flags.indexOf('--grep') + 1] } : {}),
};

// From the end: the panels and the towers, which take longest, come first.
const files = globSync(`out/test/${suite}/**/*.test.js`, { cwd: root }).sort().reverse();
const results = [];
await Promise.all(Array.from({ length: workers }, runFiles));

const report = {
  passed: sum('passed'),
  failed: sum('failed'),
  failures: results.flatMap(({ failures }) => failures),
  retried: results.flatMap(({ retried }) => retried),
};
const longest = results.toSorted((a, b) => b.ms - a.ms).slice(0, 5);
console.log(`Longest: ${longest.map(({ file, ms }) => `${file} ${(ms / 1000).toFixed(0)} s`).join(', ')}`);
mkdirSync(join(root, 'out'), { recursive: true });
writeFileSync(join(root, 'out', `${suite}.json`), JSON.stringify(report));
process.exit(report.failed > 0 || report.passed === 0 ? 1 : 0);

/** Runs one file after the other, until none is left. */
async function runFiles() {
  for (let path = files.shift(); path !== undefined; path = files.shift()) {
    const result = await runFile(path);
    if (result.output) console.log(result.output);
    const again = process.env.CI && isJourney(path) && result.failed > 0 ? await runFile(path) : undefined;
    if (again?.output) console.log(again.output);
    results.push(again ? { ...again, retried: [...again.retried, ...result.failures] } : result);
    if (settings.bail && result.failed > 0) files.length = 0;
  }
}

/** Each file has a process of its own: starting one from a process that has loaded much takes a multiple of the time. */
function runFile(path) {
  const file = path.slice(`out/test/${suite}/`.length).replace(/\.test\.js$/, '');
  // A shared machine stalls now and then; what needed its second try is named in the summary.
  const retries = process.env.CI && !isJourney(path) ? 1 : 0;
  const args = [join(root, path), JSON.stringify({ ...settings, retries })];
  const child = fork(join(root, 'scripts', 'mochaFile.mjs'), args, { cwd: root, execPath: node24 });
  return new Promise((resolve) => {
    child.once('message', (result) => resolve({ ...result, file }));
    child.once('exit', (code, signal) => {
      const failures = [`${file}: its process ended with ${signal ?? code}.`];
      resolve({ file, passed: 0, failed: 1, failures, retried: [], ms: 0, output: '' });
    });
  });
}

function sum(count) {
  return results.reduce((total, result) => total + result[count], 0);
}
