import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const CACHE = join(homedir(), '.cache', 'tasktower', 'peers');

const VERSIONS = {
  bullmq: '6.7.0',
  'socket.io': '4.8.4',
  'odiff-bin': '4.5.0',
  'better-sqlite3': '13.2.0',
} as const;
/** What a package needs beside it. */
const COMPANIONS: Partial<Record<keyof typeof VERSIONS, string>> = { bullmq: 'ioredis@6.0.0' };
/** The Debian package of a program, with those it needs that a small system may lack. */
const PACKAGES = {
  'redis-server': ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'],
  rg: ['ripgrep'],
} as const;

/** The entry of an npm package that is compared with, as `name version`; installed into a cache of its own on first use: it is no dependency. */
export function npmPeer(name: keyof typeof VERSIONS): { label: string; load: (path?: string) => unknown } {
  const version = VERSIONS[name];
  const folder = join(CACHE, `${name}@${version}`);
  const manifest = join(folder, 'node_modules', name, 'package.json');
  if (!existsSync(manifest)) {
    mkdirSync(folder, { recursive: true });
    const wanted = [`${name}@${version}`, COMPANIONS[name] ?? []].flat();
    execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...wanted], { stdio: 'ignore' });
  }
  const load = createRequire(manifest);
  return { label: `${name} ${version}`, load: (path) => load(path ?? name) as unknown };
}

/** A program that is compared with: the one on the PATH, else Debian's package unpacked into the cache. */
export function programPeer(name: keyof typeof PACKAGES): { label: string; path: string; env: NodeJS.ProcessEnv } {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  const root = join(CACHE, name);
  const path = found ?? join(root, 'usr', 'bin', name);
  if (!existsSync(path)) unpack(PACKAGES[name], root);
  const env = found === undefined ? { ...process.env, LD_LIBRARY_PATH: join(root, 'usr', 'lib', 'x86_64-linux-gnu') } : process.env;
  const said = execFileSync(path, ['--version'], { env, encoding: 'utf8' });
  return { label: `${name} ${/\d+\.\d+\.\d+/.exec(said)?.[0] ?? ''}`, path, env };
}

function unpack(packages: readonly string[], root: string): void {
  const debs = join(root, 'debs');
  mkdirSync(debs, { recursive: true });
  try {
    execFileSync('apt-get', ['download', ...packages], { cwd: debs, stdio: 'ignore' });
    for (const deb of readdirSync(debs)) execFileSync('dpkg', ['-x', join(debs, deb), root], { stdio: 'ignore' });
  } catch (error) {
    throw new Error(`${packages[0]} is not here and could not be fetched. Install it, then run the benchmark again.`, { cause: error });
  }
}
