import { dirname } from 'node:path';
import { stderrLog } from '../base/log';
import { SharedTower } from '../sharedTower';
import { embeddedOptions } from './options';
import { runServe, runShared } from './run';

/** A tower without an editor, as the extension brings it; beside another one on the same folder it stands by. */
runServe(() =>
  runShared(() => SharedTower.open({ ...embeddedOptions(process.argv.slice(2)), dist: dirname(__filename), log: stderrLog('tower') })),
);
