import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Disposable } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import type { TowerRecord } from './domain/event';
import type { Tower } from './domain/ports';
import type { Actor, Commit } from './domain/task';

const BY: Actor = { kind: 'tower', name: 'tower' };
const TIMEOUT = 5_000;
/** Attempts that begin in a folder within this time share one look at it, ms: git is two processes, and starting one stops ours for a while. */
const FRESH = 500;
const run = promisify(execFile);

/** Notes which git commit the folder of an attempt was at when it began. */
export class CommitNotes implements Disposable {
  private readonly subscription: Disposable;
  /** The last look at each folder. */
  private readonly looks = new Map<string, { at: number; commit: Promise<Commit | undefined> }>();

  constructor(
    private readonly tower: Tower,
    /** Where tasks work that name no folder; undefined = nowhere. */
    private readonly folder: string | undefined,
    private readonly log: Log,
  ) {
    this.subscription = tower.onDidCommit((records) => this.take(records));
  }

  private take(records: readonly TowerRecord[]): void {
    for (const { events } of records)
      for (const event of events) if (event.type === 'AttemptStarted') void this.note(event.taskId, event.attempt.n);
  }

  private async note(taskId: string, attempt: number): Promise<void> {
    const folder = this.tower.board.tasks.get(taskId)?.folder ?? this.folder;
    const commit = folder === undefined ? undefined : await this.look(folder);
    if (!commit) return;
    await this.tower.execute({ type: 'NoteCommit', taskId, attempt, commit }, BY).catch((error: unknown) => {
      // The task is gone, or another window runs the tower by now.
      this.log.debug(`The commit of an attempt was not noted: ${errorText(error)}`);
    });
  }

  private look(folder: string): Promise<Commit | undefined> {
    const now = performance.now();
    const last = this.looks.get(folder);
    if (last && now - last.at < FRESH) return last.commit;
    for (const [path, { at }] of this.looks) if (now - at >= FRESH) this.looks.delete(path);
    const commit = commitOf(folder);
    this.looks.set(folder, { at: now, commit });
    return commit;
  }

  dispose(): void {
    this.subscription.dispose();
  }
}

/** The commit of a folder, or undefined when it is none of git's, or git is not there. */
export async function commitOf(folder: string): Promise<Commit | undefined> {
  if (process.env.GIT_DIR === undefined && !(await isInRepository(resolve(folder)))) return undefined;
  // A repository may name programs to run for these; none of them is.
  const git = (...args: string[]): Promise<{ stdout: string }> =>
    run('git', ['-C', folder, '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', ...args], {
      timeout: TIMEOUT,
      windowsHide: true,
    });
  try {
    const { stdout: sha } = await git('rev-parse', '--short=12', 'HEAD');
    const { stdout: changes } = await git('status', '--porcelain', '--untracked-files=no');
    return { sha: sha.trim(), dirty: changes.trim() !== '' };
  } catch {
    return undefined;
  }
}

/** Whether git would find a repository here or above; to look is far cheaper than to start it. */
async function isInRepository(folder: string): Promise<boolean> {
  const isHere = await access(join(folder, '.git')).then(
    () => true,
    () => false,
  );
  const above = dirname(folder);
  return isHere || (above !== folder && isInRepository(above));
}
