import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import { tasksOf, type TowerRecord } from '../domain/event';
import type { StoredEvent, TaskFiles } from '../domain/ports';
import { appendEvents, readEvents, type End } from './eventFile';
import { diskError, nodeFiles, syncFolder, type Files } from './files';
import { TaskFolders } from './taskFolders';

const AT_ONCE = 16;
const ENDS = 10_000;
/** What happens to a task within this is written at once, ms: the journal has it. */
const GATHER_MS = 1_000;
const EMPTY: End = { size: 0, seq: 0, events: 0 };
const RETRY_MS = 5_000;

export interface TaskFilesOptions {
  /** The storage folder. */
  dir: string;
  /** The last record the journal holds; events after it were never answered and do not count. */
  seq: number;
  log: Log;
  files?: Files;
  /** Sync what is written, as the journal lets go of it some day. */
  fsync?: boolean;
  /** Write nothing; what is appended is kept in memory. */
  readOnly?: boolean;
  /** Several towers share them: the keeper alone writes, and the others keep what it may not have written yet in memory. */
  shared?: boolean;
}

/** The events of each task in `tasks/<id>/events.ndjson`, written in the background. What is already there is not written again. */
export class FolderTaskFiles implements TaskFiles {
  private readonly files: Files;
  private readonly folders: TaskFolders;
  private seq: number;
  /** What is to be written, by task, and the tasks in line for it. */
  private readonly pending = new Map<string, StoredEvent[]>();
  /** Whose folder is to be deleted, and with which record. */
  private readonly purged = new Map<string, number>();
  /** What is being written, by task, and the first record of it. */
  private readonly busy = new Map<string, { job: Promise<void>; first: number }>();
  /** Whose folder is being deleted. */
  private readonly leaving = new Set<string>();
  private readonly ends = new Map<string, End>();
  /** Whose file was written since the start, and so holds nothing that the journal does not. */
  private readonly written = new Set<string>();
  private failure: Error | undefined;
  private closed = false;
  private gathering: NodeJS.Timeout | undefined;
  private writes: boolean;

  constructor(private readonly options: TaskFilesOptions) {
    this.writes = !options.readOnly && !options.shared;
    this.files = options.files ?? nodeFiles;
    this.folders = new TaskFolders(join(options.dir, 'tasks'), this.files);
    this.seq = options.seq;
  }

