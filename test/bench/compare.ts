import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PNG } from 'pngjs';
import { PictureComparer } from '../../src/server/proof/pictureComparer';

const ODIFF = 'odiff-bin@4.5.0';
const WARM_UP = 5;
const ROUNDS = 25;
const [WIDTH, HEIGHT] = [1920, 1080];

/** Path of the program of the npm package, installed once into a cache of its own: it is no dependency. */
function odiffPath(): string {
  const folder = join(homedir(), '.cache', 'tasktower', ODIFF);
  const manifest = join(folder, 'node_modules', 'odiff-bin', 'package.json');
  if (!existsSync(manifest)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ODIFF], { stdio: 'ignore' });
  }
  return (createRequire(manifest)('./binary.js') as { findBinary: () => string }).findBinary();
}

/** Two screenshots of one page, packed as a browser packs them: one has a panel that moved and another colour of a few lines. */
function makePair(folder: string): { baseline: string; actual: string } {
  const pictures = ['proof-dark', 'running-light', 'completed-dark'].map((name) =>
    PNG.sync.read(readFileSync(resolve(`docs/images/${name}.png`))),
  );
  const page = new PNG({ width: WIDTH, height: HEIGHT });
  page.data.fill(255);
  pictures.forEach((picture, i) => {
    const x = i * 700;
    const y = i * 200;
    PNG.bitblt(picture, page, 0, 0, Math.min(picture.width, WIDTH - x), Math.min(picture.height, HEIGHT - y), x, y);
  });
  const write = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, PNG.sync.write(page, { colorType: 2, deflateLevel: 6, deflateStrategy: 0 }));
    return path;
  };
  const baseline = write('baseline.png');
  const [panel] = pictures;
  if (panel) PNG.bitblt(panel, page, 60, 200, 300, 180, 63, 202);
  for (let y = 900; y < 940; y++) for (let x = 100; x < 900; x++) page.data[(y * WIDTH + x) * 4] = 0;
  return { baseline, actual: write('actual.png') };
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1] ?? NaN;
}

/** From two PNG files to ratio and diff file: our warm worker and `odiff` as a whole process, taking turns. */
export async function compareBench(): Promise<void> {
  const odiff = odiffPath();
  const folder = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const comparer = new PictureComparer({ workerPath: resolve('dist/compareWorker.js') });
  try {
    const pair = makePair(folder);
    const diffTo = join(folder, 'diff.png');
    const times: Record<'ours' | 'odiff' | 'equal', number[]> = { ours: [], odiff: [], equal: [] };
    let ours = await comparer.compare({ ...pair, diffTo });
    for (let round = 0; round < WARM_UP; round++) ours = await comparer.compare({ ...pair, diffTo });
    let said = '';
    for (let round = 0; round < ROUNDS; round++) {
      const first = performance.now();
      await comparer.compare({ ...pair, diffTo });
      const second = performance.now();
      const { stdout, status } = spawnSync(odiff, [pair.baseline, pair.actual, join(folder, 'odiff.png'), '--antialiasing', '--diff-mask']);
      const third = performance.now();
      await comparer.compare({ baseline: pair.baseline, actual: pair.baseline, diffTo });
      times.ours.push(second - first);
      times.odiff.push(third - second);
      times.equal.push(performance.now() - third);
      if (status !== 22) throw new Error(`odiff ended with ${status}`);
      said = stdout.toString().trim();
    }
    const sizes = [pair.baseline, pair.actual].map((path) => `${(statSync(path).size / 1000).toFixed(0)} kB`).join(' and ');
    console.log(`${WIDTH} × ${HEIGHT}, ${sizes}, ${ROUNDS} rounds; ours: ${ours.changed} pixels changed, odiff: ${said}`);
    console.log(`compare, warm worker     median ${median(times.ours).toFixed(1)} ms   best ${(times.ours[0] ?? NaN).toFixed(1)} ms`);
    console.log(`odiff, whole process     median ${median(times.odiff).toFixed(1)} ms   best ${(times.odiff[0] ?? NaN).toFixed(1)} ms`);
    console.log(`equal files              median ${median(times.equal).toFixed(1)} ms   wanted < 5 ms`);
    const verdict = median(times.ours) <= median(times.odiff) ? 'no slower than odiff' : 'SLOWER than odiff';
    console.log(`ours / odiff             ${(median(times.ours) / median(times.odiff)).toFixed(2)}: ${verdict}`);
  } finally {
    comparer.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
