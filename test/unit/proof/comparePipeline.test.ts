import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { HumanError } from '../../../src/server/base/errors';
import type { CompareOptions } from '../../../src/server/proof/comparePictures';
import type { Picture } from '../../../src/server/proof/picture';
import { PictureComparer } from '../../../src/server/proof/pictureComparer';
import { blocks, COMPARE_WORKER, jpegOf, paint, plain, pngOf, rawPng, webpOf, writePng } from '../../support/pictures';
import { pseudoRandom } from '../../support/pseudoRandom';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

type Random = (n: number) => number;

/** What plain pixelmatch and pngjs say of two files, with the same rules for sizes and ignored regions, pixel by pixel. */
function expected(a: PNG, b: PNG, { threshold, includeAA, ignore = [] }: CompareOptions) {
  const [width, height] = [Math.max(a.width, b.width), Math.max(a.height, b.height)];
  const [left, right, diff] = [a, b, undefined].map((png) => {
    const canvas = new PNG({ width, height });
    canvas.data.fill(0);
    if (png) PNG.bitblt(png, canvas, 0, 0, png.width, png.height, 0, 0);
    return canvas.data;
  }) as [Buffer, Buffer, Buffer];
  pixelmatch(left, right, diff, width, height, { threshold, includeAA, diffMask: true, diffColor: [255, 0, 229] });
  let [changed, total] = [0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const [inA, inB] = [a, b].map((png) => x < png.width && y < png.height);
      const ignored = ignore.some((r) => x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height);
      if (inA !== inB) diff.set([255, 0, 229, 255], at);
      if (ignored) diff.fill(0, at, at + 4);
      else total++;
      if (diff[at + 3]) changed++;
    }
  return { changed, total, ratio: total ? changed / total : 0, diff };
}

/** The picture with a few things changed: patches, noise, shades, a shift by a pixel. */
function altered(picture: Picture, random: Random): Picture {
  let result: Picture = { ...picture, data: picture.data.slice() };
  const { width, height, data } = result;
  if (random(2)) for (let n = random(200); n > 0; n--) data[random(data.length)] = random(256);
  if (random(3) === 0) data.set(picture.data.subarray(4, data.length));
  if (random(3) === 0) for (let at = 0; at < data.length; at += 1 + random(40)) data[at] = Math.min(255, data[at]! + random(60));
  for (let n = random(4); n > 0; n--) {
    const [x, y] = [random(width), random(height)];
    result = paint(result, x, y, 1 + random(width - x), 1 + random(height - y), [random(256), random(256), random(256), random(3) * 127]);
  }
  return result;
}

function options(random: Random, width: number, height: number): CompareOptions {
  const region = () => ({ x: random(width) - 9, y: random(height) - 9, width: random(width), height: random(height) });
  return {
    threshold: [0, 0.05, 0.1, 0.3, 1][random(5)],
    includeAA: random(2) === 1,
    ...(random(2) ? { ignore: Array.from({ length: random(4) }, region) } : {}),
  };
}

