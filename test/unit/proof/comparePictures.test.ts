import assert from 'node:assert/strict';
import { changedAreas } from '../../../src/server/proof/compareAreas';
import { comparePictures, DIFF_COLOUR } from '../../../src/server/proof/comparePictures';
import { clipRegions, coveredPixels } from '../../../src/server/proof/compareRegions';
import { paint, plain } from '../../support/pictures';
import { pseudoRandom } from '../../support/pseudoRandom';

const RED = [255, 0, 0, 255];
const CLEAR = [0, 0, 0, 0];
const white = plain(200, 100);

describe('Picture comparison', () => {
  it('gives changed pixels, ratio, area and a diff that is transparent where nothing changed', () => {
    const { diff, ...comparison } = comparePictures(white, paint(white, 30, 40, 10, 5, RED));
    assert.deepEqual(comparison, {
      changed: 50,
      total: 20_000,
      ratio: 0.0025,
      areas: [{ x: 30, y: 40, width: 10, height: 5, pixels: 50 }],
      width: 200,
      height: 100,
    });
    assert.deepEqual(diff?.data, paint(plain(200, 100, CLEAR), 30, 40, 10, 5, [...DIFF_COLOUR, 255]).data);
  });

  it('says that equal pixels are equal, and only then', () => {
    assert.deepEqual(comparePictures(white, plain(200, 100)), {
      changed: 0,
      total: 20_000,
      ratio: 0,
      areas: [],
      width: 200,
      height: 100,
      equal: 'pixels',
    });
    const nearly = comparePictures(white, paint(white, 0, 0, 1, 1, [254, 255, 255, 255]));
    assert.deepEqual([nearly.changed, nearly.equal, nearly.diff], [0, undefined, undefined]);
  });

  it('pads different sizes, counts what only one has even when it is transparent, and says so', () => {
    const wider = comparePictures(plain(20, 20, CLEAR), plain(30, 10, CLEAR));
    assert.equal(wider.changed, 10 * 10 + 20 * 10);
    assert.equal(wider.total, 30 * 20);
    assert.deepEqual(wider.sizeChanged, { from: { width: 20, height: 20 }, to: { width: 30, height: 10 } });
  });

  it('leaves ignored regions out of counts, areas and diff', () => {
    const changed = paint(paint(white, 10, 10, 10, 10, RED), 150, 50, 10, 10, RED);
    const ignore = [
      { x: -5, y: -5, width: 30, height: 20 },
      { x: 0, y: 0, width: 25, height: 15 },
      { x: 190, y: 90, width: 1e9, height: 1e9 },
      { x: 500, y: 500, width: 5, height: 5 },
    ];
    const comparison = comparePictures(white, changed, { ignore });
    assert.equal(comparison.changed, 50 + 100);
    assert.equal(comparison.total, 20_000 - 25 * 15 - 10 * 10);
    assert.deepEqual(comparison.areas, [
      { x: 10, y: 15, width: 10, height: 5, pixels: 50 },
      { x: 150, y: 50, width: 10, height: 10, pixels: 100 },
    ]);
    const nothing = comparePictures(white, changed, { ignore: [{ x: 0, y: 0, width: 200, height: 100 }] });
    assert.deepEqual([nothing.changed, nothing.total, nothing.ratio, nothing.diff], [0, 0, 0, undefined]);
  });

  it('counts a pixel once that several regions cover', () => {
    const random = pseudoRandom(11);
    for (let n = 0; n < 200; n++) {
      const regions = Array.from({ length: random(6) }, () => ({
        x: random(50) - 10,
        y: random(50) - 10.5,
        width: random(30) - 2,
        height: random(30) / 2,
      }));
      let covered = 0;
      for (let y = 0; y < 32; y++)
        for (let x = 0; x < 40; x++)
          covered += regions.some(
            (r) => r.width > 0 && r.height > 0 && x + 1 > r.x && x < r.x + r.width && y + 1 > r.y && y < r.y + r.height,
          )
            ? 1
            : 0;
      assert.equal(coveredPixels(clipRegions(regions, 40, 32)), covered, JSON.stringify(regions));
    }
  });

  it('ignores anti-aliased pixels unless they are asked for', () => {
    // A line that moves by a part of a pixel: between black and white there is a grey that only smooths.
    const line = (grey: number): typeof white => paint(paint(white, 0, 50, 200, 50, [0, 0, 0, 255]), 60, 49, 1, 1, [grey, grey, grey, 255]);
    assert.equal(comparePictures(line(255), line(120)).changed, 0);
    assert.equal(comparePictures(line(255), line(120), { includeAA: true }).changed, 1);
  });
});

describe('Changed areas', () => {
  const areasOf = (...boxes: [x: number, y: number, width: number, height: number][]): ReturnType<typeof changedAreas>['areas'] => {
    const picture = boxes.reduce((on, [x, y, width, height]) => paint(on, x, y, width, height, RED), plain(400, 300, CLEAR));
    return changedAreas(new Uint32Array(picture.data.buffer), 400, 300).areas;
  };

  it('joins what is less than 16 pixels apart, in every direction', () => {
    for (const [dx, dy] of [
      [15, 0],
      [0, 15],
      [15, 15],
    ] as const)
      // prettier-ignore
      for (let at = 0; at < 16; at++) assert.equal(areasOf([50 + at, 50 + at, 1, 1], [50 + at + dx, 50 + at + dy, 1, 1]).length, 1);
    for (let at = 0; at < 16; at++) assert.equal(areasOf([50 + at, 50, 1, 1], [75 + at, 50, 1, 1]).length, 2);
  });

  it('does not join over the edge of the picture', () => {
    assert.equal(areasOf([399, 10, 1, 1], [0, 18, 1, 1], [0, 10, 1, 1]).length, 2);
  });

  it('are in reading order', () => {
    const order = areasOf([300, 203, 5, 5], [10, 100, 5, 5], [100, 200, 5, 5], [200, 100, 5, 5], [5, 20, 5, 5]);
    assert.deepEqual(
      order.map(({ x, y }) => [x, y]),
      [
        [5, 20],
        [10, 100],
        [200, 100],
        [100, 200],
        [300, 203],
      ],
    );
  });

  it('follow a thin line to its whole extent', () => {
    assert.deepEqual(areasOf([0, 299, 400, 1], [0, 0, 1, 300]), [{ x: 0, y: 0, width: 400, height: 300, pixels: 699 }]);
  });

  it('are at most 200; the smallest become one, and no pixel is lost', () => {
    const pixels = new Uint32Array(1000 * 1000);
    for (let n = 0; n < 900; n++) {
      const [x, y] = [(n % 30) * 33, Math.floor(n / 30) * 33];
      for (let i = 0; i <= n % 7; i++) pixels[y * 1000 + x + i] = 1;
    }
    const { areas, changed } = changedAreas(pixels, 1000, 1000);
    assert.equal(areas.length, 200);
    assert.equal(
      areas.reduce((sum, area) => sum + area.pixels, 0),
      changed,
    );
    assert.equal(changed, pixels.filter(Boolean).length);
  });
});
