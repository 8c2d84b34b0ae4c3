import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A Chromium without windows: pages of tests are the same in it, and take half the time. */
const SHELL = '/usr/bin/chromium-headless-shell';
const PLACES = [
  SHELL,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Flags that keep Chromium quiet, and let root run it. */
export const CHROMIUM_FLAGS = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of a Chromium on this machine, or undefined. */
export function findChromium() {
  return [process.env.CHROMIUM_PATH, ...PLACES].find((path) => path && existsSync(path));
}

/** The path of Chromium, installed by apt when there is none. */
export function ensureChromium() {
  const found = findChromium() ?? install('chromium-headless-shell') ?? install('chromium');
  if (!found) throw new Error('Chromium was not found, and could not be installed. Install it, or set CHROMIUM_PATH.');
  return found;
}

/** Installs the one without windows where that asks nobody, as on a machine that only tests. */
export function preferShell() {
  if (process.env.CHROMIUM_PATH === undefined && process.getuid?.() === 0 && !existsSync(SHELL)) install('chromium-headless-shell');
}

/** @returns the path of Chromium, or undefined when apt has no such package. */
function install(name) {
  if (spawnSync('apt-get', ['--version']).status !== 0) return undefined;
  console.log(`Installing ${name} with apt…`);
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', name, 'fonts-dejavu-core'],
  ]) {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    if (spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env }).status !== 0) return undefined;
  }
  return findChromium();
}
