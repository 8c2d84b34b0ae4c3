import type { LogMatch, LogScope } from '../../domain/logQuery';
import type { ScanHits } from './scan';

/** A segment to be searched by a worker thread. */
export interface ScanJob {
  id: number;
  path: string;
  /** Bytes that count. */
  size: number;
  match: LogMatch;
  scope: LogScope;
  /** How many of the last hits are told. */
  keep: number;
}

export type ScanAnswer = { id: number; hits: ScanHits } | { id: number; error: string };
