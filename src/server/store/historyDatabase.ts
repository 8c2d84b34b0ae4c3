import { readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database, SqlJsStatic } from 'sql.js';
import { errorCode } from '../base/errors';
import { HISTORY_VERSION, SCHEMA } from './historySchema';
import { Sqlite } from './sqlite';

/** Opens the database file, or a new database when there is none. One that cannot be used is set aside, never overwritten; when `readOnly`, left. */
export function openDatabase(sql: SqlJsStatic, file: string, readOnly: boolean): { db: Sqlite; setAside?: string } {
  const bytes = readIfThere(file);
  if (!bytes) return { db: newDatabase(sql) };
  let database: Database | undefined;
  try {
    database = new sql.Database(bytes);
    const db = new Sqlite(database);
    const version = db.first('PRAGMA user_version')?.user_version;
    const check = db.first('PRAGMA quick_check')?.quick_check;
    if (version === HISTORY_VERSION && check === 'ok') return { db: new Sqlite(database) };
  } catch {
    // Not a database; the same as one that is damaged.
  }
  database?.close();
  if (readOnly) return { db: newDatabase(sql) };
  const setAside = join(dirname(file), `history-${new Date().toISOString().replace(/\D/g, '')}.broken.sqlite`);
  renameSync(file, setAside);
  return { db: newDatabase(sql), setAside };
}

/** A database where nothing has happened. */
export function newDatabase(sql: SqlJsStatic): Sqlite {
  const db = new Sqlite(new sql.Database());
  db.script(SCHEMA);
  return db;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
