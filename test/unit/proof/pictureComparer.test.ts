import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { HumanError } from '../../../src/server/base/errors';
import { PictureComparer, type PictureComparerSettings } from '../../../src/server/proof/pictureComparer';
import { COMPARE_WORKER, paint, plain, writePng } from '../../support/pictures';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

/** The worker, which does to itself what the name of the second picture says. */
const HOSTILE = `
const { parentPort } = require('node:worker_threads');
const { writeFileSync } = require('node:fs');
parentPort.on('message', ({ actual = '', temporary }) => {
  if (actual.includes('hang') || actual.includes('exit')) writeFileSync(temporary, 'half');
  if (actual.includes('exit')) process.exit(7);
  if (actual.includes('throw')) throw new Error('broken on purpose');
  if (actual.includes('hang')) for (;;);
  if (actual.includes('heap')) for (const all = []; ; ) all.push(Array.from({ length: 1000 }, (_, i) => ({ i })));
});
require(${JSON.stringify(COMPARE_WORKER)});
`;

describe('Picture comparer', () => {
  const made: PictureComparer[] = [];
  let folder: string;
  let baseline: string;

  beforeEach(() => {
    folder = tempFolder();
    baseline = writePng(join(folder, 'baseline.png'), plain(40, 30));
  });
  afterEach(() => {
    for (const comparer of made.splice(0)) comparer.dispose();
    removeTempFolders();
  });

  function comparer(settings: Partial<PictureComparerSettings> = {}): PictureComparer {
    const one = new PictureComparer({ workerPath: COMPARE_WORKER, ...settings });
    made.push(one);
    return one;
  }

  function hostile(settings: Partial<PictureComparerSettings> = {}): PictureComparer {
    const workerPath = join(folder, 'hostile.js');
    writeFileSync(workerPath, HOSTILE);
    return comparer({ workerPath, ...settings });
  }

  /** A request with a picture of this name, `pixels` of which are changed. */
  function request(name: string, pixels = 1): { baseline: string; actual: string; diffTo: string } {
    const actual = writePng(join(folder, `${name}.png`), paint(plain(40, 30), 0, 0, pixels, 1, [0, 0, 0, 255]));
    return { baseline, actual, diffTo: join(folder, `${name}-diff.png`) };
  }

  const temporaries = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

  it('starts its thread with the first job, ends it when idle, and starts it again', async () => {
    const one = comparer({ idleMs: 50 });
    assert.equal(one.running, false);
    assert.equal((await one.compare(request('first', 3))).changed, 3);
    assert.equal(one.running, true);
    await until('the idle thread to end', () => !one.running);
    assert.equal((await one.compare(request('second', 5))).changed, 5);
    await until('the second thread to end', () => !one.running);
  });

  it('answers for equal files without a thread, a diff or decoding, and tells their size', async () => {
    const one = comparer({ workerPath: join(folder, 'no worker.js') });
    const broken = readFileSync(baseline);
    broken.fill(0, 40, broken.length - 12);
    const [a, b] = ['a.png', 'b.png'].map((name) => join(folder, name)) as [string, string];
    for (const path of [a, b]) writeFileSync(path, broken);
    const ignore = [{ x: 0, y: 0, width: 10, height: 10 }];
    const comparison = await one.compare({ baseline: a, actual: b, diffTo: join(folder, 'diff.png'), options: { ignore } });
    assert.deepEqual(comparison, { changed: 0, total: 1100, ratio: 0, areas: [], width: 40, height: 30, equal: 'bytes' });
    assert.equal(one.running, false);
    assert.equal(existsSync(join(folder, 'diff.png')), false);
  });

  it('believes hashes that are given, and then reads only the head', async () => {
    const one = comparer();
    const other = request('other', 7);
    assert.equal((await one.compare({ ...other, sha256: { baseline: 'aa', actual: 'aa' } })).equal, 'bytes');
    assert.equal((await one.compare({ ...other, actual: baseline, sha256: { baseline: 'aa', actual: 'bb' } })).equal, 'pixels');
  });

  it('says that two equal files are unreadable when they are no pictures', async () => {
    const [a, b] = ['a.png', 'b.png'].map((name) => join(folder, name)) as [string, string];
    for (const path of [a, b]) writeFileSync(path, 'garbage');
    await assert.rejects(comparer().compare({ baseline: a, actual: b, diffTo: join(folder, 'diff.png') }), HumanError);
  });

  it('does jobs in the order asked, at most so many waiting', async () => {
    const one = comparer({ maxWaiting: 2 });
    const order: string[] = [];
    const ask = (name: string): Promise<void> => one.compare(request(name)).then(() => void order.push(name));
    const jobs = [ask('one'), ask('two'), ask('three')];
    await assert.rejects(ask('four'), /^HumanError: 2 pictures wait/);
    await Promise.all(jobs);
    assert.deepEqual(order, ['one', 'two', 'three']);
  });

  for (const [name, reason] of [
    ['exit', /stopped the comparison \(the thread ended\)/],
    ['throw', /stopped the comparison \(broken on purpose\)/],
    ['heap', /stopped the comparison \(memory ran out\)/],
    ['hang', /took longer than 1.5s/],
  ] as const)
    it(`refuses the job that makes the thread ${name}, once, and the next one works`, async () => {
      const one = hostile(name === 'hang' ? { timeoutMs: 1500 } : {});
      const bad = assert.rejects(one.compare(request(name)), (error) => error instanceof HumanError && reason.test(error.message));
      const good = one.compare(request('good', 9));
      await bad;
      assert.equal((await good).changed, 9);
      assert.deepEqual(temporaries(), []);
      assert.equal(existsSync(join(folder, `${name}-diff.png`)), false);
    });

  it('cancels a job that waits or runs, and the others go on', async () => {
    const one = hostile();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const jobs = [
      assert.rejects(one.compare({ ...request('hang'), signal: running.signal }), /enough/),
      assert.rejects(one.compare({ ...request('waiting'), signal: waiting.signal }), /not wanted/),
    ] as const;
    const good = one.compare(request('good', 4));
    await until('the job to run', () => temporaries().length > 0);
    waiting.abort(new Error('not wanted'));
    await jobs[1];
    running.abort(new Error('enough'));
    await jobs[0];
    assert.equal((await good).changed, 4);
    assert.deepEqual(temporaries(), []);
    assert.equal(existsSync(join(folder, 'waiting-diff.png')), false);
    await assert.rejects(one.compare({ ...request('late'), signal: AbortSignal.abort(new Error('too late')) }), /too late/);
  });

  it('refuses what runs, waits or comes when it is disposed', async () => {
    const one = hostile();
    const jobs = ['hang', 'waiting'].map((name) =>
      assert.rejects(one.compare(request(name)), /^HumanError: Pictures are no longer compared/),
    );
    await until('the job to run', () => temporaries().length > 0);
    one.dispose();
    await Promise.all([...jobs, assert.rejects(one.compare(request('late')), /^HumanError: Pictures are no longer compared/)]);
    assert.equal(one.running, false);
  });

  it('says when its worker is missing', async () => {
    await assert.rejects(comparer({ workerPath: join(folder, 'none.js') }).compare(request('any')), /^HumanError: .*Cannot find module/);
  });

  it('makes thumbnails of at most 352 pixels', async () => {
    const big = writePng(join(folder, 'big.png'), paint(plain(1200, 900), 0, 0, 600, 900, [0, 0, 255, 255]));
    const to = join(folder, 'small.png');
    assert.deepEqual(await comparer().thumbnail(big, to, 5000), { width: 352, height: 264 });
    const { width, height, data } = PNG.sync.read(readFileSync(to));
    assert.deepEqual(
      [width, height, [...data.subarray(0, 4)], [...data.subarray(351 * 4, 352 * 4)]],
      [352, 264, [0, 0, 255, 255], [255, 255, 255, 255]],
    );
    assert.deepEqual(await comparer().thumbnail(baseline, to), { width: 40, height: 30 });
  });
});
