import { dirname, join } from 'node:path';
import { stderrLog } from '../base/log';
import { SharedTower } from '../sharedTower';
import { runShared } from './run';
import { teamOptions } from './teamOptions';

/** A team's tower: `dist/team/serve.js`, in the npm package and the container image; its libraries are in no other bundle. */
runShared(() => {
  const dist = join(dirname(__filename), '..');
  return SharedTower.open({ ...teamOptions(process.argv.slice(2), { pages: join(dist, 'web'), log: stderrLog('tower') }), dist });
});
