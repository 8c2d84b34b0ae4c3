import { format } from 'node:util';
import Mocha from 'mocha';

/** Runs one test file and sends its parent the counts and what mocha had to say: `mochaFile.mjs path settings`. */
const [path, settings] = process.argv.slice(2);
const lines = [];
Mocha.reporters.Base.consoleLog = (...words) => lines.push(format(...words));
const mocha = new Mocha({ ...JSON.parse(settings), color: Boolean(process.stdout.isTTY) });
mocha.addFile(path);
await mocha.loadFilesAsync();
const failures = [];
const retried = new Set();
const { stats } = await new Promise((resolve) => {
  const runner = mocha.run(() => resolve(runner));
  runner.on('retry', (test, { message }) => retried.add(`${test.fullTitle()}: ${message}`));
  runner.on('fail', (test, { message }) => failures.push(`${test.fullTitle()}: ${message}`));
});
const isEmpty = stats.tests === 0 && failures.length === 0;
process.send(
  {
    passed: stats.passes,
    failed: stats.failures,
    failures,
    retried: [...retried],
    ms: stats.duration,
    output: isEmpty ? '' : lines.join('\n').trimEnd(),
  },
  () => process.exit(),
);
