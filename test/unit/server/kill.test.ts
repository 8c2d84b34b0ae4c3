import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessTower } from '../../support/headlessTower';
import { KillRun } from '../../support/killRun';
import { runningOf } from '../../support/processTree';
import { pseudoRandom } from '../../support/pseudoRandom';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

const KILLS = 20;
const SEED = Number(process.env.TASKTOWER_TEST_SEED ?? Date.now() % 1_000_000);

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

describe('a tower that is killed', () => {
  let tower: HeadlessTower | undefined;
  let run: KillRun | undefined;

  afterEach(async function () {
    this.timeout(30_000);
    await run?.close();
    await tower?.close();
    removeTempFolders();
  });

  it(`loses nothing it acknowledged and runs nothing twice (${KILLS} kills, TASKTOWER_TEST_SEED=${SEED})`, async function () {
    this.timeout(120_000);
    const home = tempFolder();
    const [script, starts] = [join(home, 'worker.cjs'), join(home, 'starts')];
    writeFileSync(script, WORKER);
    writeFileSync(starts, '');
    const builder = { name: 'Builder', command: [process.execPath, script, starts], capacity: 2 };
    tower = await HeadlessTower.start(home, [builder], 12);
    run = new KillRun(tower, starts, pseudoRandom(SEED));
    const kinds = run.shuffled([
      ...Array<'child'>(7).fill('child'),
      ...Array<'answer'>(7).fill('answer'),
      ...Array<'start'>(3).fill('start'),
      ...Array<'any'>(KILLS - 17).fill('any'),
    ]);

    for (const kind of kinds) {
      await run.agentsConnected();
      await run.sendAgain();
      await run.create(6);
      await run.killDuring(kind);
      await tower.restart();
      await run.check();
    }
    assert.ok(run.killedChildRuns >= 5, `a child ran at ${run.killedChildRuns} kills`);
    assert.ok(run.cutOffKills >= 5, `an answer was cut off at ${run.cutOffKills} kills`);

    await run.sendAgain();
    await run.finish();
    const pids = tower.startedProcesses();
    assert.ok(pids.length > 0);
    await run.close();
    await tower.close();
    assert.deepEqual(runningOf(pids), [], 'a process is left');
  });
});
