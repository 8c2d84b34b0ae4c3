import type { SqlValue } from 'sql.js';
import type { Analytics, Estimate } from '../domain/analytics';
import type { NeededFile } from '../domain/ports';
import type { OutcomeRow, TaskFilter, TaskPage, TaskRow } from '../domain/query';
import { sumCosts, type Cost } from '../domain/cost';
import { ErrorKind, Priority, Status } from '../domain/task';
import { cleanLine } from '../domain/text';
import { estimates } from './analyticsEstimates';
import { analytics, type AnalyticsAsk } from './analyticsQuery';
import { BASES } from './analyticsSchema';
import type { Row, Sqlite } from './sqlite';

/** What the history can be asked. */
export type HistoryQuery =
  | { type: 'tasks'; filter: TaskFilter }
  /** Outcomes of this day and later. */
  | { type: 'outcomes'; from: string }
  | { type: 'idOf'; ref: number | string }
  /** Completed tasks of a kind with a number below `before` that told numbers, the newest first. */
  | { type: 'runs'; kind: string; before: number; limit: number }
  | { type: 'files' }
  | ({ type: 'analytics' } & AnalyticsAsk)
  | { type: 'estimates' };

interface HistoryAnswers {
  tasks: TaskPage;
  outcomes: OutcomeRow[];
  idOf: string | undefined;
  runs: string[];
  files: NeededFile[];
  analytics: Analytics;
  estimates: Estimate[];
}
export type HistoryAnswer<Q extends HistoryQuery> = HistoryAnswers[Q['type']];

const FILES = `
SELECT sha256, CASE WHEN count(completed_at) = count(*) THEN max(completed_at) END AS ended_at
FROM files JOIN tasks USING (number) GROUP BY sha256`;

const RUNS = `
SELECT id FROM tasks WHERE kind = ? AND number < ? AND status = 'completed' AND measured = 1 ORDER BY number DESC LIMIT ?`;

const SNIPPETS = "SELECT docid, snippet(task_text, '', '', '…', -1, 16) AS part FROM task_text WHERE task_text MATCH ?";

/** Answers one query. */
export function runQuery(db: Sqlite, query: HistoryQuery): HistoryAnswers[keyof HistoryAnswers] {
  switch (query.type) {
    case 'tasks':
      return tasks(db, query.filter);
    case 'outcomes':
      return db.all('SELECT * FROM outcomes WHERE day >= ? ORDER BY day, agent, outcome', query.from).map(outcomeOf);
    case 'runs':
      return db.all(RUNS, query.kind, query.before, query.limit).map(({ id }) => String(id));
    case 'files':
      return db.all(FILES).map((row) => ({ sha256: String(row.sha256), endedAt: row.ended_at === null ? null : Number(row.ended_at) }));
    case 'analytics':
      return analytics(db, query);
    case 'estimates':
      return estimates(db);
    case 'idOf': {
      const id = db.first(`SELECT id FROM tasks WHERE ${typeof query.ref === 'number' ? 'number' : 'id'} = ?`, query.ref)?.id;
      return typeof id === 'string' ? id : undefined;
    }
  }
}

/** A page of tasks; its cursor is the number of its last task. `queue` is answered as `newest`: only the board knows the queue. */
function tasks(db: Sqlite, filter: TaskFilter): TaskPage {
  const { conditions, params } = conditionsOf(filter);
  const total = Number(db.first(`SELECT count(*) AS total FROM tasks WHERE ${conditions}`, ...params)?.total);
  const oldest = filter.order === 'oldest';
  const after = filter.cursor === undefined ? '' : ` AND number ${oldest ? '>' : '<'} ?`;
  const rows = db.all(
    `SELECT * FROM tasks WHERE ${conditions}${after} ORDER BY number ${oldest ? 'ASC' : 'DESC'} LIMIT ?`,
    ...params,
    ...(filter.cursor === undefined ? [] : [Number(filter.cursor)]),
    filter.limit + 1,
  );
  const snippets = snippetsOf(db, filter, rows);
  const page = rows.slice(0, filter.limit).map((row) => taskOf(db, row, snippets.get(Number(row.number))));
  const last = page.at(-1);
  return { tasks: page, total, ...(last && rows.length > page.length ? { cursor: String(last.number) } : {}) };
}

