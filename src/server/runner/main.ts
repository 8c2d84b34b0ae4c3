import { errorText } from '../base/errors';
import { stderrLog } from '../base/log';
import { Runner } from './runner';

/** The detached process that hosts managed agents; `launch.ts` starts it. Times in ms may be set for tests. */
const AWAY = 20_000;
const GRACE = 5_000;

const { TASKTOWER_ADDRESS_FILE, TASKTOWER_RUNNER_TOKEN, TASKTOWER_RUNNER_AWAY_MS, TASKTOWER_RUNNER_GRACE_MS } = process.env;
const log = stderrLog('runner');

if (TASKTOWER_ADDRESS_FILE === undefined) {
  log.error('TASKTOWER_ADDRESS_FILE is not set: it names the address file of the tower to work for.');
  process.exit(2);
}

const runner = new Runner({
  addressFile: TASKTOWER_ADDRESS_FILE,
  ...(TASKTOWER_RUNNER_TOKEN === undefined ? {} : { token: TASKTOWER_RUNNER_TOKEN }),
  awayMs: Number(TASKTOWER_RUNNER_AWAY_MS ?? AWAY),
  graceMs: Number(TASKTOWER_RUNNER_GRACE_MS ?? GRACE),
  log,
});
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => void runner.end(name));
process.on('uncaughtException', (error) => {
  log.error(error);
  process.exitCode = 1;
  void runner.end(errorText(error));
});
void runner.done.then(() => process.exit());
