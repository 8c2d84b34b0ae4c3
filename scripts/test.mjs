import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { ensurePackages, env24, node24, root, run } from './node24.mjs';

/** Installs what is needed, then runs every stage; with `--all` also what is slow, and more of the same elsewhere. */
const started = Date.now();
ensurePackages();
const { ensureChromium, preferShell } = await import('./chromium.mjs');
const { ensureEditor } = await import('./editor.mjs');
preferShell();
ensureChromium();
ensureEditor();

const isAll = process.argv.includes('--all');
const env = isAll ? { ...env24, TASKTOWER_TEST_ALL: '1' } : env24;
const suites = ['unit', 'host', 'e2e', ...(isAll ? ['slow'] : [])];
for (const suite of suites) rmSync(join(root, 'out', `${suite}.json`), { force: true });
let broken = 0;
// Types, lint and format take what the others leave of the machine: those often wait.
const check = aside('check', constants.priority.PRIORITY_LOW);
if (stage('build', 'npm', 'run', '--silent', 'build')) {
  // One process, which waits for its editor first.
  const host = aside('host', constants.priority.PRIORITY_NORMAL);
  stage('unit', node24, 'scripts/mocha.mjs', 'unit');
  // What comes packs the extension that the host runs.
  await ended('host', host);
  stage('e2e', node24, 'scripts/e2e.mjs', 'e2e');
  if (isAll) stage('slow', node24, 'scripts/mocha.mjs', 'slow');
}
await ended('check', check);

let passed = 0;
let failed = 0;
console.log('');
for (const suite of suites) {
  const report = join(root, 'out', `${suite}.json`);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { passed: 0, failed: 1, failures: ['It did not end.'] };
  console.log(`${suite}: ${counts.passed} passed, ${counts.failed} failed`);
  for (const test of counts.retried ?? []) console.log(`  tried again: ${test}`);
  for (const test of counts.failures ?? []) console.log(`  failed: ${test}`);
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${((Date.now() - started) / 1000).toFixed(0)} s in all\n`);
console.log(`${passed} passed, ${failed || broken} failed`);
process.exit(broken > 0 || failed > 0 || passed === 0 ? 1 : 0);

/** Runs a stage to its end. @returns whether it went well. */
function stage(name, command, ...args) {
  const from = Date.now();
  console.log(`\n── ${name}`);
  try {
    run(command, args, { env });
  } catch (error) {
    broken++;
    console.log(error.message);
    return false;
  } finally {
    console.log(`── ${name}: ${((Date.now() - from) / 1000).toFixed(1)} s`);
  }
  return true;
}

/** Starts a stage beside the others, which says what it has to say in a file. */
async function aside(name, priority) {
  mkdirSync(join(root, 'out'), { recursive: true });
  const path = join(root, 'out', `${name}.log`);
  const file = openSync(path, 'w');
  const child = spawn(node24, [`scripts/${name}.mjs`], { cwd: root, env, stdio: ['ignore', file, file] });
  setPriority(child.pid, priority);
  const [status] = await once(child, 'exit');
  return { status, output: readFileSync(path, 'utf8').trimEnd() };
}

/** Waits for a stage that was started beside the others. */
async function ended(name, running) {
  const from = Date.now();
  console.log(`\n── ${name}`);
  const { status, output } = await running;
  if (output) console.log(output);
  if (status !== 0) broken++;
  console.log(`── ${name}: ${((Date.now() - from) / 1000).toFixed(1)} s more`);
}
