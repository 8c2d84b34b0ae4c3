import type { SqlValue } from 'sql.js';
import type { Row, Sqlite } from '../../src/server/store/sqlite';
import { npmPeer } from './peers';

interface Statement {
  all(...params: SqlValue[]): Row[];
  raw(): { iterate(...params: SqlValue[]): Iterable<SqlValue[]> };
}
interface Database {
  prepare(sql: string): Statement;
  close(): void;
}

/** A database file in better-sqlite3, asked by the same code as ours. */
export class NativeSqlite implements Pick<Sqlite, 'all' | 'each' | 'first'> {
  private readonly statements = new Map<string, Statement>();
  private readonly database: Database;

  constructor(file: string) {
    const open = npmPeer('better-sqlite3').load() as new (file: string, options: object) => Database;
    this.database = new open(file, { readonly: true });
  }

  static get label(): string {
    return npmPeer('better-sqlite3').label;
  }

  all(sql: string, ...params: SqlValue[]): Row[] {
    return this.prepare(sql).all(...params);
  }

  each(sql: string, params: readonly SqlValue[], take: (values: SqlValue[]) => void): void {
    // A statement that gives arrays is not the one that gives rows.
    for (const values of this.prepare(sql, 'raw')
      .raw()
      .iterate(...params))
      take(values);
  }

  first(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.all(sql, ...params)[0];
  }

  close(): void {
    this.database.close();
  }

  private prepare(sql: string, form = 'rows'): Statement {
    const key = `${form} ${sql}`;
    let statement = this.statements.get(key);
    if (!statement) this.statements.set(key, (statement = this.database.prepare(sql)));
    return statement;
  }
}
