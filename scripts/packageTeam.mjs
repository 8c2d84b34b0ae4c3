import { copyFileSync, cpSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { node24, root, run } from './node24.mjs';

/** Builds for production and puts the npm package of the team's tower together: `dist/npm/`, and `dist/tasktower-<version>.tgz` of it. */
run(node24, ['esbuild.mjs', '--production']);
const json = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const { version, license, repository } = json('package.json');
const { description } = json('package.nls.json');
const out = join(root, 'dist', 'npm');
rmSync(out, { recursive: true, force: true });
const files = [
  ...['compareWorker', 'historyWorker', 'logWorker', 'prices', 'reportWorker', 'runner', 'cli/tasktower', 'team/serve', 'team/user'].map(
    (name) => `dist/${name}.js`,
  ),
  ...globSync('dist/*.wasm', { cwd: root }),
  'LICENSE',
  'THIRD-PARTY-NOTICES.txt',
];
for (const file of files) {
  mkdirSync(dirname(join(out, file)), { recursive: true });
  copyFileSync(join(root, file), join(out, file));
}
cpSync(join(root, 'dist', 'web'), join(out, 'dist', 'web'), { recursive: true, filter: (path) => !path.endsWith('.map') });
copyFileSync(join(root, 'docs', 'team.md'), join(out, 'README.md'));
const manifest = {
  ...{ name: 'tasktower', version, description, license, repository },
  bin: { tasktower: 'dist/cli/tasktower.js' },
  engines: { node: '>=22' },
};
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
run('npm', ['pack', '--silent', '--pack-destination', join(root, 'dist')], { cwd: out, stdio: ['ignore', 'ignore', 'inherit'] });
const packed = join(root, 'dist', `tasktower-${version}.tgz`);
console.log(`${packed} (${(statSync(packed).size / 1e6).toFixed(2)} MB)`);
