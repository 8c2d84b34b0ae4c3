import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessTower } from './headlessTower';
import { KillRun, type Moment } from './killRun';
import { runningOf } from './processTree';
import { pseudoRandom } from './pseudoRandom';

/** Says when it starts and when it ends, so that a second start of an attempt is seen whatever the tower says. */
const WORKER = `
const { appendFileSync } = require('node:fs');
const { TASKTOWER_TASK_ID: task, TASKTOWER_ATTEMPT: attempt } = process.env;
const note = (word) => appendFileSync(process.argv[2], word + ' ' + task + '/' + attempt + ' ' + process.pid + '\\n');
note('start');
let n = 0;
const timer = setInterval(() => {
  console.log('line ' + n++);
  if (n < 8) return;
  clearInterval(timer);
  note('end');
}, 40);
`;

export interface ChaosOptions {
  /** An empty folder. */
  home: string;
  kills: number;
  /** The same seed gives the same order of kills and pauses. */
  seed: number;
  /** Told before each kill. */
  tell?: (kill: number, moment: Moment) => void;
}

/**
 * Kills a tower with work and agents again and again, and holds it against what it acknowledged.
 * @throws {AssertionError} when something acknowledged is lost, or something ran twice.
 */
export async function chaos({ home, kills, seed, tell }: ChaosOptions): Promise<void> {
  const [script, starts] = [join(home, 'worker.cjs'), join(home, 'starts')];
  writeFileSync(script, WORKER);
  writeFileSync(starts, '');
  const builder = { name: 'Builder', command: [process.execPath, script, starts], capacity: 2 };
  const tower = await HeadlessTower.start(home, [builder], 12);
  const run = new KillRun(tower, starts, pseudoRandom(seed));
  try {
    const third = Math.floor(kills * 0.35);
    const early = Math.floor(kills * 0.15);
    const moments = run.shuffled([
      ...Array<Moment>(third).fill('child'),
      ...Array<Moment>(third).fill('answer'),
      ...Array<Moment>(early).fill('start'),
      ...Array<Moment>(kills - 2 * third - early).fill('any'),
    ]);
    for (const [index, moment] of moments.entries()) {
      tell?.(index + 1, moment);
      await run.agentsConnected();
      await run.sendAgain();
      await run.create(6);
      await run.killDuring(moment);
      await tower.restart();
      await run.check();
    }
    const enough = Math.min(5, third);
    assert.ok(run.killedChildRuns >= enough, `a child ran at ${run.killedChildRuns} kills`);
    assert.ok(run.cutOffKills >= enough, `an answer was cut off at ${run.cutOffKills} kills`);
    await run.sendAgain();
    await run.finish();
    const pids = tower.startedProcesses();
    assert.ok(pids.length > 0);
    await run.close();
    await tower.close();
    assert.deepEqual(runningOf(pids), [], 'a process is left');
  } finally {
    await run.close();
    await tower.close();
  }
}
