import type { SqlValue } from 'sql.js';
import type { AnalyticsFilter } from '../domain/analytics';
import { knownIds } from './analyticsWords';
import type { Sqlite } from './sqlite';

/** A condition on rows of `facts` or `attempts`, with its parameters. */
export interface Condition {
  sql: string;
  params: SqlValue[];
}

/** What a filter asks of whose work it is, and of what work it is. Of names that nobody has there is nothing. */
export function conditionsOf(
  db: Sqlite,
  { agents, kinds, folder }: Pick<AnalyticsFilter, 'agents' | 'kinds' | 'folder'>,
  table: 'facts' | 'attempts',
): { whose: Condition; what: Condition; both: Condition } {
  const whose = isOneOf(db, `${table}.agent`, agents);
  const what = and(isOneOf(db, `${table}.kind`, kinds), isOneOf(db, `${table}.folder`, folder === undefined ? undefined : [folder]));
  return { whose, what, both: and(whose, what) };
}

function isOneOf(db: Sqlite, column: string, words: readonly string[] | undefined): Condition {
  if (!words) return { sql: '1', params: [] };
  const params = knownIds(db, words);
  return { sql: `${column} IN (${params.map(() => '?').join(', ')})`, params };
}

function and(one: Condition, other: Condition): Condition {
  return { sql: `(${one.sql} AND ${other.sql})`, params: [...one.params, ...other.params] };
}
