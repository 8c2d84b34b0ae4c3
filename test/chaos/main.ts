import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleChanged, bundleScript } from '../support/bundle';
import { chaos } from '../support/chaos';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { ChaosRun } from './chaosRun';
import { planted } from './planted';
import { SmallDisk } from '../support/smallDisk';

/** The disk of a run: large enough that only a fill makes it full. */
const MEGABYTES = 768;

/**
 * The long form of the kill test: `npm run chaos -- --kills 200 --seed 42`, with rivals `--windows 3 --minutes 10`.
 * `--managed` kills a tower that runs its agents itself; `--planted` lets the run loose on towers with a known bug each, which it must find
 * (`--only lease` for one of them). An interrupt ends a run early, with all that is checked at the end.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      seed: { type: 'string' },
      windows: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      managed: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const [kills, windows] = [Number(values.kills), Number(values.windows)];
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Error('Use: npm run chaos -- --kills 100 --seed 42');
  const home = tempFolder();
  const disk = values.managed ? undefined : SmallDisk.mount(home, MEGABYTES);
  if (!disk && !values.managed)
    console.log('A disk of its own cannot be mounted here: writes fail where the file system is asked, and no disk is really full.');
  try {
    if (values.planted) return await findPlanted(home, kills, seed, values.only);
    if (values.managed) {
      await chaos({ home, kills, seed, tell: (kill, moment) => console.log(`kill ${kill} of ${kills}: ${moment}`) });
    } else {
      const script = join(home, 'faultTower.cjs');
      bundleScript('test/chaos/faultTower.ts', script);
      const until = values.minutes === undefined ? {} : { until: Date.now() + Number(values.minutes) * 60_000 };
      const run = new ChaosRun({ home, script, kills, seed, windows, disk, tell: console.log, ...until });
      process.once('SIGINT', () => run.stop());
      const counts = await run.run();
      console.log(JSON.stringify({ seed, ...counts }, null, 2));
    }
    console.log('Nothing acknowledged was lost, doubled or changed.');
  } finally {
    disk?.unmount();
    removeTempFolders();
  }
}

/** @throws when a run finds nothing in a tower that has a bug. */
async function findPlanted(home: string, kills: number, seed: number, only: string): Promise<void> {
  for (const [n, change] of planted.filter(({ what }) => what.includes(only)).entries()) {
    const script = join(home, `planted-${n}.cjs`);
    await bundleChanged('test/chaos/faultTower.ts', script, ['bufferutil', 'utf-8-validate'], [change]);
    const folder = join(home, String(n));
    mkdirSync(folder);
    const found = await new ChaosRun({ home: folder, script, kills, seed, windows: 1 }).run().then(
      () => undefined,
      (error: Error) => error,
    );
    if (!found) throw new Error(`Nothing was found in a tower with this bug: ${change.what}.`);
    const { message, cause } = found;
    const kill = /"kills":(\d+)/.exec(message)?.[1] ?? '?';
    console.log(`${change.what}: found after ${kill} kills: ${(cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]}`);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
