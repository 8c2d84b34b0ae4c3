import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { HumanError } from '../../../src/server/base/errors';
import { PictureDecoder } from '../../../src/server/proof/decodePicture';
import { decodePng } from '../../../src/server/proof/pngDecode';
import { encodeMask, encodePng } from '../../../src/server/proof/pngEncode';
import { passesOf } from '../../../src/server/proof/pngFormat';
import { shrink } from '../../../src/server/proof/pictureThumbnail';
import { blocks, jpegOf, paint, plain, pngChunk, pngOf, rawPng, webpOf } from '../../support/pictures';
import { pseudoRandom } from '../../support/pseudoRandom';

const FORMATS: readonly [colour: number, depths: readonly number[]][] = [
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
];
const decoder = new PictureDecoder('dist');

/** Rows of random filters and random bytes for a picture of this format, with a palette and a transparent colour where it may have them. */
function anyPng(colour: number, depth: number, interlaced: boolean, transparent: boolean, random: (n: number) => number): Buffer {
  const header = { width: 1 + random(random(2) ? 40 : 200), height: 1 + random(40), depth, colour, interlaced };
  // Long runs of zeros are what filters make of plain areas.
  const [zeros, filters] = [random(3) * 100, 1 + random(5)];
  const row = (bytes: number): Buffer =>
    Buffer.from([4 - random(filters), ...Array.from({ length: bytes }, () => (random(zeros + 1) ? 0 : random(256)))]);
  const rows = passesOf(header).flatMap(({ rowBytes, height }) => Array.from({ length: height }, () => row(rowBytes)));
  const entries = 2 ** Math.min(depth, 8);
  const before = colour === 3 ? [pngChunk('PLTE', Buffer.from(Array.from({ length: entries * 3 }, () => random(256))))] : [];
  const samples = colour === 2 ? 3 : 1;
  if (transparent && colour === 3) before.push(pngChunk('tRNS', Buffer.from(Array.from({ length: entries }, () => random(256)))));
  if (transparent && (colour === 0 || colour === 2))
    before.push(pngChunk('tRNS', Buffer.from(Array.from({ length: samples }, () => [0, random(Math.min(4, entries))]).flat())));
  return rawPng(header, Buffer.concat(rows), before);
}

function assertSame(actual: { width: number; height: number; data: Uint8ClampedArray }, expected: PNG, what: string): void {
  assert.deepEqual([actual.width, actual.height], [expected.width, expected.height], what);
  assert.ok(Buffer.from(actual.data).equals(expected.data), `${what}: other pixels than pngjs`);
}

describe('PNG codec', () => {
  for (const [colour, depths] of FORMATS)
    for (const depth of depths)
      it(`decodes colour type ${colour} of ${depth} bits as pngjs does, interlaced or not, with every filter`, async () => {
        const random = pseudoRandom(colour * 100 + depth);
        for (let n = 0; n < 80; n++) {
          const bytes = anyPng(colour, depth, n % 2 === 1, n % 4 > 1, random);
          assertSame(await decodePng(bytes), PNG.sync.read(bytes), `picture ${n}`);
        }
      });

  it('decodes real screenshots as pngjs does', async () => {
    for (const name of ['1a', '2b', '3a', '4b']) {
      const bytes = readFileSync(`test/fixtures/pixelmatch/${name}.png`);
      assertSame(await decodePng(bytes), PNG.sync.read(bytes), name);
    }
  });

  it('writes what pngjs reads back, opaque and not', async () => {
    const random = pseudoRandom(7);
    for (const opaque of [true, false]) {
      const picture = blocks(61, 37, random, opaque);
      assertSame(picture, PNG.sync.read(encodePng(picture)), opaque ? 'opaque' : 'with alpha');
    }
  });

  it('writes a mask of one colour over transparency', () => {
    const mask = PNG.sync.read(encodeMask(paint(plain(19, 5, [0, 0, 0, 0]), 7, 1, 3, 2, [9, 9, 9, 255]), [255, 0, 229]));
    assert.ok(mask.data.equals(Buffer.from(paint(plain(19, 5, [0, 0, 0, 0]), 7, 1, 3, 2, [255, 0, 229, 255]).data)));
  });

  it('refuses what is broken, each with its reason, and nothing but that', async () => {
    const good = pngOf(blocks(40, 30, pseudoRandom(3), true));
    const head = { width: 10, height: 10, depth: 8, colour: 2 };
    const wrongCheck = Buffer.from(good);
    wrongCheck[wrongCheck.length - 20]! ^= 1;
    const broken: [RegExp, Buffer][] = [
      [/truncated PNG after \d+ B/, good.subarray(0, 60)],
      [/truncated PNG after/, good.subarray(0, good.length - 12)],
      [/truncated PNG/, rawPng(head, Buffer.alloc(100))],
      [/truncated PNG/, rawPng({ ...head, width: 7000, height: 7000 }, Buffer.alloc(10))],
      [/checksum/, wrongCheck],
      [/holds more than its size says/, rawPng(head, Buffer.alloc(200_000_000))],
      [/unknown filter/, rawPng(head, Buffer.alloc(310, 9))],
      [/unknown format/, rawPng({ ...head, depth: 3 }, Buffer.alloc(310))],
      [/without its palette/, rawPng({ ...head, colour: 3 }, Buffer.alloc(110))],
      [/palette lacks/, rawPng({ ...head, colour: 3 }, Buffer.alloc(110, 1), [pngChunk('PLTE', Buffer.alloc(3))])],
      [/unknown part/, rawPng(head, Buffer.alloc(310), [pngChunk('ABCD', Buffer.alloc(1))])],
      [/without pixels/, Buffer.concat([good.subarray(0, 33), pngChunk('IEND', Buffer.alloc(0))])],
      [
        /cannot be unpacked/,
        Buffer.concat([good.subarray(0, 33), pngChunk('IDAT', Buffer.alloc(99, 7)), pngChunk('IEND', Buffer.alloc(0))]),
      ],
    ];
    for (const [reason, bytes] of broken)
      await assert.rejects(decodePng(bytes), (error) => error instanceof HumanError && reason.test(error.message), String(reason));
  });

  it('reads past the parts it does not need', async () => {
    const rows = Buffer.alloc(4 * 13);
    const bytes = rawPng({ width: 4, height: 4, depth: 8, colour: 2 }, rows, [
      pngChunk('iCCP', deflateSync(Buffer.alloc(9_000_000))),
      pngChunk('tEXt', Buffer.from('a\0b')),
    ]);
    assertSame(await decodePng(bytes), PNG.sync.read(bytes), 'with a colour profile');
  });
});

