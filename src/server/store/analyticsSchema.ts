import { CostBasis } from '../domain/cost';
import type { Status } from '../domain/task';

/** How a task can have ended, by its code. */
export const ENDS = ['completed', 'failed', 'cancelled'] as const satisfies readonly Status[];
export type End = (typeof ENDS)[number];

/** Where a cost comes from, by its code. */
export const BASES = CostBasis.options;

/**
 * What is counted of tasks and attempts, without their texts, so that it outlives them. Reading a number is several times cheaper than
 * reading a text, so agents, models, kinds and folders are numbers of `words`, and the indexes hold all that the charts read.
 * Times are ms since 1970. An attempt that was declined is deleted.
 */
export const ANALYTICS_SCHEMA = `
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE TABLE facts (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  folder INTEGER,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  end INTEGER,
  agent INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  own_attempts INTEGER NOT NULL DEFAULT 0,
  helped INTEGER NOT NULL DEFAULT 0,
  running_ms INTEGER NOT NULL DEFAULT 0,
  last_ms INTEGER
);
CREATE INDEX facts_by_end ON facts (ended_at, end, agent, kind, folder, created_at, running_ms, attempts, own_attempts, helped);
CREATE INDEX facts_like ON facts (kind, agent, ended_at, last_ms) WHERE end = 0;
CREATE INDEX facts_of_kind ON facts (kind, end, ended_at, last_ms);
CREATE INDEX facts_of_folder ON facts (folder);
CREATE TABLE attempts (
  number INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  agent INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  folder INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  waited_ms INTEGER NOT NULL,
  asked_at INTEGER,
  model INTEGER,
  told INTEGER NOT NULL DEFAULT 0,
  basis INTEGER,
  usd REAL,
  error TEXT,
  PRIMARY KEY (number, attempt)
) WITHOUT ROWID;
CREATE INDEX attempts_by_end ON attempts (ended_at, started_at, agent, kind, folder, model, told, basis, usd);
CREATE INDEX attempts_failed ON attempts (agent, ended_at) WHERE error IS NOT NULL;
CREATE TABLE waits (agent INTEGER NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL);
CREATE INDEX waits_by_end ON waits (to_at, from_at, agent);
CREATE TABLE presence (agent INTEGER NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER);
CREATE INDEX presence_by_end ON presence (to_at, from_at, agent);
`;
