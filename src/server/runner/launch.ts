import { spawn } from 'node:child_process';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import { processStartTime, type ProcessId } from '../base/processes';
import { childEnv } from './childEnv';
import { phrase } from '../domain/phrase';

/** A log that has grown beyond this is begun anew, bytes; the one before is kept as `.1`. */
const MAX_LOG = 5 * 1024 * 1024;

export interface LaunchOptions {
  /** The bundled `runner/main.ts`. */
  script: string;
  addressFile: string;
  /** A Node or Electron program; this process's own by default. */
  execPath?: string;
  /** Where the runner writes what happened; nowhere by default. */
  logFile?: string;
  /** Variables added for the runner. */
  env?: Readonly<Record<string, string>>;
  log: Log;
}

/** Starts a runner that outlives this process. @throws {HumanError} when it cannot be started. */
export async function launchRunner({
  script,
  addressFile,
  execPath = process.execPath,
  logFile,
  env: extra = {},
  log,
}: LaunchOptions): Promise<ProcessId> {
  const out = logFile === undefined ? undefined : openLog(logFile);
  try {
    // Without the flag, the editor's Electron would open a window.
    const env = childEnv(process.env, { ELECTRON_RUN_AS_NODE: '1', TASKTOWER_ADDRESS_FILE: addressFile }, extra);
    const child = spawn(execPath, [script], {
      detached: true,
      windowsHide: true,
      cwd: dirname(addressFile),
      env,
      stdio: ['ignore', out ?? 'ignore', out ?? 'ignore'],
    });
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    const { pid = 0 } = child;
    log.info(`Runner started (${pid}).`);
    return { pid, startTime: (await processStartTime(pid)) ?? '' };
  } catch (error) {
    throw new HumanError(
      phrase('The runner of managed agents could not be started: {0}. Reload the window to try again.', errorText(error)),
    );
  } finally {
    if (out !== undefined) closeSync(out);
  }
}

function openLog(path: string): number {
  try {
    if (statSync(path).size > MAX_LOG) renameSync(path, `${path}.1`);
  } catch {
    // There is none yet, or a runner that ends still writes to it.
  }
  return openSync(path, 'a', 0o600);
}
