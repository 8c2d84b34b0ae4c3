import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorText, HumanError } from '../base/errors';
import { Address } from '../protocol/address';

/** The id of the tower of a storage folder. */
export function towerId(storage: string): string {
  return createHash('sha256').update(storage).digest('hex').slice(0, 16);
}

/** The folder of address files; `TASKTOWER_HOME` replaces `~/.tasktower`. */
export function addressFolder(): string {
  return join(process.env.TASKTOWER_HOME ?? join(homedir(), '.tasktower'), 'towers');
}

/** The address file of a tower. */
export function addressPath(id: string): string {
  return join(addressFolder(), `${id}.json`);
}

/** The address written for a tower, or undefined when there is none that can be read, or someone else wrote it: it gets our token. */
export function readAddress(id: string): Address | undefined {
  try {
    const { uid, mode } = statSync(addressPath(id));
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return undefined;
    return Address.parse(JSON.parse(readFileSync(addressPath(id), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes where a tower is, for this user alone. @returns the path. @throws {HumanError} when the folder is someone else's. */
export function writeAddress(address: Address): string {
  const path = addressPath(address.id);
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(addressFolder(), { recursive: true, mode: 0o700 });
    chmodSync(addressFolder(), 0o700);
    writeFileSync(temporary, JSON.stringify(address, null, 2), { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    const next = 'Agents find the tower there: give the folder to your user, then reload the window.';
    throw new HumanError(`Tasktower may not write ${path} (${errorText(error)}). ${next}`, { cause: error });
  }
  return path;
}

/** Takes the address away, unless another tower has written its own since. */
export function removeAddress({ id, pid, epoch }: Address): void {
  const now = readAddress(id);
  if (now?.pid === pid && now.epoch === epoch) rmSync(addressPath(id), { force: true });
}

/** Takes away the addresses of processes that are gone, and what they were writing. */
export function sweepAddresses(): void {
  for (const name of listFolder()) {
    const writer = /\.json\.(\d{1,9})$/.exec(name)?.[1];
    if (writer !== undefined && !isRunning(Number(writer))) rmSync(join(addressFolder(), name), { force: true });
    if (!name.endsWith('.json')) continue;
    const address = readAddress(name.replace(/\.json$/, ''));
    if (address && !isRunning(address.pid)) rmSync(addressPath(address.id), { force: true });
  }
}

function listFolder(): string[] {
  try {
    return readdirSync(addressFolder());
  } catch {
    return [];
  }
}

/** True while a process has this pid. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
