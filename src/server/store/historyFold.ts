import type { SqlValue } from 'sql.js';
import { filesOf } from '../domain/evidence';
import type { TowerEvent } from '../domain/event';
import type { StoredEvent } from '../domain/ports';
import { rejection } from '../domain/fold/tasks';
import { isFinal, type Status, type Task, type TaskError } from '../domain/task';
import { createFacts, foldFacts, foldPresence, foldStatus } from './analyticsFold';
import { DESCRIPTION_LENGTH } from './historySchema';
import type { Row, Sqlite } from './sqlite';

const SUMMARY_LENGTH = 200;
/** The columns that can be searched. */
const TEXT = ['title', 'description', 'result'];

/** Folds one event into the tables: the same rows, slimmer, that `reduce` would make. */
export function foldEvent(db: Sqlite, { seq, at, event }: Pick<StoredEvent, 'seq' | 'at' | 'event'>): void {
  if (event.type === 'TaskCreated') return create(db, event.task, event.prompt, seq);
  if (event.type === 'AgentPresent') return foldPresence(db, event, at);
  if (!('taskId' in event)) return;
  const row = db.first('SELECT number, status, attempts, wanted_agent, wants, result FROM tasks WHERE id = ?', event.taskId);
  if (!row) return;
  const number = Number(row.number);
  foldFacts(db, number, event, at);
  if (event.type === 'TaskPurged') return remove(db, number);
  for (const sha256 of filesOf(event)) db.run('INSERT OR IGNORE INTO files VALUES (?, ?)', sha256, number);
  const { status, ...values } = changeOf(row, event, at);
  if (status) foldStatus(db, number, status, at);
  // The full-text index costs more than all the rest; most attempts begin without a result to forget.
  if (values.result === row.result) delete values.result;
  change(db, number, { ...values, ...(status ? { status } : {}), seq });
}

/** Removes the rows of a task; what it counts for stays. */
export function remove(db: Sqlite, number: number): void {
  db.run('DELETE FROM task_text WHERE docid = ?', number);
  db.run('DELETE FROM files WHERE number = ?', number);
  db.run('DELETE FROM tasks WHERE number = ?', number);
}

function create(db: Sqlite, task: Task, prompt: string, seq: number): void {
  remove(db, task.number);
  const { number, id, title, status, priority, kind, createdAt } = task;
  db.run(
    `INSERT INTO tasks (number, id, title, description, status, agent, wanted_agent, external_id, wants, priority, kind, created_at, attempts, seq)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
    ...[
      number,
      id,
      title,
      prompt.slice(0, DESCRIPTION_LENGTH),
      status,
      task.agent ?? null,
      task.agent ?? null,
      task.externalId ?? null,
      JSON.stringify(wantsOf(task)),
      priority,
      kind,
      createdAt,
      seq,
    ],
  );
  index(db, number);
  createFacts(db, task);
}

type Change = Record<string, SqlValue> & { status?: Status };

function change(db: Sqlite, number: number, values: Record<string, SqlValue>): void {
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

type Wants = Pick<Task, 'skills' | 'after' | 'requires'>;

function wantsOf({ skills, after, requires }: Wants): Wants {
  return { skills, after, requires };
}

function failed(error: TaskError | undefined): Record<string, SqlValue> {
  return { error: error?.message ?? null, error_kind: error?.kind ?? null };
}

function enter(status: Status, at: number): Change {
  return { status, completed_at: isFinal(status) ? at : null, ...(status === 'pending' || status === 'running' ? failed(undefined) : {}) };
}

function changeOf(row: Row, event: Extract<TowerEvent, { taskId: string }>, at: number): Change {
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
      return event.verdict === 'accepted' ? enter('completed', at) : { ...enter('failed', at), ...failed(rejection(event.note)) };
    case 'AttemptStarted': {
      const { n, agentId, startedAt } = event.attempt;
      return { ...enter('running', at), attempts: n, agent: agentId, started_at: startedAt, result: null };
    }
    case 'InputAsked':
      return enter('input_required', at);
    case 'InputAnswered':
      return enter('running', at);
    case 'CancelAsked':
    case 'CheckStarted':
      return row.status === 'input_required' ? enter('running', at) : {};
    case 'EvidenceAdded':
      return event.evidence.metrics?.length ? { measured: 1 } : {};
    case 'ResultReported':
      return event.attempt === row.attempts ? { result: event.result.slice(0, SUMMARY_LENGTH) } : {};
    case 'AttemptEnded': {
      const { outcome, error, then } = event;
      return { ...enter(then.status, at), ...(error && outcome !== 'declined' ? failed(error) : {}) };
    }
    default:
      return {};
  }
}

function edited(
  row: Row,
  { title, prompt, priority, kind, agent, ...patch }: Extract<TowerEvent, { type: 'TaskEdited' }>['patch'],
): Change {
  return {
    ...(title === undefined ? {} : { title }),
    ...(prompt === undefined ? {} : { description: prompt.slice(0, DESCRIPTION_LENGTH) }),
    ...(priority === undefined ? {} : { priority }),
    ...(kind === undefined ? {} : { kind }),
    ...(agent === undefined ? {} : { wanted_agent: agent }),
    wants: JSON.stringify(wantsOf({ ...(JSON.parse(String(row.wants)) as Wants), ...patch })),
    ...(agent === undefined || row.attempts !== 0 ? {} : { agent }),
  };
}
