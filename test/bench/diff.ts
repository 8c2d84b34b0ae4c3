import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PNG } from 'pngjs';
import { PictureComparer } from '../../src/server/proof/pictureComparer';
import { ratioAtMost, below } from './figure';
import { inPairs, repeated, timed } from './pairs';
import { npmPeer } from './peers';
import type { Report } from './report';

const SIZES = [
  [1280, 800, 0.5],
  [1920, 1080, 0.5],
  [3840, 2160, 0.7],
] as const;
const BATCH = 50;
const PAIRS = 11;
/** odiff ends with this when pixels differ. */
const DIFFERENT = 22;

interface Pair {
  baseline: string;
  actual: string;
  diffTo: string;
}

/** From two PNG files to a diff file: our warm worker, and `odiff` as a whole process. */
export async function diffBench(report: Report): Promise<void> {
  const odiff = npmPeer('odiff-bin');
  const { findBinary } = odiff.load('./binary.js') as { findBinary: () => string };
  const [name, program] = [`${odiff.label}, whole process`, findBinary()];
  const folder = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const comparer = new PictureComparer({ workerPath: resolve('dist/compareWorker.js') });
  const ofOdiff = ({ baseline, actual, diffTo }: Pair): string[] => [
    baseline,
    actual,
    `${diffTo}.odiff.png`,
    '--antialiasing',
    '--diff-mask',
  ];
  try {
    for (const [width, height, bound] of SIZES) {
      const pair = makePair(folder, width, height);
      const { changed } = await comparer.compare(pair);
      spawnSync(program, ofOdiff(pair));
      const both = overlap(pair.diffTo, `${pair.diffTo}.odiff.png`);
      const kilobytes = [pair.baseline, pair.actual].map((path) => `${(statSync(path).size / 1000).toFixed(0)} kB`).join(' and ');
      report.note(`${width} × ${height}: ${kilobytes}; ${changed} pixels changed, ${(both * 100).toFixed(1)}% of them in both diff files`);
      if (both < 0.95) throw new Error('The two diff pictures show different things.');
      const { ours, peer } = await inPairs(
        () => timed(() => comparer.compare(pair)),
        () =>
          timed(() => {
            const { status } = spawnSync(program, ofOdiff(pair));
            if (status !== DIFFERENT) throw new Error(`odiff ended with ${status}.`);
          }),
        { warmUp: 3, pairs: PAIRS },
      );
      report.add({ metric: `${width} × ${height}`, unit: 'ms', ours, peer: { name, samples: peer }, goal: ratioAtMost(bound) });
      const equal = await repeated(() => comparer.compare({ ...pair, actual: pair.baseline }), { pairs: PAIRS });
      report.add({ metric: `${width} × ${height}, equal files`, unit: 'ms', ours: equal, goal: below(5) });
    }
    const pair = makePair(folder, 1280, 800);
    const batch = Array.from({ length: BATCH }, (_, n) => ({ ...pair, diffTo: join(folder, `batch-${n}.png`) }));
    const { ours, peer } = await inPairs(
      () => timed(() => Promise.all(batch.map((one) => comparer.compare(one)))),
      () => timed(() => twoAtOnce(batch.map((one) => () => run(program, ofOdiff(one))))),
    );
    report.add({
      metric: `batch of ${BATCH} pairs 1280 × 800`,
      unit: 'ms',
      ours,
      peer: { name: `${name}, two at once`, samples: peer },
      goal: ratioAtMost(0.3),
    });
  } finally {
    comparer.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((done, failed) =>
    execFile(program, args, (error) => (error?.code === DIFFERENT ? done() : failed(error ?? new Error('odiff saw no difference.')))),
  );
}

async function twoAtOnce(jobs: (() => Promise<void>)[]): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  };
  await Promise.all([worker(), worker()]);
}

/** Two screenshots of one page, packed as a browser packs them: one has a panel that moved and another colour of a few lines. */
function makePair(folder: string, width: number, height: number): Pair {
  const pictures = ['proof-dark', 'running-light', 'completed-dark'].map((name) =>
    PNG.sync.read(readFileSync(resolve(`docs/images/${name}.png`))),
  );
  const page = new PNG({ width, height });
  page.data.fill(255);
  pictures.forEach((picture, i) => {
    const x = Math.trunc((i * width) / 2.75);
    const y = i * 200;
    PNG.bitblt(picture, page, 0, 0, Math.min(picture.width, width - x), Math.min(picture.height, height - y), x, y);
  });
  const write = (name: string): string => {
    const path = join(folder, `${name}-${width}.png`);
    writeFileSync(path, PNG.sync.write(page, { colorType: 2, deflateLevel: 6, deflateStrategy: 0 }));
    return path;
  };
  const baseline = write('baseline');
  const [panel] = pictures;
  if (panel) PNG.bitblt(panel, page, 60, 200, 300, 180, 63, 202);
  for (let y = height - 180; y < height - 140; y++) for (let x = 100; x < 900; x++) page.data[(y * width + x) * 4] = 0;
  return { baseline, actual: write('actual'), diffTo: join(folder, `diff-${width}.png`) };
}

/** The share of the pixels marked in either diff picture that are marked in both. */
function overlap(one: string, other: string): number {
  const [a, b] = [one, other].map((path) => PNG.sync.read(readFileSync(path)).data);
  if (!a || !b || a.length !== b.length) return 0;
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i += 4) {
    const [marked, too] = [isMarked(a, i), isMarked(b, i)];
    if (marked || too) either++;
    if (marked && too) both++;
  }
  return both / either;
}

function isMarked(data: Buffer, i: number): boolean {
  return (data[i + 3] ?? 0) > 0 && (data[i] ?? 0) > 128 && (data[i + 1] ?? 255) < 128;
}
