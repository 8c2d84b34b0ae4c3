import { format } from 'node:util';
import Mocha from 'mocha';

/** Runs the test files it is told, one after the other, and answers with their counts and what mocha had to say. */
process.on('message', ({ path, settings }) => void runFile(path, settings));
process.on('disconnect', () => process.exit());

async function runFile(path, settings) {
  const lines = [];
  Mocha.reporters.Base.consoleLog = (...words) => lines.push(format(...words));
  const mocha = new Mocha({ ...settings, color: Boolean(process.stdout.isTTY) });
  mocha.addFile(path);
  await mocha.loadFilesAsync();
  const failures = [];
  const retried = new Set();
  const runner = await new Promise((resolve) => {
    const run = mocha.run(() => resolve(run));
    run.on('retry', (test, { message }) => retried.add(`${test.fullTitle()}: ${message}`));
    run.on('fail', (test, { message }) => failures.push(`${test.fullTitle()}: ${message}`));
  });
  const { stats } = runner;
  runner.dispose();
  const isEmpty = stats.tests === 0 && failures.length === 0;
  process.send({
    passed: stats.passes,
    failed: stats.failures,
    failures,
    retried: [...retried],
    ms: stats.duration,
    output: isEmpty ? '' : lines.join('\n').trimEnd(),
  });
}
