import { spawnSync } from 'node:child_process';
import { env24, root } from './node24.mjs';

/** Asks the registry for known faults of the packages; fails for high and critical ones, and when it could not be asked. */
const { stdout, stderr } = spawnSync('npm', ['audit', '--json'], { cwd: root, env: env24, encoding: 'utf8' });
const answer = read(stdout);
const counts = answer?.metadata?.vulnerabilities;
if (!counts) {
  const why = answer?.message || answer?.error?.summary || stderr.trim().split('\n')[0];
  console.error(`The registry could not be asked (${why || 'no answer'}), so nothing is known. Try again where it can be reached.`);
  process.exit(2);
}
const { high = 0, critical = 0, moderate = 0, low = 0 } = counts;
console.log(`critical ${critical}, high ${high}, moderate ${moderate}, low ${low}`);
if (high + critical > 0) {
  console.error('Run npm audit to see which packages, and update them.');
  process.exit(1);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
