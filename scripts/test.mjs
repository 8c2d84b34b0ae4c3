import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, node24, root, run } from './node24.mjs';

/** Installs what is needed, then runs every stage. */
const started = Date.now();
ensurePackages();
const { ensureChromium, preferShell } = await import('./chromium.mjs');
const { ensureEditor } = await import('./editor.mjs');
preferShell();
ensureChromium();
ensureEditor();

const suites = ['unit', 'host', 'e2e', ...(process.argv.includes('--all') ? ['slow'] : [])];
for (const suite of suites) rmSync(join(root, 'out', `${suite}.json`), { force: true });
const stages = [
  ['check', ['npm', 'run', '--silent', 'check']],
  ['build', ['npm', 'run', '--silent', 'build']],
  ...suites.map((suite) => [suite, [node24, `scripts/${suite === 'host' || suite === 'e2e' ? suite : 'mocha'}.mjs`, suite]]),
];
let broken = 0;
for (const [name, [command, ...args]] of stages) {
  const from = Date.now();
  console.log(`\n── ${name}`);
  try {
    run(command, args);
  } catch (error) {
    broken++;
    console.log(error.message);
    if (name === 'build') break;
  }
  console.log(`── ${name}: ${((Date.now() - from) / 1000).toFixed(1)} s`);
}

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
