import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keysOf, rest } from '../support/towerClient';
import { openTower } from './fanout';
import { below } from './figure';
import { Forked } from './forked';
import type { Report } from './report';
import { fillPast } from './restart';
import type { FromTower, Grown, ToTower } from './towerProcess';
import { Viewers } from './viewers';

const VIEWERS = 1_000;
const LINES = 1_000_000;
const A_CALL = 1_000;
const FINISHED = 100_000;

/** How much a process grows by a tower with 1,000 viewers and 1,000,000 log lines, and by the history of 100,000 tasks beside it. */
export async function memoryBench(report: Report, finished = FINISHED): Promise<void> {
  for (const [metric, tasks, bound] of [
    ['without history', 0, 80],
    [`with ${finished} tasks of history`, finished, 160],
  ] as const) {
    const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
    const storage = join(home, 'storage');
    if (tasks > 0) await fillPast(home, tasks);
    const tower = await Forked.start<ToTower, FromTower>('towerProcess', [storage, '8'], { TASKTOWER_HOME: join(home, 'tasktower') });
    const viewers = new Viewers('"type":"TaskCreated"');
    try {
      await openTower(viewers, tower.first, VIEWERS);
      await sayLines(tower.first.url, keysOf(storage).person);
      if (tasks > 0) await rest(tower.first.url, keysOf(storage).person, 'GET', '/api/tasks?status=completed&limit=50');
      const grown = tower.next<Grown>();
      tower.send({ type: 'memory' });
      const { grownBy } = await grown;
      report.add({ metric, unit: 'MB', ours: [grownBy / 1e6], goal: below(bound) });
    } finally {
      viewers.close();
      await tower.stop();
      rmSync(home, { recursive: true, force: true });
    }
  }
}

async function sayLines(url: string, token: string): Promise<void> {
  const { body } = await rest(url, token, 'POST', '/api/tasks', { title: 'Long', status: 'running', agent: 'Long' });
  for (let n = 0; n < LINES; n += A_CALL) {
    const lines = Array.from({ length: A_CALL }, (_, index) => ({ text: `line ${n + index} of what was said before, and some more` }));
    const { status } = await rest(url, token, 'POST', `/api/tasks/${String(body.id)}/logs`, { lines });
    if (status >= 300) throw new Error(`The lines were refused with ${status}.`);
  }
}
