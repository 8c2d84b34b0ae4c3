import type { TowerRecord } from '../domain/event';
import type { StoredEvent } from '../domain/ports';
import type { HistoryQuery } from './historyQueries';

/** What the worker of the history is started with. */
export interface HistoryWorkerData {
  /** The database file. */
  file: string;
  /** `sql-wasm.wasm`. */
  wasm: string;
  /** Write nothing. */
  readOnly: boolean;
}

/** Messages to the worker; they are carried out in order. */
export type ToHistory =
  | { type: 'records'; records: readonly TowerRecord[] }
  /** Forget everything: the file is ahead of the journal. */
  | { type: 'reset' }
  /** What follows may lack who came and went since the last record the worker has. */
  | { type: 'gap' }
  /** What the worker lacks, task by task, when it lacks more than the records at hand. */
  | { type: 'events'; events: readonly StoredEvent[] }
  /** All up to `seq` was sent; tasks that are not named were purged. */
  | { type: 'caughtUp'; seq: number; taskIds: readonly string[] }
  /** Answered once record `seq` is folded. */
  | { type: 'query'; id: number; query: HistoryQuery; seq: number }
  /** Save and end. */
  | { type: 'close' };

/** Messages of the worker. */
export type FromHistory =
  /** The last record it has, and the file it set aside because it could not be used. */
  | { type: 'opened'; seq: number; setAside?: string }
  | { type: 'answer'; id: number; value?: unknown; error?: string }
  | { type: 'warning'; message: string }
  | { type: 'closed' };
