import { chaos } from '../../support/chaos';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { isThorough } from '../../support/thorough';

const KILLS = isThorough ? 20 : 5;
const SEED = Number(process.env.TASKTOWER_TEST_SEED ?? Date.now() % 1_000_000);

describe('a tower that is killed', () => {
  after(removeTempFolders);

  it(`loses nothing it acknowledged and runs nothing twice (${KILLS} kills, TASKTOWER_TEST_SEED=${SEED})`, async function () {
    this.timeout(150_000);
    await chaos({ home: tempFolder(), kills: KILLS, seed: SEED });
  });
});
