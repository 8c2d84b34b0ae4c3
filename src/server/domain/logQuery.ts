import * as z from 'zod';
import type { LogLine } from './query';
import { LogLevel } from './report';
import { TaskRef } from './task';

/** Which log lines; without a part, all. Times are ms, `to` excluded. */
export const LogScope = z.strictObject({
  taskIds: z.array(TaskRef).max(1000).optional(),
  /** With one task alone. */
  attempt: z.int().positive().optional(),
  /** Agent ids. */
  agents: z.array(z.string().max(80)).max(200).optional(),
  /** This level and above. */
  level: LogLevel.optional(),
  /** This level alone. */
  only: LogLevel.optional(),
  from: z.int().optional(),
  to: z.int().optional(),
});
export type LogScope = z.infer<typeof LogScope>;

/** What a line must hold. A regular expression is one of JavaScript, with the flag `u` when it takes it. */
export const LogMatch = z.strictObject({
  text: z.string().min(1).max(1000),
  regex: z.boolean().default(false),
  wholeWord: z.boolean().default(false),
  matchCase: z.boolean().default(false),
});
export type LogMatch = z.infer<typeof LogMatch>;

/** Where a stored line is: opaque. Lines in order: by `at`, then by place. */
export type LogPlace = string;

/** A stored line with its place. */
export interface PlacedLine extends LogLine {
  place: LogPlace;
}

/** Lines beside a place, oldest first. */
export interface LogPage {
  lines: PlacedLine[];
  /** False when there is nothing older, or newer, that passes. */
  hasOlder: boolean;
  hasNewer: boolean;
}

/** What a search found, oldest first. */
export interface LogHits {
  /** The newest ones, at most `limit`. */
  hits: { place: LogPlace; at: number; taskId: string }[];
  /** How many in all; of those read when `isComplete` is false. */
  total: number;
  /** False when it stopped at `limit` without reading what is older. */
  isComplete: boolean;
}

export const LogPageParams = {
  scope: LogScope,
  match: LogMatch.optional(),
  /** Where to begin; without it, at the end (`older`) or at the beginning (`newer`). `around`: half before, half from there on. */
  place: z.string().max(200).optional(),
  direction: z.enum(['older', 'newer', 'around']).default('older'),
  limit: z.int().min(1).max(2000).default(200),
};
export const LogSearchParams = {
  scope: LogScope,
  match: LogMatch,
  limit: z.int().min(1).max(100_000).default(10_000),
  /** Stop as soon as `limit` hits were found, so that the first ones are there at once. */
  stopEarly: z.boolean().default(false),
};

/** Formats that lines are exported in. */
export const LogFormat = z.enum(['json', 'ndjson', 'csv']);
export type LogFormat = z.infer<typeof LogFormat>;
