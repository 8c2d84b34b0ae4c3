import { csvText } from './csv';
import type { TaskRow } from './query';

/** Formats of an exported history. */
export type HistoryFormat = 'json' | 'ndjson' | 'csv';

const COLUMNS = [
  'id',
  'number',
  'title',
  'status',
  'priority',
  'kind',
  'agent',
  'created',
  'started',
  'completed',
  'runningMs',
  'attempts',
  'costUsd',
  'costBasis',
  'error',
  'result',
];

/** Pages of tasks as text of a file, one piece at a time. Times are ISO 8601 in UTC; what is not known is null, or `unknown` in a table. */
export async function* historyText(pages: AsyncIterable<readonly TaskRow[]>, format: HistoryFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvText([COLUMNS]);
  else if (format === 'json') yield '[';
  let isFirst = true;
  for await (const rows of pages) {
    const told = rows.map(valuesOf);
    if (format === 'csv') yield csvText(told.map((values) => COLUMNS.map((name) => values[name] ?? '')));
    else if (format === 'ndjson') yield told.map((values) => `${JSON.stringify(values)}\n`).join('');
    else {
      yield told.map((values, index) => `${isFirst && index === 0 ? '\n' : ',\n'}${JSON.stringify(values)}`).join('');
      isFirst &&= told.length === 0;
    }
  }
  if (format === 'json') yield '\n]\n';
}

function valuesOf(row: TaskRow): Record<string, string | number | null> {
  const { id, number, title, status, priority, kind, agent, createdAt, startedAt, completedAt, attempts, cost, error, result } = row;
  const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  const runningMs = startedAt !== null && completedAt !== null ? completedAt - startedAt : null;
  const times = { created: time(createdAt), started: time(startedAt), completed: time(completedAt), runningMs };
  return { id, number, title, status, priority, kind, agent, ...times, attempts, ...costOf(cost), error: error?.message ?? null, result };
}

/** US dollars as far as they are known, and on what basis; `partly unknown` when some of it is not. */
function costOf(cost: TaskRow['cost']): { costUsd: number | null; costBasis: string | null } {
  if (!cost) return { costUsd: null, costBasis: null };
  const { usd, reported, estimated, free, unknown } = cost;
  const basis = estimated > 0 ? 'estimated' : reported > 0 ? 'reported' : free > 0 ? 'free' : 'unknown';
  if (basis === 'unknown') return { costUsd: null, costBasis: basis };
  return { costUsd: usd, costBasis: unknown > 0 ? `${basis}, partly unknown` : basis };
}
