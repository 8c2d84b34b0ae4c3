import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_FLAGS, ensureChromium } from './chromium.mjs';
import { startEditor } from './editor.mjs';
import { root, stop } from './node24.mjs';

/** Runs the host suite inside the extension host of a real editor. */
const LIMIT = process.env.TASKTOWER_TEST_ALL === undefined ? 240_000 : 900_000;
const home = mkdtempSync(join(tmpdir(), 'tasktower-host-'));
const workspace = join(home, 'workspace');
cpSync(join(root, 'test', 'host', 'workspace'), workspace, { recursive: true });
const report = join(root, 'out', 'host.json');
rmSync(report, { force: true });

const editor = await startEditor({
  data: join(home, 'data'),
  extensions: join(home, 'extensions'),
  // Without the driver the tests named in the payload are silently ignored.
  flags: ['--vscode-option', 'enable-smoke-test-driver=true'],
  env: { TASKTOWER_HOME: join(home, 'tasktower'), TASKTOWER_TEST_REPORT: report },
});
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_FLAGS });
let code = 1;
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const done = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The host suite did not end within ${LIMIT / 1000} s.`)), LIMIT);
    void page.exposeFunction('codeAutomationExit', (exitCode) => {
      clearTimeout(timer);
      resolve(exitCode);
    });
  });
  await page.exposeFunction('codeAutomationLog', (type, args) =>
    console.log(...args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)))),
  );
  const remote = (path) => `vscode-remote://127.0.0.1:${editor.port}${path}`;
  const payload = [
    ['extensionDevelopmentPath', remote(root)],
    ['extensionTestsPath', remote(join(root, 'out', 'test', 'host', 'index.js'))],
    ['skipWelcome', 'true'],
  ];
  await page.goto(`${editor.url}/?folder=${workspace}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  code = await done.catch(async (error) => {
    await page.screenshot({ path: join(root, 'out', 'host-failure.png') });
    throw error;
  });
  const { output } = JSON.parse(readFileSync(report, 'utf8'));
  console.log(output);
} finally {
  await browser.close();
  await stop(editor.child);
  rmSync(home, { recursive: true, force: true });
}
process.exit(code);
