import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Node 24, which the editor and the packager need; a package of ours, so that any Node 20 can start. */
export const node24 = join(root, 'node_modules', 'node', 'bin', 'node');
const binFolders = [dirname(node24), join(root, 'node_modules', '.bin')];

/** The environment in which npm, the editor and the tests run: Node 24 first on the path. */
export const env24 = { ...process.env, PATH: [...binFolders, process.env.PATH].join(':'), npm_config_update_notifier: 'false' };

/** Installs the packages when they are missing or older than the lock file. */
export function ensurePackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(node24) && existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing packages…');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs a command to its end with its output shown. @throws when it fails. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, env: env24, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}.`);
}

/** Starts a process in a group of its own, so that all of it can be stopped. */
export function start(command, args, options = {}) {
  return spawn(command, args, { cwd: root, env: env24, detached: true, ...options });
}

/** Stops a process and everything it started; resolves when it has ended. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
  signalGroup(child.pid, 'SIGKILL');
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