describe('Picture decoder', () => {
  it('decodes JPEG and lossy WebP to nearly what was encoded, and lossless WebP exactly', async () => {
    const picture = paint(plain(64, 48, [20, 120, 220, 255]), 16, 16, 16, 16, [250, 240, 10, 255]);
    const far = (data: Uint8ClampedArray): number => Math.max(...data.map((value, at) => Math.abs(value - picture.data[at]!)));
    for (const [name, bytes] of [
      ['JPEG', await jpegOf(picture)],
      ['WebP', await webpOf(picture, false)],
    ] as const) {
      const decoded = await decoder.decode(bytes);
      assert.deepEqual([decoded.width, decoded.height], [64, 48]);
      assert.equal(decoded.data[0]! >> 5, 0, name);
      const middle = decoded.data.subarray((24 * 64 + 24) * 4, (24 * 64 + 24) * 4 + 4);
      [250, 240, 10, 255].forEach((value, i) => assert.ok(Math.abs(middle[i]! - value) < 12, `${name} ${middle.join()}`));
    }
    assert.equal(far((await decoder.decode(await webpOf(picture, true))).data), 0);
  });

  it('keeps the alpha of a WebP', async () => {
    const picture = blocks(33, 21, pseudoRandom(5), false);
    assert.deepEqual((await decoder.decode(await webpOf(picture, true))).data, picture.data);
  });

  it('goes on after a broken JPEG or WebP', async () => {
    const picture = plain(40, 40, [1, 2, 3, 255]);
    for (const whole of [await jpegOf(picture), await webpOf(picture, true)]) {
      const broken = Buffer.from(whole);
      broken.fill(0xff, broken.length >> 1, broken.length - 2);
      for (const bad of [whole.subarray(0, whole.length - 8), broken.subarray(0, 60)])
        await assert.rejects(decoder.decode(bad), (error) => error instanceof HumanError && /truncated|broken/.test(error.message));
      assert.equal((await decoder.decode(whole)).width, 40);
    }
  });
});

describe('Thumbnail', () => {
  it('is the mean of what each pixel stands for, and transparent pixels lend no colour', () => {
    const left = paint(plain(4, 2, [0, 0, 0, 0]), 0, 0, 1, 2, [200, 100, 50, 255]);
    assert.deepEqual([...shrink(paint(left, 2, 0, 2, 2, [10, 20, 30, 255]), 2).data], [200, 100, 50, 128, 10, 20, 30, 255]);
  });

  it('is never larger than the picture', () => {
    const picture = plain(300, 10);
    assert.equal(shrink(picture, 352), picture);
    const { width, height } = shrink(plain(1920, 1080), 352);
    assert.deepEqual([width, height], [352, 198]);
  });
});
