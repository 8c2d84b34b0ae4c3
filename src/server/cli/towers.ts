import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, sep } from 'node:path';
import { Address } from '../protocol/address';

/** Where a tower is, and the token for it. */
export interface Place {
  url: string;
  token: string;
}

/** The tower of the environment, else the one whose folder holds `cwd`, the innermost first. */
export function findTower(env: NodeJS.ProcessEnv, cwd: string): Place | undefined {
  const { TASKTOWER_URL: url, TASKTOWER_TOKEN: token } = env;
  return url && token ? { url: url.replace(/\/+$/, ''), token } : towerOfFolder(env, cwd);
}

/** Where the tower is by now, after the one at `last` did not answer. An attempt's token outlives a restart. */
export function findAgain(env: NodeJS.ProcessEnv, cwd: string, last: Place): Place | undefined {
  const found = readAddresses(env).find(({ token }) => token === last.token) ?? towerOfFolder(env, cwd);
  return found && { url: found.url, token: last.token.startsWith('tta_') ? last.token : found.token };
}

function towerOfFolder(env: NodeJS.ProcessEnv, cwd: string): Place | undefined {
  const here = real(cwd);
  const holds = (folder: string): boolean => here === folder || here.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  const found = readAddresses(env)
    .flatMap(({ url, token, folders }) => folders.map((folder) => ({ url, token, folder: real(folder) })))
    .filter(({ folder }) => holds(folder))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  return found && { url: found.url, token: found.token };
}

/** The address files of this user that can be read. One that others may write could name a stranger, who would get our token. */
function readAddresses(env: NodeJS.ProcessEnv): Address[] {
  const folder = join(env.TASKTOWER_HOME ?? join(homedir(), '.tasktower'), 'towers');
  return namesIn(folder).flatMap((name) => {
    try {
      const path = join(folder, name);
      const { uid, mode } = statSync(path);
      if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return [];
      return [Address.parse(JSON.parse(readFileSync(path, 'utf8')))];
    } catch {
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

/** The path without symbolic links; of a folder that is gone, as it is written. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
