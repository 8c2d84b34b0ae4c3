import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { env24, node24, root } from './node24.mjs';

/** Types of each realm, lint, format, and that what is generated is fresh; two at a time. */
const bin = (name) => join('node_modules', name);
const types = (realm) => [
  bin('typescript/bin/tsc'),
  '-p',
  realm,
  '--incremental',
  '--tsBuildInfoFile',
  join('out', 'check', `${realm.replace('/', '-')}.tsbuildinfo`),
];

const jobs = [
  // Its rules about types come from oxlint-tsgolint.
  [bin('oxlint/bin/oxlint'), 'src', 'test'],
  ...['test', 'src/server', 'src/extension', 'src/webviews'].map(types),
  [bin('oxfmt/bin/oxfmt'), '--check'],
  ['scripts/generate.mjs', '--check'],
];
const failed = [];
await Promise.all([1, 2].map(work));
if (failed.length > 0) {
  console.error(`These failed: ${failed.join(', ')}.`);
  process.exit(1);
}

/** Does one job after the other, until none is left. */
async function work() {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const [status, output] = await run(job);
    if (output) console.log(output);
    if (status !== 0) failed.push(`node ${job.join(' ')}`);
  }
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(node24, args, { cwd: root, env: env24, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', reject);
    child.once('close', (status) => resolve([status, output.trimEnd()]));
  });
}
