import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import initSqlJs, { type SqlJsStatic } from 'sql.js';
import { openDatabase } from '../../../src/server/store/historyDatabase';
import { runQuery } from '../../../src/server/store/historyQueries';
import { tempFolder } from '../../support/tempFolder';
import { corpus, type Target } from '../target';

/** The snapshot of the history: one that cannot be used is set aside, whole, and never stops the tower. */
export function history(): Target {
  const dir = tempFolder();
  const file = join(dir, 'history.sqlite');
  let sql: SqlJsStatic | undefined;
  return {
    name: 'history',
    seeds: [...corpus('history'), readFileSync('test/fixtures/storage-1/history.sqlite')],
    mutate: (mutator, seed, other) => mutator.bytes(seed, other),
    read: async (input) => {
      sql ??= await initSqlJs({ wasmBinary: new Uint8Array(readFileSync('dist/sql-wasm.wasm')).buffer });
      for (const name of readdirSync(dir)) rmSync(join(dir, name));
      writeFileSync(file, input);
      const { db, setAside } = openDatabase(sql, file, false);
      if (setAside !== undefined) {
        assert.ok(readFileSync(setAside).equals(input), 'what is set aside is what was there');
        assert.equal(existsSync(file), false);
      }
      try {
        runQuery(db, { type: 'tasks', filter: { order: 'newest', limit: 100 } });
        runQuery(db, { type: 'outcomes', from: '2020-01-01' });
      } finally {
        db.close();
      }
    },
  };
}