describe('Picture pipeline', () => {
  const comparer = new PictureComparer({ workerPath: COMPARE_WORKER });
  after(() => comparer.dispose());
  afterEach(removeTempFolders);

  for (const [pair, changed] of [
    [1, 143],
    [2, 12_437],
    [3, 212],
    [4, 36_049],
  ] as const)
    it(`counts ${changed} pixels in fixture pair ${pair} of pixelmatch, as pixelmatch 7.2.0 does`, async () => {
      const [baseline, actual] = ['a', 'b'].map((side) => `test/fixtures/pixelmatch/${pair}${side}.png`) as [string, string];
      const diffTo = join(tempFolder(), 'diff.png');
      const comparison = await comparer.compare({ baseline, actual, diffTo, options: { threshold: 0.05 } });
      const plainly = expected(PNG.sync.read(readFileSync(baseline)), PNG.sync.read(readFileSync(actual)), { threshold: 0.05 });
      assert.equal(comparison.changed, changed);
      assert.equal(plainly.changed, changed);
      assert.ok(PNG.sync.read(readFileSync(diffTo)).data.equals(plainly.diff));
    });

  it('equals plain pixelmatch and pngjs on 200 generated pairs with every option', async () => {
    const random = pseudoRandom(2026);
    const folder = tempFolder();
    const seen = { changed: 0, equal: 0, sized: 0 };
    for (let n = 0; n < 200; n++) {
      const [baseline, actual, diffTo] = ['a', 'b', 'diff'].map((name) => join(folder, `${n}${name}.png`)) as [string, string, string];
      const before = blocks(1 + random(120), 1 + random(90), random, random(2) === 0);
      const after = random(4) === 0 ? blocks(1 + random(120), 1 + random(90), random, random(2) === 0) : altered(before, random);
      writeFileSync(baseline, pngOf(before, random(2) ? 6 : 2));
      writeFileSync(actual, pngOf(random(20) ? after : before, random(2) ? 6 : 2));
      const chosen = options(random, before.width, before.height);
      const { areas, equal, sizeChanged, width, height, ...counts } = await comparer.compare({ baseline, actual, diffTo, options: chosen });

      const [a, b] = [baseline, actual].map((path): PNG => PNG.sync.read(readFileSync(path))) as [PNG, PNG];
      const { diff, ...wanted } = expected(a, b, chosen);
      const what = `pair ${n}: ${JSON.stringify(chosen)}`;
      assert.deepEqual(counts, wanted, what);
      assert.deepEqual([width, height], [Math.max(a.width, b.width), Math.max(a.height, b.height)], what);
      assert.equal(Boolean(sizeChanged), a.width !== b.width || a.height !== b.height, what);
      assert.equal(equal !== undefined, a.width === b.width && a.height === b.height && a.data.equals(b.data), what);
      assert.equal(existsSync(diffTo), wanted.changed > 0, what);
      if (wanted.changed > 0) assert.ok(PNG.sync.read(readFileSync(diffTo)).data.equals(diff), what);
      for (let at = 0; at < diff.length; at += 4) {
        if (!diff[at + 3]) continue;
        const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
        assert.ok(
          areas.some((area) => x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height),
          what,
        );
      }
      const inAreas = areas.reduce((sum, { pixels }) => sum + pixels, 0);
      assert.equal(inAreas, wanted.changed, what);
      seen.changed += wanted.changed > 0 ? 1 : 0;
      seen.equal += equal ? 1 : 0;
      seen.sized += sizeChanged ? 1 : 0;
    }
    assert.ok(seen.changed > 100 && seen.equal > 5 && seen.sized > 20, JSON.stringify(seen));
  }).timeout(60_000);

  it('compares across types: a lossless WebP equals its PNG, a JPEG nearly', async () => {
    const folder = tempFolder();
    const picture = paint(plain(160, 96, [240, 240, 240, 255]), 32, 32, 48, 16, [30, 60, 200, 255]);
    const baseline = writePng(join(folder, 'login.png'), picture);
    const webp = join(folder, 'login.webp');
    const jpeg = join(folder, 'login.jpg');
    writeFileSync(webp, await webpOf(picture, true));
    writeFileSync(jpeg, await jpegOf(paint(picture, 100, 60, 32, 16, [200, 30, 30, 255])));
    assert.equal((await comparer.compare({ baseline, actual: webp, diffTo: join(folder, 'no.png') })).equal, 'pixels');
    const { areas, changed } = await comparer.compare({ baseline, actual: jpeg, diffTo: join(folder, 'diff.png') });
    assert.equal(areas.length, 1);
    assert.ok(changed >= 400 && changed <= 700, String(changed));
    const [area] = areas;
    assert.ok(area && area.x >= 92 && area.y >= 52 && area.x + area.width <= 140 && area.y + area.height <= 84, JSON.stringify(area));
  });

  it('refuses every bad file with a reason, writes nothing, takes no memory for it, and goes on', async () => {
    const folder = tempFolder();
    const diffs = join(folder, 'diffs');
    mkdirSync(diffs);
    const picture = blocks(60, 40, pseudoRandom(1), true);
    const baseline = writePng(join(folder, 'baseline.png'), picture);
    const whole = readFileSync(baseline);
    const jpeg = await jpegOf(picture);
    const webp = await webpOf(picture, false);
    const small = { depth: 8, colour: 2, width: 10, height: 10 };
    const bad: [name: string, reason: RegExp, bytes: Uint8Array][] = [
      ['empty.png', /the file is empty/, Buffer.alloc(0)],
      ['cut.png', /truncated PNG after \d+ B/, whole.subarray(0, whole.length >> 1)],
      ['head.png', /truncated PNG after 20 B/, whole.subarray(0, 20)],
      ['cut.jpg', /truncated JPEG after/, jpeg.subarray(0, jpeg.length - 200)],
      ['cut.webp', /truncated WebP after/, webp.subarray(0, webp.length - 20)],
      ['huge.png', /too large: 20,000 × 20,000 pixels/, rawPng({ ...small, width: 20_000, height: 20_000 }, Buffer.alloc(1000))],
      ['bomb.png', /holds more than its size says/, rawPng(small, Buffer.alloc(400_000_000))],
      ['hollow.png', /truncated PNG/, rawPng({ ...small, width: 7000, height: 7000 }, Buffer.alloc(1000))],
      ['photo.png', /called a PNG and is a JPEG/, jpeg],
      ['shot.webp', /called a WebP and is a PNG/, whole],
      ['page.png', /an HTML document/, Buffer.from('<!doctype html><script>alert(1)</script>')],
      ['drawing.png', /an SVG document/, Buffer.from('<svg onload="alert(1)"/>')],
      ['noise.png', /no picture/, Buffer.alloc(100, 'x')],
    ];
    const files = bad.map(([name, reason, bytes]) => {
      writeFileSync(join(folder, name), bytes);
      return [join(folder, name), reason] as const;
    });
    const vast = writePng(join(folder, 'vast.png'), picture);
    truncateSync(vast, 300_000_000);
    const names = readdirSync(folder);
    await comparer.compare({ baseline, actual: baseline, diffTo: join(diffs, 'warm.png') });
    const before = process.memoryUsage().rss;
    for (const [actual, reason] of [
      ...files,
      [join(folder, 'missing.png'), /There is no .*missing\.png/] as const,
      [diffs, /not a file/] as const,
      [vast, /too large: 300 MB, and at most 268 MB are read/] as const,
    ]) {
      const refusal = (error: unknown): boolean =>
        error instanceof HumanError && /^(This picture|There is no)/.test(error.message) && reason.test(error.message);
      await assert.rejects(comparer.compare({ baseline, actual, diffTo: join(diffs, 'diff.png') }), refusal, String(reason));
      await assert.rejects(comparer.thumbnail(actual, join(diffs, 'small.png')), refusal, String(reason));
    }
    const taken = process.memoryUsage().rss - before;
    assert.ok(taken < 150e6, `${taken} bytes were taken`);
    await assert.rejects(
      comparer.compare({ baseline: join(folder, 'cut.png'), actual: baseline, diffTo: join(diffs, 'diff.png') }),
      /^HumanError: The baseline cannot be read: truncated PNG/,
    );
    assert.deepEqual([readdirSync(diffs), readdirSync(folder)], [[], names]);

    const actual = writePng(join(folder, 'good.png'), paint(picture, 0, 0, 20, 20, [255, 255, 255, 255]));
    await comparer.compare({ baseline, actual, diffTo: join(diffs, 'diff.png') });
    assert.deepEqual(readdirSync(diffs), ['diff.png']);
  });

  it('says when the diff cannot be written, and leaves nothing', async () => {
    const folder = tempFolder();
    const baseline = writePng(join(folder, 'a.png'), plain(9, 9));
    const actual = writePng(join(folder, 'b.png'), plain(9, 9, [0, 0, 0, 255]));
    const asked = comparer.compare({ baseline, actual, diffTo: join(folder, 'no such folder', 'diff.png') });
    await assert.rejects(asked, (error) => error instanceof HumanError && /could not read or write .*no such folder/.test(error.message));
    assert.deepEqual(readdirSync(folder).sort(), ['a.png', 'b.png']);
  });
});
