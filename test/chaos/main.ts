import { parseArgs } from 'node:util';
import { chaos } from '../support/chaos';
import { removeTempFolders, tempFolder } from '../support/tempFolder';

/** `npm run chaos -- --kills N --seed S`: the long form of the kill test. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '100' }, seed: { type: 'string' } } });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const kills = Number(values.kills);
  if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) throw new Error('Use: npm run chaos -- --kills 100 --seed 42');
  console.log(`${kills} kills, seed ${seed}`);
  const tell = (kill: number, moment: string): void => console.log(`kill ${kill} of ${kills}: ${moment}`);
  try {
    await chaos({ home: tempFolder(), kills, seed, tell });
    console.log('Nothing acknowledged was lost, nothing ran twice.');
  } finally {
    removeTempFolders();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
