import { fuzz } from '../../fuzz/fuzz';
import { TARGETS } from '../../fuzz/targets/table';
import { removeTempFolders } from '../../support/tempFolder';

/** The same inputs each time; `npm run fuzz` looks for new ones. */
const SEED = 1;

describe('What others wrote is read or refused, whatever it is:', () => {
  after(removeTempFolders);

  for (const { make, rounds } of TARGETS) {
    const target = make();
    it(target.name, async function () {
      this.timeout(60_000);
      await fuzz(target, { seed: SEED, goesOn: (done) => done < rounds });
      target.close?.();
    });
  }
});
