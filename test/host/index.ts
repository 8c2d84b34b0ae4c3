import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs the bundled host and unit tests inside the extension host; called by the editor, whichever launched it. */
export async function run(): Promise<void> {
  // mocha 12 is an ES module, and this file is loaded by `require`.
  const { default: Mocha } = await import('mocha');
  const lines: string[] = [];
  const mocha = new Mocha({ timeout: 60_000, forbidOnly: Boolean(process.env.CI), color: false, reporter: 'spec' });
  const log = console.log;
  console.log = (format: unknown, ...args: unknown[]) => void lines.push(render(String(format ?? ''), args));
  const root = join(__dirname, '..');
  for (const suite of ['host', 'unit']) {
    for (const file of globSync(`${suite}/**/*.test.js`, { cwd: root }).sort()) mocha.addFile(join(root, file));
  }
  const { stats } = await new Promise<Mocha.Runner>((resolve) => {
    const runner = mocha.run(() => resolve(runner));
  });
  console.log = log;
  const report = { passed: stats?.passes ?? 0, failed: stats?.failures ?? 1, output: lines.join('\n') };
  if (process.env.TASKTOWER_TEST_REPORT) writeFileSync(process.env.TASKTOWER_TEST_REPORT, JSON.stringify(report));
  if (report.failed > 0 || report.passed === 0) throw new Error(`${report.failed} host tests failed.`);
}

function render(format: string, args: unknown[]): string {
  return (
    format.replace(/%[sdj%]/g, (mark) => (mark === '%%' ? '%' : String(args.shift() ?? ''))) + args.map((arg) => ` ${String(arg)}`).join('')
  );
}
