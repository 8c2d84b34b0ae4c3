import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Finds the tower: the environment first (set in a terminal of the editor, or by whoever started us), else the tower
 * whose workspace folder holds `cwd`, the innermost one. Called again before every connection, because the address
 * changes when another window takes over.
 * @returns {{ url: string, token: string } | undefined}
 */
export function findTower(env = process.env, cwd = process.cwd()) {
  if (env.TASKTOWER_URL && env.TASKTOWER_TOKEN) return { url: env.TASKTOWER_URL, token: env.TASKTOWER_TOKEN };
  const towers = readAddresses(join(env.TASKTOWER_HOME ?? join(homedir(), '.tasktower'), 'towers'));
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = towers.find((tower) => tower.folders.some((other) => samePath(other, folder)));
    if (found) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

function readAddresses(folder) {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => readAddress(join(folder, name)));
  } catch {
    return []; // No tower has run here yet.
  }
}

function readAddress(file) {
  try {
    const address = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(address.folders) && address.url && address.token ? [address] : [];
  } catch {
    return []; // Being replaced this moment; the next try reads it whole.
  }
}

function samePath(a, b) {
  const plain = (path) => (process.platform === 'win32' ? path.toLowerCase() : path).replace(/(.)[\\/]+$/, '$1');
  return plain(a) === plain(b);
}
