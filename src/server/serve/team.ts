import { dirname, join } from 'node:path';
import { stderrLog } from '../base/log';
import { RedisQueue } from '../redis/queue';
import { SharedTower } from '../sharedTower';
import { startTower } from '../start';
import { runMember, runServe, runShared } from './run';
import { teamOptions } from './teamOptions';

/** A team's tower: `dist/team/serve.js`, in the npm package and the container image; its libraries are in no other bundle. */
const log = stderrLog('tower');
const dist = join(dirname(__filename), '..');

runServe(() => {
  const { serve, queue } = teamOptions(process.argv.slice(2), { pages: join(dist, 'web'), log });
  if (!queue) return runShared(() => SharedTower.open({ ...serve, dist, log }));
  return runMember(queue.here, async () => {
    const shared = await RedisQueue.open({ ...queue, log });
    try {
      return { shared, tower: await startTower({ ...serve, shared, dist, log }) };
    } catch (error) {
      await shared.dispose();
      throw error;
    }
  });
});
