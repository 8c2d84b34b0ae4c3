import type { Cost } from '../domain/cost';
import type { TowerEvent } from '../domain/event';
import type { Status, Task } from '../domain/task';
import { BASES, ENDS } from './analyticsSchema';
import { wordId, wordOf } from './analyticsWords';
import { dayOf } from './historySchema';
import type { Sqlite } from './sqlite';

const ERROR_LENGTH = 500;

type Event<T extends TowerEvent['type']> = Extract<TowerEvent, { type: T }>;
type TaskEvent = Exclude<Extract<TowerEvent, { taskId: string }>, { type: 'TaskCreated' }>;

/** Begins to count a task. */
export function createFacts(db: Sqlite, { number, kind, folder, createdAt }: Task): void {
  db.run('DELETE FROM attempts WHERE number = ?', number);
  db.run(
    'INSERT OR REPLACE INTO facts (number, kind, folder, created_at) VALUES (?, ?, ?, ?)',
    ...[number, wordId(db, kind), folder === undefined ? null : wordId(db, folder), createdAt],
  );
}

/** Notes what an event changes in the figures of task `number`; the status it leads to is noted by {@link foldStatus}. */
export function foldFacts(db: Sqlite, number: number, event: TaskEvent, at: number): void {
  switch (event.type) {
    case 'TaskEdited':
      if (event.patch.kind === undefined) return;
      for (const table of ['facts', 'attempts'])
        db.run(`UPDATE ${table} SET kind = ? WHERE number = ?`, wordId(db, event.patch.kind), number);
      return;
    case 'TaskRetried':
      return help(db, number);
    case 'TaskSignedOff':
      return event.verdict === 'rejected' ? help(db, number) : undefined;
    case 'TaskPurged':
      // What it cost was spent; its texts go.
      return db.run('UPDATE attempts SET error = NULL WHERE number = ? AND error IS NOT NULL', number);
    case 'AttemptStarted':
      return start(db, number, event);
    case 'InputAsked':
      return db.run('UPDATE attempts SET asked_at = ? WHERE number = ? AND attempt = ?', at, number, event.attempt);
    case 'InputAnswered':
      help(db, number);
      return stopWaiting(db, number, event.attempt, at);
    case 'CancelAsked':
    case 'CheckStarted':
      return stopWaiting(db, number, event.attempt, at);
    case 'UsageReported':
      return tell(db, number, event);
    case 'AttemptEnded':
      stopWaiting(db, number, event.attempt, at);
      return end(db, number, event, at);
  }
}

/** Notes that a task came to a status: it counts while that is a final one. */
export function foldStatus(db: Sqlite, number: number, status: Status, at: number): void {
  const code = ENDS.findIndex((end) => end === status);
  if (code < 0) db.run('UPDATE facts SET ended_at = NULL, end = NULL WHERE number = ? AND ended_at IS NOT NULL', number);
  else db.run('UPDATE facts SET ended_at = ?, end = ? WHERE number = ?', at, code, number);
}

/** Notes that an agent came or went. */
export function foldPresence(db: Sqlite, { agentId, present, lastAt }: Event<'AgentPresent'>, at: number): void {
  const agent = wordId(db, agentId);
  if (!present) db.run('UPDATE presence SET to_at = max(from_at, ?) WHERE agent = ? AND to_at IS NULL', lastAt ?? at, agent);
  else if (!db.first('SELECT 1 FROM presence WHERE agent = ? AND to_at IS NULL', agent))
    db.run('INSERT INTO presence VALUES (?, ?, NULL)', agent, at);
}

/** Nobody is known to have been there after a time: what came later was missed. */
export function endPresence(db: Sqlite, at: number): void {
  db.run('UPDATE presence SET to_at = max(from_at, ?) WHERE to_at IS NULL', at);
}

function help(db: Sqlite, number: number): void {
  db.run('UPDATE facts SET helped = 1 WHERE number = ?', number);
}

function start(db: Sqlite, number: number, { attempt }: Event<'AttemptStarted'>): void {
  const { n, agentId, startedAt, waitedMs, cost } = attempt;
  db.run(
    `INSERT OR REPLACE INTO attempts (number, attempt, agent, kind, folder, started_at, waited_ms, basis, usd)
     SELECT number, ?, ?, kind, folder, ?, ?, ?, ? FROM facts WHERE number = ?`,
    ...[n, wordId(db, agentId), startedAt, waitedMs, cost ? BASES.indexOf(cost.basis) : null, cost?.usd ?? null, number],
  );
}

/** A report tells all of an attempt so far, so a later cost takes the place of an earlier one. */
function tell(db: Sqlite, number: number, { attempt, usage, cost }: Event<'UsageReported'>): void {
  const { inputTokens, outputTokens, cachedTokens, costUsd, model } = usage;
  if ([inputTokens, outputTokens, cachedTokens, costUsd].some((figure) => figure !== undefined))
    db.run('UPDATE attempts SET told = 1 WHERE number = ? AND attempt = ?', number, attempt);
  if (model !== undefined) db.run('UPDATE attempts SET model = ? WHERE number = ? AND attempt = ?', wordId(db, model), number, attempt);
  // Records from before costs were decided carry what the agent said alone.
  const known: Cost | undefined = cost ?? (costUsd === undefined ? undefined : { usd: costUsd, basis: 'reported' });
  if (!known) return;
  const values = [BASES.indexOf(known.basis), known.usd, number, attempt];
  db.run('UPDATE attempts SET basis = ?, usd = ? WHERE number = ? AND attempt = ?', ...values);
}

function stopWaiting(db: Sqlite, number: number, attempt: number, at: number): void {
  const where = 'WHERE number = ? AND attempt = ? AND asked_at IS NOT NULL';
  db.run(`INSERT INTO waits SELECT agent, asked_at, ? FROM attempts ${where}`, at, number, attempt);
  db.run(`UPDATE attempts SET waited_ms = waited_ms + ? - asked_at, asked_at = NULL ${where}`, at, number, attempt);
}

function end(db: Sqlite, number: number, { attempt, outcome, error }: Event<'AttemptEnded'>, at: number): void {
  const open = db.first('SELECT agent, started_at, waited_ms FROM attempts WHERE number = ? AND attempt = ?', number, attempt);
  if (!open) return;
  const { agent = null } = open;
  const runningMs = at - Number(open.started_at) - Number(open.waited_ms);
  countDay(db, dayOf(at), wordOf(db, Number(agent)), outcome, runningMs);
  if (outcome === 'declined') return db.run('DELETE FROM attempts WHERE number = ? AND attempt = ?', number, attempt);
  const message = outcome === 'failed' ? (error?.message.slice(0, ERROR_LENGTH) ?? null) : null;
  db.run('UPDATE attempts SET ended_at = ?, error = ? WHERE number = ? AND attempt = ?', at, message, number, attempt);
  db.run(
    `UPDATE facts SET agent = ?, attempts = attempts + 1, running_ms = running_ms + ?, last_ms = ?,
     own_attempts = (SELECT count(*) FROM attempts WHERE number = ? AND agent = ? AND ended_at IS NOT NULL) WHERE number = ?`,
    ...[agent, runningMs, runningMs, number, agent, number],
  );
}

function countDay(db: Sqlite, ...[day, agent, outcome, runningMs]: [string, string, string, number]): void {
  db.run('INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, 0, 0)', day, agent, outcome);
  db.run(
    'UPDATE outcomes SET count = count + 1, running_ms = running_ms + ? WHERE day = ? AND agent = ? AND outcome = ?',
    ...[runningMs, day, agent, outcome],
  );
}