  append(records: readonly TowerRecord[]): void {
    for (const { seq, at, by, events } of records) {
      this.seq = Math.max(this.seq, seq);
      for (const event of events) {
        if (event.type === 'TasksArchived' || event.type === 'TaskRecalled') continue;
        for (const taskId of tasksOf(event)) {
          if (event.type === 'TaskPurged') this.purge(taskId, seq);
          else this.add(taskId, { seq, at, by, event });
        }
      }
    }
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.pump();
    }, GATHER_MS).unref();
  }

  /** Whether this tower writes the files from now on, where several share them. */
  setKeeper(isKeeper: boolean): void {
    this.writes = isKeeper;
    // Another tower has written to them since.
    this.ends.clear();
    if (isKeeper) this.retry();
  }

  /** The files hold all records up to this one, as their keeper says. */
  forget(seq: number): void {
    if (this.writes) return;
    for (const [taskId, events] of this.pending) {
      const later = events.filter((event) => event.seq > seq);
      if (later.length > 0) this.pending.set(taskId, later);
      else this.pending.delete(taskId);
    }
    for (const [taskId, at] of this.purged) if (at <= seq) this.purged.delete(taskId);
  }

  /** Resolves when all that was appended before is written. @throws {HumanError} when the disk does not take it; it is tried again later. */
  async flush(): Promise<void> {
    this.retry();
    const { seq } = this;
    for (const taskId of new Set([...this.busy.keys(), ...this.pending.keys()])) {
      while (this.isOwed(taskId, seq) && this.busy.size > 0) await this.jobOf(taskId);
      if (this.failure) throw this.failure;
    }
  }

  async events(taskId: string): Promise<StoredEvent[]> {
    const folder = this.folders.of(taskId);
    if (folder === undefined) return [];
    while (this.busy.has(taskId)) await this.jobOf(taskId);
    if (this.purged.has(taskId)) return [];
    // Taken before the file is read, in which they may stand by then. Reading is no reason to write them sooner.
    const pending = [...(this.pending.get(taskId) ?? [])];
    const stored = await readEvents(this.files, join(folder, 'events.ndjson'), this.known(taskId));
    const last = stored.at(-1)?.seq ?? 0;
    return [...stored, ...pending.filter(({ seq }) => seq > last)];
  }

  /** Every stored event after one record and up to another, task by task, each task's in order. */
  async *all(after = 0, upTo = Infinity): AsyncGenerator<StoredEvent[]> {
    await this.flush().catch(() => undefined);
    for (const taskId of await this.taskIds()) {
      const events = (await this.events(taskId)).filter(({ seq }) => seq > after && seq <= upTo);
      if (events.length > 0) yield events;
    }
  }

  /** The tasks that have a folder, or will have one. */
  async taskIds(): Promise<string[]> {
    const ids = new Set(await this.folders.ids());
    // What is being written may have no folder yet.
    for (const id of [...this.pending.keys(), ...this.busy.keys()]) ids.add(id);
    return [...ids].filter((id) => !this.purged.has(id) && !this.leaving.has(id)).sort();
  }

  async delete(taskId: string): Promise<void> {
    this.purge(taskId, this.seq);
    this.pump();
    await this.settled(taskId);
  }

  /** Writes what is left, as far as the disk takes it. */
  async dispose(): Promise<void> {
    clearTimeout(this.gathering);
    await this.flush().catch(() => undefined);
    this.closed = true;
  }

  private add(taskId: string, event: StoredEvent): void {
    if (this.folders.of(taskId) === undefined) return;
    const events = this.pending.get(taskId);
    if (events) events.push(event);
    else this.pending.set(taskId, [event]);
  }

  private purge(taskId: string, seq: number): void {
    if (this.folders.of(taskId) === undefined) return;
    this.pending.set(taskId, []);
    this.purged.set(taskId, seq);
  }

  private async settled(taskId: string): Promise<void> {
    this.pump();
    while ((this.pending.has(taskId) && this.writes) || this.busy.has(taskId)) {
      if (this.failure && !this.busy.has(taskId)) throw this.failure;
      await this.jobOf(taskId);
    }
  }

  /** Something of a task that came with this record or before is not written yet. */
  private isOwed(taskId: string, seq: number): boolean {
    const first = this.busy.get(taskId)?.first ?? this.firstOf(taskId);
    return first <= seq;
  }

  /** The first record of a task that waits to be written. */
  private firstOf(taskId: string): number {
    return this.purged.get(taskId) ?? this.pending.get(taskId)?.[0]?.seq ?? Infinity;
  }

  /** The job that writes a task, or one that it waits for. */
  private jobOf(taskId: string): Promise<void> {
    return this.busy.get(taskId)?.job ?? Promise.race([...this.busy.values()].map(({ job }) => job));
  }

  /** The last record whose events in the file of a task count. */
  private known(taskId: string): number {
    // What the keeper has written was in the journal, whatever this tower has read of that.
    if (this.options.shared) return Infinity;
    return this.written.has(taskId) ? this.seq : this.options.seq;
  }

  /** Starts as many jobs as may run at once, one a task. */
  private pump(): void {
    if (this.failure || !this.writes) return;
    for (const taskId of this.pending.keys()) {
      if (this.busy.size >= AT_ONCE) return;
      if (this.busy.has(taskId)) continue;
      const first = this.firstOf(taskId);
      const job = this.write(taskId).finally(() => {
        this.busy.delete(taskId);
        this.leaving.delete(taskId);
        this.pump();
      });
      this.busy.set(taskId, { job, first });
    }
  }

  private async write(taskId: string): Promise<void> {
    const events = this.pending.get(taskId) ?? [];
    const at = this.purged.get(taskId) ?? this.seq;
    const purge = this.purged.delete(taskId);
    const folder = this.folders.of(taskId) ?? '';
    const path = join(folder, 'events.ndjson');
    const known = this.ends.get(taskId);
    this.pending.delete(taskId);
    this.ends.delete(taskId);
    try {
      if (purge) {
        this.leaving.add(taskId);
        return await this.files.removeFolder(folder);
      }
      const isNew = !known && (await this.files.makeFolder(folder));
      const end = isNew ? EMPTY : known;
      this.ends.set(taskId, await appendEvents(this.files, path, events, this.known(taskId), { end, fsync: this.options.fsync }));
      if (!known && this.options.fsync) for (const one of [folder, dirname(folder), this.options.dir]) await syncFolder(this.files, one);
      this.written.add(taskId);
      const oldest = this.ends.size > ENDS ? this.ends.keys().next().value : undefined;
      if (oldest !== undefined) this.ends.delete(oldest);
    } catch (error) {
      if (purge) this.purged.set(taskId, at);
      this.pending.set(taskId, [...events, ...(this.pending.get(taskId) ?? [])]);
      this.fail(diskError(error, path));
    }
  }

  private retry(): void {
    this.failure = undefined;
    this.pump();
  }

  /** Keeps everything and tries again soon. */
  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.options.log.error(`The files of the tasks fall behind; nothing is lost, as the journal has it. ${errorText(error)}`);
    void sleep(RETRY_MS, undefined, { ref: false }).then(() => {
      if (this.failure === error && !this.closed) this.retry();
    });
  }
}
