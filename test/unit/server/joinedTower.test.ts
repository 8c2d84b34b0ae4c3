import assert from 'node:assert/strict';
import { join } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import { TeamSession, type KeptSession } from '../../../src/server/follower/teamSession';
import { JoinedTower } from '../../../src/server/joinedTower';
import { memoryVault } from '../../support/memoryVault';
import { TowerBench } from '../../support/towerBench';
import { until } from '../../support/until';

describe('a window at a team tower', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  it('stays connected with a token that lasts longer than any timer', async () => {
    await bench.start();
    const kept: KeptSession = { name: 'you', role: 'admin', access: bench.keys.person, until: Date.now() + 30 * 86_400_000 };
    let dialed = 0;
    const session = Object.assign(new TeamSession(bench.url, memoryVault(kept)), {
      seen: async () => {
        dialed++;
        return kept;
      },
    });
    const joined = new JoinedTower({ session, cache: join(bench.home, 'cache'), log: nullLog });
    try {
      for (let n = 1; n <= 20; n++) {
        await bench.create(`Task ${n}`);
        await until('the window to show it', () => joined.board.tasks.size === n);
      }
      assert.equal(dialed, 1);
    } finally {
      await joined.close();
    }
  });
});
