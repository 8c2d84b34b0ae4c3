import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { node24, root } from './node24.mjs';

/** Runs a suite of bundled tests: `node scripts/mocha.mjs unit [--grep text]`. The unit suite runs in two processes, as most of it waits. */
const [suite = 'unit', flag, value] = process.argv.slice(2);
/** Towers and agents in processes of their own; about as long as all the rest. */
const FIRST = /\/unit\/(?:server|examples|cli|proof)\//;

if (suite === 'unit' && flag === undefined) await runParts();
else await runTests();

async function runTests() {
  const part = flag === '--part' ? value : undefined;
  const mocha = new Mocha({
    timeout: suite === 'unit' ? 20_000 : 120_000,
    forbidOnly: Boolean(process.env.CI),
    // A shared machine stalls now and then; what needed its second try is named in the summary.
    retries: process.env.CI ? 1 : 0,
    bail: process.argv.includes('--bail'),
    ...(flag === '--grep' ? { grep: value } : {}),
  });
  const files = globSync(`out/test/${suite}/**/*.test.js`, { cwd: root }).sort();
  for (const file of files) if (part === undefined || FIRST.test(`/${file}`) === (part === 'first')) mocha.addFile(join(root, file));
  await mocha.loadFilesAsync();
  const failures = [];
  const retried = new Set();
  const { stats } = await new Promise((resolve) => {
    const runner = mocha.run(() => resolve(runner));
    runner.on('retry', (test, { message }) => retried.add(`${test.fullTitle()}: ${message}`));
    runner.on('fail', (test, { message }) => failures.push(`${test.fullTitle()}: ${message}`));
  });
  end(part, { passed: stats.passes, failed: stats.failures, failures, retried: [...retried] });
}

async function runParts() {
  const [first, rest] = await Promise.all(['first', 'rest'].map(runPart));
  end(undefined, {
    passed: first.passed + rest.passed,
    failed: first.failed + rest.failed,
    failures: [...first.failures, ...rest.failures],
    retried: [...first.retried, ...rest.retried],
  });
}

/** The output of the first part is shown as it comes, that of the other when it has ended. */
async function runPart(part) {
  const report = join(root, 'out', `${suite}-${part}.json`);
  rmSync(report, { force: true });
  const isShown = part === 'first';
  const child = spawn(node24, ['scripts/mocha.mjs', suite, '--part', part], {
    cwd: root,
    stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'],
    env: { ...process.env, ...(isShown ? {} : { FORCE_COLOR: process.stdout.isTTY ? '1' : '0' }) },
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (!isShown) process.stdout.write(Buffer.concat(output));
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, failures: [`The ${part} part ended with ${code} and no report.`], retried: [] };
  }
}

function end(part, counts) {
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(join(root, 'out', `${suite}${part === undefined ? '' : `-${part}`}.json`), JSON.stringify(counts));
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
}
