import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { env24, node24, run, start } from './node24.mjs';

/** code-server is VS Code's own workbench and extension host, and comes from npm. Its minor version is that of the VS Code in it. */
const EDITORS = {
  newest: { version: '4.139.1' },
  // The oldest on npm that `engines.vscode` lets in, with the Node of its time.
  oldest: { version: '4.103.2', node: '22.17.0' },
};
const { version: VERSION, node: NODE } = EDITORS[process.env.TASKTOWER_EDITOR ?? 'newest'] ?? {};
if (!VERSION) throw new Error(`TASKTOWER_EDITOR is one of ${Object.keys(EDITORS).join(', ')}.`);
const cache = process.env.TASKTOWER_CACHE ?? join(homedir(), '.cache', 'tasktower');
const home = join(cache, `editor-${VERSION}`);
const node = NODE ? join(home, 'node_modules', 'node', 'bin', 'node') : node24;

/** Settings that keep a throwaway editor quiet. */
export const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'window.commandCenter': false,
};

/** Installs the editor once into the cache. @returns the folder of code-server. */
export function ensureEditor() {
  const server = join(home, 'node_modules', 'code-server');
  if (existsSync(join(home, 'complete'))) return server;
  console.log(`Installing the editor (code-server ${VERSION}) into ${home}…`);
  const making = `${home}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const at = { cwd: making };
  writeFileSync(join(making, 'package.json'), '{"private":true}');
  // A plain install would compile natives that the editor does not need here.
  run('npm', ['install', '--ignore-scripts', ...quiet, `code-server@${VERSION}`, ...(NODE ? [`node@${NODE}`] : [])], at);
  if (NODE) run('npm', ['rebuild', '--loglevel=error', 'node', 'argon2'], at);
  const editor = { cwd: join(making, 'node_modules', 'code-server', 'lib', 'vscode') };
  run('npm', ['install', '--omit=dev', '--ignore-scripts', '--legacy-peer-deps', ...quiet], editor);
  // Without the first no extension host starts; the second writes its logs.
  run('npm', ['rebuild', '--loglevel=error', '@vscode/native-watchdog', '@vscode/spdlog'], editor);
  writeFileSync(join(making, 'complete'), VERSION);
  rmSync(home, { recursive: true, force: true });
  renameSync(making, home);
  return server;
}

/** Starts the editor's server on 127.0.0.1 and waits until it answers. `data` and `extensions` are folders of its own; `trust`: it asks whether a folder is trusted. */
export async function startEditor({ port, data, extensions, settings = {}, flags = [], env = {}, log = 'ignore', trust = false }) {
  const server = ensureEditor();
  const user = join(data, 'User');
  mkdirSync(user, { recursive: true });
  mkdirSync(extensions, { recursive: true });
  writeFileSync(
    join(user, 'settings.json'),
    JSON.stringify({ ...QUIET_SETTINGS, 'security.workspace.trust.enabled': trust, ...settings }, null, 2),
  );
  const bound = port ?? (await freePort());
  const folders = ['--user-data-dir', data, '--extensions-dir', extensions];
  const quiet = [
    '--auth',
    'none',
    '--disable-telemetry',
    '--disable-update-check',
    ...(trust ? [] : ['--disable-workspace-trust']),
    '--disable-getting-started-override',
  ];
  const args = [join(server, 'out', 'node', 'entry.js'), '--bind-addr', `127.0.0.1:${bound}`, ...folders, ...quiet, ...flags];
  const child = start(node, args, {
    stdio: ['ignore', log, log],
    env: { ...env24, ...env, CODE_SERVER_CONFIG: join(data, 'config.yaml') },
  });
  const url = `http://127.0.0.1:${bound}`;
  await answers(`${url}/healthz`, child);
  return { url, port: bound, child };
}

/** Installs a packaged extension into an editor's own folders. */
export function installExtension({ vsix, data, extensions }) {
  const entry = join(ensureEditor(), 'out', 'node', 'entry.js');
  mkdirSync(extensions, { recursive: true });
  const env = { ...env24, CODE_SERVER_CONFIG: join(data, 'config.yaml') };
  run(node, [entry, '--install-extension', vsix, '--user-data-dir', data, '--extensions-dir', extensions, '--force'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** A port that is free now. */
export async function freePort(wanted = 0) {
  const listen = (port) =>
    new Promise((resolve, reject) => {
      const probe = createServer();
      probe.once('error', reject);
      probe.listen(port, '127.0.0.1', () => {
        const { port: bound } = probe.address();
        probe.close(() => resolve(bound));
      });
    });
  return wanted === 0 ? listen(0) : listen(wanted).catch(() => freePort(wanted + 1));
}

async function answers(url, child) {
  for (const until = Date.now() + 60_000; Date.now() < until;) {
    if (child.exitCode !== null) throw new Error(`The editor ended with ${child.exitCode}.`);
    if (
      await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The editor did not answer at ${url} within 60 s.`);
}
