import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env24, node24, root, run } from './node24.mjs';

/** Builds for production and packs `dist/tasktower.vsix`. `--verify` builds it twice more elsewhere: the bytes must be the same. */
const VSCE = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
/** What would differ from one machine to the next: times, time zone, order of names. 1980 is where ZIP begins to count. */
const SAME = { SOURCE_DATE_EPOCH: String(Date.UTC(1980, 0, 1) / 1000), TZ: 'UTC', LC_ALL: 'C' };
const out = join(root, 'dist', 'tasktower.vsix');

if (process.argv.includes('--verify')) verify();
else pack();

function pack() {
  run(node24, ['esbuild.mjs', '--production']);
  run(node24, ['scripts/notices.mjs', '--check']);
  const staged = mkdtempSync(join(tmpdir(), 'tasktower-vsix-'));
  try {
    // Modes go into the archive, and those of a checkout depend on its user.
    copy(list(node24, [VSCE, 'ls', '--no-dependencies']), staged, () => 0o644);
    writeFileSync(join(staged, '.vscodeignore'), '');
    const options = { cwd: staged, env: { ...env24, ...SAME }, stdio: ['ignore', 'ignore', 'inherit'] };
    run(node24, [VSCE, 'package', '--no-dependencies', '--out', out], options);
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
  console.log(`${out} (${(statSync(out).size / 1e6).toFixed(2)} MB)`);
}

/** Packs copies of the checkout in folders, with modes and in a time zone that have nothing in common. */
function verify() {
  const sources = list('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  const hashes = [
    ['a', 'UTC', 0o022],
    [join('b', 'a longer path'), 'Asia/Kathmandu', 0o077],
  ].map(([name, TZ, umask]) => {
    const folder = mkdtempSync(join(tmpdir(), 'tasktower-twice-'));
    const place = join(folder, name);
    const before = process.umask(umask);
    try {
      copy(sources, place, (mode) => mode & ~umask);
      symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
      run(node24, ['scripts/package.mjs'], { cwd: place, env: { ...env24, TZ }, stdio: ['ignore', 'ignore', 'inherit'] });
      const hash = createHash('sha256')
        .update(readFileSync(join(place, 'dist', 'tasktower.vsix')))
        .digest('hex');
      console.log(`${hash}  ${place}`);
      return hash;
    } finally {
      process.umask(before);
      rmSync(folder, { recursive: true, force: true });
    }
  });
  if (new Set(hashes).size > 1) throw new Error('Two builds of the same sources differ.');
}

function copy(files, to, modeOf) {
  for (const file of files) {
    const target = join(to, file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(root, file), target);
    chmodSync(target, modeOf(statSync(join(root, file)).mode & 0o777));
  }
}

function list(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, env: env24, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout.split('\n').filter(Boolean);
}
