import type { SqlValue } from 'sql.js';
import { filesOf } from '../domain/evidence';
import type { TowerEvent } from '../domain/event';
import type { StoredEvent } from '../domain/ports';
import { rejection } from '../domain/fold/tasks';
import { isFinal, type Status, type Task } from '../domain/task';
import { dayOf, DESCRIPTION_LENGTH } from './historySchema';
import type { Row, Sqlite } from './sqlite';

const SUMMARY_LENGTH = 200;
/** The columns that can be searched. */
const TEXT = ['title', 'description', 'result'];

/** Folds one event into the tables: the same rows, slimmer, that `reduce` would make. */
export function foldEvent(db: Sqlite, { seq, at, event }: Pick<StoredEvent, 'seq' | 'at' | 'event'>): void {
  if (event.type === 'TaskCreated') return create(db, event.task, event.prompt, seq);
  if (!('taskId' in event)) return;
  const row = db.first('SELECT number, status, attempts, wanted_agent FROM tasks WHERE id = ?', event.taskId);
  if (!row) return;
  if (event.type === 'TaskPurged') return remove(db, Number(row.number));
  for (const sha256 of filesOf(event)) db.run('INSERT OR IGNORE INTO files VALUES (?, ?)', sha256, Number(row.number));
  change(db, Number(row.number), { ...changeOf(db, row, event, at), seq });
}

/** Removes the rows of a task; what it counted for stays counted. */
export function remove(db: Sqlite, number: number): void {
  db.run('DELETE FROM task_text WHERE docid = ?', number);
  db.run('DELETE FROM open_attempts WHERE number = ?', number);
  db.run('DELETE FROM files WHERE number = ?', number);
  db.run('DELETE FROM tasks WHERE number = ?', number);
}

function create(db: Sqlite, task: Task, prompt: string, seq: number): void {
  remove(db, task.number);
  const { number, id, title, status, priority, kind, createdAt } = task;
  db.run(
    `INSERT INTO tasks (number, id, title, description, status, agent, wanted_agent, priority, kind, created_at, attempts, seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
    ...[
      number,
      id,
      title,
      prompt.slice(0, DESCRIPTION_LENGTH),
      status,
      task.agent ?? null,
      task.agent ?? null,
      priority,
      kind,
      createdAt,
      seq,
    ],
  );
  index(db, number);
}

type Change = Record<string, SqlValue>;

function change(db: Sqlite, number: number, values: Change): void {
  const columns = Object.keys(values);
  const searched = columns.some((column) => TEXT.includes(column));
  // The full-text table reads what it forgets from the row, so it must forget before the row changes.
  if (searched) db.run('DELETE FROM task_text WHERE docid = ?', number);
  db.run(`UPDATE tasks SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE number = ?`, ...Object.values(values), number);
  if (searched) index(db, number);
}

function index(db: Sqlite, number: number): void {
  db.run(
    'INSERT INTO task_text (docid, title, description, result) SELECT number, title, description, result FROM tasks WHERE number = ?',
    number,
  );
}

function enter(status: Status, at: number): Change {
  return { status, completed_at: isFinal(status) ? at : null, ...(status === 'pending' || status === 'running' ? { error: null } : {}) };
}

function changeOf(db: Sqlite, row: Row, event: Extract<TowerEvent, { taskId: string }>, at: number): Change {
  const number = Number(row.number);
  switch (event.type) {
    case 'TaskEdited':
      return edited(row, event.patch);
    case 'TaskReordered':
      return { priority: event.priority };
    case 'TaskPutFirst':
      return row.status === 'parked' ? enter('pending', at) : {};
    case 'TaskUnparked':
      return enter('pending', at);
    case 'TaskRetried':
      return { ...enter('pending', at), ...(event.agent === undefined ? {} : { wanted_agent: event.agent }) };
    case 'TaskCancelled':
      return enter('cancelled', at);
    case 'TaskSignedOff':
      return event.verdict === 'accepted' ? enter('completed', at) : { ...enter('failed', at), error: rejection(event.note).message };
    case 'AttemptStarted': {
      const { n, agentId, startedAt, waitedMs } = event.attempt;
      db.run('INSERT OR REPLACE INTO open_attempts VALUES (?, ?, ?, ?, ?, NULL)', number, n, agentId, startedAt, waitedMs);
      return { ...enter('running', at), attempts: n, agent: agentId, started_at: startedAt, result: null };
    }
    case 'InputAsked':
      db.run('UPDATE open_attempts SET asked_at = ? WHERE number = ? AND attempt = ?', at, number, event.attempt);
      return enter('input_required', at);
    case 'InputAnswered':
      stopWaiting(db, number, event.attempt, at);
      return enter('running', at);
    case 'CancelAsked':
      stopWaiting(db, number, event.attempt, at);
      return row.status === 'input_required' ? enter('running', at) : {};
    case 'EvidenceAdded':
      return event.evidence.metrics?.length ? { measured: 1 } : {};
    case 'ResultReported':
      return event.attempt === row.attempts ? { result: event.result.slice(0, SUMMARY_LENGTH) } : {};
    case 'AttemptEnded': {
      stopWaiting(db, number, event.attempt, at);
      count(db, number, event.attempt, event.outcome, at);
      const { outcome, error, then } = event;
      return { ...enter(then.status, at), ...(error && outcome !== 'declined' ? { error: error.message } : {}) };
    }
    default:
      return {};
  }
}

function edited(row: Row, { title, prompt, priority, kind, agent }: Extract<TowerEvent, { type: 'TaskEdited' }>['patch']): Change {
  return {
    ...(title === undefined ? {} : { title }),
    ...(prompt === undefined ? {} : { description: prompt.slice(0, DESCRIPTION_LENGTH) }),
    ...(priority === undefined ? {} : { priority }),
    ...(kind === undefined ? {} : { kind }),
    ...(agent === undefined ? {} : { wanted_agent: agent }),
    ...(agent === undefined || row.attempts !== 0 ? {} : { agent }),
  };
}

function stopWaiting(db: Sqlite, number: number, attempt: number, at: number): void {
  db.run(
    'UPDATE open_attempts SET waited_ms = waited_ms + ? - asked_at, asked_at = NULL WHERE number = ? AND attempt = ? AND asked_at IS NOT NULL',
    ...[at, number, attempt],
  );
}

function count(db: Sqlite, number: number, attempt: number, outcome: string, at: number): void {
  const open = db.first('SELECT agent, started_at, waited_ms FROM open_attempts WHERE number = ? AND attempt = ?', number, attempt);
  if (!open) return;
  const runningMs = at - Number(open.started_at) - Number(open.waited_ms);
  db.run('INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, 0, 0)', dayOf(at), open.agent ?? '', outcome);
  db.run(
    'UPDATE outcomes SET count = count + 1, running_ms = running_ms + ? WHERE day = ? AND agent = ? AND outcome = ?',
    ...[runningMs, dayOf(at), open.agent ?? '', outcome],
  );
  db.run('DELETE FROM open_attempts WHERE number = ? AND attempt = ?', number, attempt);
}
