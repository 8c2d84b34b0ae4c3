import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../base/errors';

/** Makes a file for this user alone (mode 0600), whole or not at all. @returns false when it is there already. @throws when the disk is full. */
export function makeFile(path: string, text: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
