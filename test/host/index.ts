import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { isThorough } from '../support/thorough';

/** What its files, sockets, processes, workers and WebAssembly could do otherwise; the rest of the unit tests comes with `npm run test:all`. */
const OWN = /^unit\/(base\/|store\/(evidence|history|journal|logs)\.|gateway\/(addressFile|mcp|rest|runnerSocket)\.)/;
/** Suites of towers and agents in processes of their own: the extension host changes nothing for them, and they take minutes. */
const ELSEWHERE = /^unit\/(cli|examples|fuzz|model|repo|runner|server|proof|users|webviews)\/|\/agentSocket\./;

/** Runs the bundled host and unit tests inside the extension host; called by the editor, whichever launched it. */
export async function run(): Promise<void> {
  // mocha 12 is an ES module, and this file is loaded by `require`.
  const { default: Mocha } = await import('mocha');
  const lines: string[] = [];
  const mocha = new Mocha({
    timeout: 60_000,
    forbidOnly: Boolean(process.env.CI),
    retries: process.env.CI ? 1 : 0,
    color: false,
    reporter: 'spec',
  });
  const log = console.log;
  console.log = (...args: unknown[]) => void lines.push(format(...args));
  const root = join(__dirname, '..');
  for (const suite of (process.env.TASKTOWER_TEST_SUITES ?? 'host,unit').split(',')) {
    const files = globSync(`${suite}/**/*.test.js`, { cwd: root }).sort();
    const isMeant = (file: string): boolean => file.startsWith('host/') || (isThorough ? !ELSEWHERE.test(file) : OWN.test(file));
    for (const file of files.filter(isMeant)) mocha.addFile(join(root, file));
  }
  const failures: string[] = [];
  const retried = new Set<string>();
  const { stats } = await new Promise<Mocha.Runner>((resolve) => {
    const runner = mocha.run(() => resolve(runner));
    runner.on('retry', (test: Mocha.Test, { message }: Error) => retried.add(`${test.fullTitle()}: ${message}`));
    runner.on('fail', (test, error: Error) => failures.push(`${test.fullTitle()}: ${error.message}`));
  });
  console.log = log;
  const counts = { passed: stats?.passes ?? 0, failed: stats?.failures ?? 1 };
  const report = { ...counts, failures, retried: [...retried], output: lines.join('\n') };
  if (process.env.TASKTOWER_TEST_REPORT) writeFileSync(process.env.TASKTOWER_TEST_REPORT, JSON.stringify(report));
  if (report.failed > 0 || report.passed === 0) throw new Error(`${report.failed} host tests failed.`);
}
