import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nullLog } from '../../src/server/base/log';
import { lift } from '../../src/server/domain/migrations';
import { reduce } from '../../src/server/domain/reduce';
import { openJournal } from '../../src/server/store/openJournal';
import { tempFolder } from './tempFolder';

export const RIVALS = 3;

/** What came of a fight. */
export interface Fight {
  acknowledged: number;
  /** What was acknowledged and is gone. */
  lost: string[];
  readOnly?: string;
}

/** Lets three processes fight for one folder until each has had `count` records acknowledged; `script` is the bundled rival. */
export async function fight(script: string, count: number, look: boolean): Promise<Fight> {
  const dir = tempFolder();
  const acksOf = (rival: number): string => join(dir, `acks-${rival}`);
  await Promise.all(
    Array.from({ length: RIVALS }, async (_, rival) => {
      const child = spawn(process.execPath, [script, dir, acksOf(rival), `${rival + 1}`, `${count}`, `${look}`], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      if (look) assert.equal(code, 0, errors);
    }),
  );
  const acknowledged = Array.from({ length: RIVALS }, (_, rival) => acksOf(rival)).flatMap((path) =>
    existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [],
  );
  const { board, readOnly } = await openJournal({ dir, lift, fold: reduce, fsync: false, log: nullLog });
  const titles = new Set([...board.tasks.values()].map(({ title }) => title));
  const lost = acknowledged.filter((title) => !titles.has(title));
  return { acknowledged: acknowledged.length, lost, ...(readOnly === undefined ? {} : { readOnly: String(readOnly) }) };
}
