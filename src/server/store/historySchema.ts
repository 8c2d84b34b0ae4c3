import { ANALYTICS_SCHEMA } from './analyticsSchema';

/** The version of the tables below, kept as `user_version`; a file of another version is set aside and built anew. */
export const HISTORY_VERSION = 4;

/** How much of a prompt is kept in `description`, to be searched; the whole stands in the task's folder. Characters. */
export const DESCRIPTION_LENGTH = 2_000;

/** Times are ms since 1970. `wants`: what a task asks for, as JSON. `number` is the rowid, which the full-text table shares. */
export const SCHEMA = `
CREATE TABLE tasks (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL,
  progress REAL,
  agent TEXT,
  wanted_agent TEXT,
  external_id TEXT,
  wants TEXT NOT NULL,
  priority TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  completed_at INTEGER,
  attempts INTEGER NOT NULL,
  measured INTEGER NOT NULL DEFAULT 0,
  result TEXT,
  error TEXT,
  error_kind TEXT,
  seq INTEGER NOT NULL
);
CREATE INDEX tasks_by_status ON tasks (status, number);
CREATE INDEX tasks_by_agent ON tasks (agent, number);
CREATE INDEX tasks_by_kind ON tasks (kind, number);
CREATE INDEX tasks_by_time ON tasks (created_at);
CREATE VIRTUAL TABLE task_text USING fts4 (content="tasks", title, description, result, tokenize=unicode61);
CREATE TABLE files (
  sha256 TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (sha256, number)
) WITHOUT ROWID;
CREATE INDEX files_by_task ON files (number);
CREATE TABLE outcomes (
  day TEXT NOT NULL,
  agent TEXT NOT NULL,
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  running_ms INTEGER NOT NULL,
  PRIMARY KEY (day, agent, outcome)
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('seq', 0), ('at', 0);
${ANALYTICS_SCHEMA}
PRAGMA user_version = ${HISTORY_VERSION};
`;

/** The day of a time, as people at this machine count it: `2026-11-23`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
