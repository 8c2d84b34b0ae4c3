import { join } from 'node:path';
import { deferred } from '../base/deferred';
import { errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { Analytics, AnalyticsFilter, Estimate } from '../domain/analytics';
import type { TowerRecord } from '../domain/event';
import type { History, NeededFile, Presence, StoredEvent } from '../domain/ports';
import type { OutcomeRow, TaskFilter, TaskPage } from '../domain/query';
import { Refusal } from '../domain/refusal';
import { dayAfter, earliest, MAX_PERIODS } from './analyticsPeriods';
import type { HistoryAnswer, HistoryQuery } from './historyQueries';
import { dayOf } from './historySchema';
import { HistoryThread } from './historyThread';
import { phrase } from '../domain/phrase';

const DEADLINE_MS = 5_000;
const BATCH = 500;
/** What happens within this is handed to the thread at once, ms; a question comes after it. */
const GATHER_MS = 50;

export interface HistoryOptions {
  /** The storage folder; the database is its `history.sqlite`. */
  dir: string;
  /** Where the bundled `historyWorker.js` lies, with `sql-wasm.wasm` beside it. */
  dist: string;
  /** The last record of the journal at the start, and the records after its checkpoint. */
  seq: number;
  tail: readonly TowerRecord[];
  /** Where what the file lacks is read: the events of each task after one record and up to another, and which tasks there are. */
  past: { all(after: number, upTo: number): AsyncIterable<readonly StoredEvent[]>; taskIds(): Promise<readonly string[]> };
  log: Log;
  /** Write nothing; what the file lacks is kept in memory. */
  readOnly?: boolean;
  /** A file that cannot be used was renamed to this path, and the history is built anew. Also said in the log. */
  onSetAside?(file: string): void;
  /** Wall clock, ms; days are counted back from it. */
  now?(): number;
}

/** The history, as a worker thread keeps it. The thread starts with the first records or query; what its file lacks it gets by itself. */
export class WorkerHistory implements History {
  private thread: Promise<HistoryThread> | undefined;
  /** Records that are not handed to the thread yet. */
  private queue: TowerRecord[] = [];
  private gathering: NodeJS.Timeout | undefined;
  private open: HistoryThread | undefined;
  private seq: number;
  private crashes = 0;
  private disposed = false;

  constructor(private readonly options: HistoryOptions) {
    this.seq = options.seq;
  }

  apply(records: readonly TowerRecord[]): void {
    const last = records.at(-1);
    if (!last || this.disposed) return;
    this.seq = Math.max(this.seq, last.seq);
    this.queue.push(...records);
    if (this.open) this.gathering ??= setTimeout(() => this.hand(), GATHER_MS).unref();
    // After what called us: starting a thread takes some ms.
    else setImmediate(() => void this.start().catch(() => undefined));
  }

  private hand(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    if (this.open && this.queue.length > 0) this.open.post({ type: 'records', records: this.queue.splice(0) });
  }

  /** @throws {Refusal} on a cursor that is none of ours. */
  async tasks(filter: TaskFilter, seq: number): Promise<TaskPage> {
    if (filter.cursor !== undefined && !/^\d{1,15}$/.test(filter.cursor)) {
      throw new Refusal('invalid', 'The cursor is not one that a page of this list gave. Leave it out to begin at the first page.');
    }
    return this.ask({ type: 'tasks', filter }, seq);
  }

  async outcomes(days: number, seq: number): Promise<OutcomeRow[]> {
    const day = new Date(this.now());
    day.setDate(day.getDate() - days + 1);
    return this.ask({ type: 'outcomes', from: dayOf(day.getTime()) }, seq);
  }

  async idOf(ref: number | string, seq: number): Promise<string | undefined> {
    return this.ask({ type: 'idOf', ref }, seq);
  }

  async runs(kind: string, before: number, limit: number, seq: number): Promise<string[]> {
    return this.ask({ type: 'runs', kind, before, limit }, seq);
  }

  async files(seq: number): Promise<NeededFile[]> {
    return this.ask({ type: 'files' }, seq);
  }

  /** @throws {Refusal} on a range that is none or has too many periods. */
  async analytics(filter: AnalyticsFilter, presence: Presence, seq: number): Promise<Analytics> {
    const now = this.now();
    const { group, from, to = dayAfter(now) } = filter;
    if (from !== undefined && from >= to) throw new Refusal('invalid', phrase('The range ends before it begins. Choose a later end.'));
    if (from !== undefined && from < earliest(group, to))
      throw new Refusal('invalid', phrase('The range has more than {0} periods. Choose a shorter one, or longer periods.', MAX_PERIODS));
    return this.ask({ type: 'analytics', filter, now, ...presence }, seq);
  }

  async estimates(seq: number): Promise<Estimate[]> {
    return this.ask({ type: 'estimates' }, seq);
  }

  /** Saves what was handed in. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    const starting = this.queue.length > 0 ? this.start() : this.thread;
    this.disposed = true;
    const thread = await starting?.catch(() => undefined);
    this.hand();
    await thread?.close();
  }

  private async ask<Q extends HistoryQuery>(query: Q, seq: number): Promise<HistoryAnswer<Q>> {
    const deadline = performance.now() + DEADLINE_MS;
    const thread = await within(DEADLINE_MS, this.start());
    this.hand();
    return thread.ask(query, seq, Math.max(1, deadline - performance.now()));
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }

  private start(): Promise<HistoryThread> {
    if (this.disposed) return Promise.reject(new HumanError(phrase('The history is closed. Reload the window.')));
    this.thread ??= this.spawn();
    return this.thread;
  }

  private async spawn(): Promise<HistoryThread> {
    const { dir, dist, log, readOnly = false } = this.options;
    const opened = deferred<number>();
    let dead = false;
    const data = { file: join(dir, 'history.sqlite'), wasm: join(dist, 'sql-wasm.wasm'), readOnly };
    const thread = new HistoryThread(join(dist, 'historyWorker.js'), data, {
      opened: ({ seq, setAside }) => {
        if (setAside !== undefined) this.setAside(setAside);
        opened.resolve(seq);
      },
      warning: (message) => log.warn(`The history was not saved: ${message}`),
      crashed: (error) => {
        dead = true;
        opened.reject(new HumanError(phrase('The history could not be opened ({0}). Try again.', errorText(error))));
        this.crashed(error);
      },
    });
    const saved = await opened.promise;
    try {
      await this.catchUp(thread, saved);
    } catch (error) {
      await thread.close();
      this.crashed(error);
      throw error;
    }
    if (dead) throw new HumanError(phrase('The history stopped while it was opened. Try again.'));
    this.open = thread;
    return thread;
  }

  private setAside(file: string): void {
    this.options.log.warn(`The history could not be read; it was set aside as ${file} and is built anew.`);
    this.options.onSetAside?.(file);
  }

  /** Sends what the file lacks, then what was handed in meanwhile. */
  private async catchUp(thread: HistoryThread, saved: number): Promise<void> {
    const { seq, tail, past } = this.options;
    const upTo = this.crashes === 0 ? seq : this.seq;
    const has = saved > upTo ? 0 : saved;
    if (has !== saved) thread.post({ type: 'reset' });
    if (this.crashes === 0 && has >= seq - tail.length) thread.post({ type: 'records', records: tail });
    else if (has < upTo) {
      // After a crash of the thread alone they are all still there, and would not come again.
      const isFirst = this.crashes === 0;
      if (isFirst) thread.post({ type: 'gap' });
      const batch: StoredEvent[] = [];
      for await (const events of past.all(has, upTo)) {
        batch.push(...events);
        if (batch.length >= BATCH) thread.post({ type: 'events', events: batch.splice(0) });
      }
      thread.post({ type: 'events', events: [...batch, ...(isFirst ? presenceIn(tail.filter((record) => record.seq > has)) : [])] });
      thread.post({ type: 'caughtUp', seq: upTo, taskIds: await past.taskIds() });
    }
    const records = this.queue.filter((record) => record.seq > upTo);
    this.queue = [];
    if (records.length > 0) thread.post({ type: 'records', records });
  }

  /** A thread that crashed is started once more; it gets what it lacks from the files of the tasks. */
  private crashed(error: unknown): void {
    this.options.log.error(`The history stopped: ${errorText(error)}`, error);
    this.open = undefined;
    this.crashes++;
    if (this.disposed) return;
    if (this.crashes > 1) {
      const failed = Promise.reject<HistoryThread>(
        new HumanError(phrase('The history stopped twice. Reload the window; the log says why.')),
      );
      failed.catch(() => undefined);
      this.thread = failed;
      return;
    }
    this.thread = undefined;
    this.queue = [];
    void this.start().catch(() => undefined);
  }
}

/** Who came and went: no task's folder has it. */
function presenceIn(records: readonly TowerRecord[]): StoredEvent[] {
  return records.flatMap(({ seq, at, by, events }) =>
    events.filter(({ type }) => type === 'AgentPresent').map((event) => ({ seq, at, by, event })),
  );
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HumanError(phrase('The history is being built anew. Try again in a moment.'))), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
