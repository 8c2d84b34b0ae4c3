import type { Database, SqlValue, Statement } from 'sql.js';

export type Row = Record<string, SqlValue>;

/** What would guard a file from a crash guards nothing of a database in memory, and would be done for every change. */
const IN_MEMORY = 'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000';

/** A sql.js database that prepares each statement once. */
export class Sqlite {
  private readonly statements = new Map<string, Statement>();

  constructor(private readonly database: Database) {
    this.script(IN_MEMORY);
  }

  /** Runs several statements without parameters. */
  script(sql: string): void {
    this.database.run(sql);
  }

  run(sql: string, ...params: SqlValue[]): void {
    this.prepare(sql).run(params);
  }

  all(sql: string, ...params: SqlValue[]): Row[] {
    const statement = this.prepare(sql);
    const rows: Row[] = [];
    statement.bind(params);
    while (statement.step()) rows.push(statement.getAsObject());
    statement.reset();
    return rows;
  }

  /** Hands each row over as its values in the order of the columns; for many rows, several times faster than `all`. */
  each(sql: string, params: readonly SqlValue[], take: (values: SqlValue[]) => void): void {
    const statement = this.prepare(sql);
    statement.bind([...params]);
    while (statement.step()) take(statement.get());
    statement.reset();
  }

  first(sql: string, ...params: SqlValue[]): Row | undefined {
    return this.all(sql, ...params)[0];
  }

  /** Runs `work` so that all of it is kept or nothing. */
  transaction(work: () => void): void {
    this.run('BEGIN');
    try {
      work();
      this.run('COMMIT');
    } catch (error) {
      this.run('ROLLBACK');
      throw error;
    }
  }

  /** The database as the bytes of a file. */
  export(): Uint8Array {
    // Exporting closes every statement, and opens the database anew.
    this.statements.clear();
    const bytes = this.database.export();
    this.script(IN_MEMORY);
    return bytes;
  }

  close(): void {
    this.database.close();
  }

  private prepare(sql: string): Statement {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }
}