function conditionsOf(filter: TaskFilter): { conditions: string; params: SqlValue[] } {
  const { status, agent, agents, priority, kinds, number, text, from, to, endedFrom, endedTo } = filter;
  const conditions = ['1'];
  const params: SqlValue[] = [];
  const add = (condition: string, ...values: SqlValue[]): void => {
    conditions.push(condition);
    params.push(...values);
  };
  if (status) add(`status IN (${marks(status)})`, ...status);
  if (priority) add(`priority IN (${marks(priority)})`, ...priority);
  if (agent !== undefined) add('(agent = ? OR wanted_agent = ?)', agent, agent);
  if (agents) add(`(agent IN (${marks(agents)}) OR wanted_agent IN (${marks(agents)}))`, ...agents, ...agents);
  if (kinds) add(`lower(kind) IN (${marks(kinds)})`, ...kinds.map((kind) => kind.toLowerCase()));
  if (endedFrom !== undefined) add('completed_at >= ?', endedFrom);
  if (endedTo !== undefined) add('completed_at < ?', endedTo);
  if (number !== undefined) add('number = ?', number);
  if (from !== undefined) add('created_at >= ?', from);
  if (to !== undefined) add('created_at < ?', to);
  const wanted = cleanLine(text ?? '');
  if (wanted !== '') {
    const words = matchOf(wanted);
    const like = `%${wanted.replace(/[\\%_]/g, '\\$&')}%`;
    if (words === '') add("title LIKE ? ESCAPE '\\'", like);
    else add("(title LIKE ? ESCAPE '\\' OR number IN (SELECT docid FROM task_text WHERE task_text MATCH ?))", like, words);
  }
  return { conditions: conditions.join(' AND '), params };
}

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}

/** All words of `text` as beginnings of words; lower case, so that none is an operator of the full-text query. */
function matchOf(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => `${word}*`).join(' ');
}

/** Where the words stand in the prompts and results of the rows. */
function snippetsOf(db: Sqlite, { text }: TaskFilter, rows: readonly Row[]): Map<number, string> {
  const words = matchOf(cleanLine(text ?? ''))
    .split(' ')
    .filter(Boolean);
  if (words.length === 0 || rows.length === 0) return new Map();
  const numbers = rows.map(({ number }) => Number(number));
  const sql = `${SNIPPETS} AND docid IN (${marks(numbers)})`;
  const found = (column: string): Row[] => db.all(sql, words.map((word) => `${column}:${word}`).join(' OR '), ...numbers);
  // What was said at the end tells more than what was asked for.
  return new Map([...found('description'), ...found('result')].map(({ docid, part }) => [Number(docid), cleanLine(String(part))]));
}

/** What the attempts of a task cost, and whether they handed something in. */
function proofOf(db: Sqlite, number: number): Pick<TaskRow, 'cost' | 'evidence'> {
  const attempts = db.all('SELECT basis, usd FROM attempts WHERE number = ? AND (ended_at IS NOT NULL OR basis IS NOT NULL)', number);
  const costs = attempts.map(({ basis, usd }): Cost => {
    const known = basis === null ? undefined : BASES[Number(basis)];
    return { basis: known ?? 'unknown', usd: known === undefined ? null : numberOf(usd) };
  });
  const evidence = db.first('SELECT 1 AS one FROM files WHERE number = ? LIMIT 1', number) !== undefined;
  return { cost: costs.length > 0 ? sumCosts(costs) : null, evidence };
}

function taskOf(db: Sqlite, row: Row, snippet: string | undefined): TaskRow {
  return {
    ...proofOf(db, Number(row.number)),
    ...(snippet === undefined ? {} : { snippet }),
    id: String(row.id),
    number: Number(row.number),
    title: String(row.title),
    status: Status.parse(row.status),
    priority: Priority.parse(row.priority),
    kind: String(row.kind),
    agent: textOf(row.agent),
    progress: numberOf(row.progress),
    createdAt: Number(row.created_at),
    startedAt: numberOf(row.started_at),
    completedAt: numberOf(row.completed_at),
    attempts: Number(row.attempts),
    error: row.error === null ? null : { kind: ErrorKind.catch('agent_error').parse(row.error_kind), message: String(row.error) },
    externalId: textOf(row.external_id),
    ...(JSON.parse(String(row.wants)) as Pick<TaskRow, 'skills' | 'after' | 'requires'>),
    result: textOf(row.result),
  };
}

function outcomeOf(row: Row): OutcomeRow {
  return {
    day: String(row.day),
    agent: String(row.agent),
    outcome: String(row.outcome),
    count: Number(row.count),
    runningMs: Number(row.running_ms),
  };
}

function textOf(value: SqlValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
