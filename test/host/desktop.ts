import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';

/** Runs the host suite in a desktop VS Code: VSCODE_EXECUTABLE_PATH, or the one that VSCODE_VERSION names, downloaded. */
async function main(): Promise<void> {
  const root = join(__dirname, '..', '..', '..');
  const home = mkdtempSync(join(tmpdir(), 'tasktower-desktop-'));
  const workspace = join(home, 'workspace');
  cpSync(join(root, 'test', 'host', 'workspace'), workspace, { recursive: true });
  const { VSCODE_EXECUTABLE_PATH: vscodeExecutablePath, VSCODE_VERSION: version } = process.env;
  await runTests({
    ...(vscodeExecutablePath ? { vscodeExecutablePath } : version ? { version } : {}),
    extensionDevelopmentPath: root,
    extensionTestsPath: join(__dirname, 'index.js'),
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust', '--user-data-dir', join(home, 'data')],
    extensionTestsEnv: { TASKTOWER_HOME: join(home, 'tasktower'), TASKTOWER_TEST_ALL: '1' },
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
