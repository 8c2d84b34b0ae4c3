import { spawnSync } from 'node:child_process';
import { ensurePackages, node24, run } from './node24.mjs';

/** Tests of what only a team has: several towers on one Redis, behind nginx, with editors that join. Installs the first two by apt when they are missing. */
ensurePackages();
const missing = ['redis-server', 'nginx', 'openssl'].filter((name) => spawnSync('which', [name]).status !== 0);
if (missing.length > 0) {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    run(command, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
  };
  console.log(`Installing ${missing.join(', ')}…`);
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
}
run('npm', ['run', '--silent', 'package']);
run('npm', ['run', '--silent', 'build']);
run(node24, ['scripts/mocha.mjs', 'team', ...process.argv.slice(2)]);
