import assert from 'node:assert/strict';
import { HumanError } from '../../../src/server/base/errors';
import { pictureHead, type PictureClaim } from '../../../src/server/proof/pictureHead';
import { jpegOf, plain, pngOf, rawPng, webpOf } from '../../support/pictures';

function refused(reason: RegExp, bytes: Uint8Array, claim?: PictureClaim): void {
  assert.throws(
    () => pictureHead(bytes, claim),
    (error) => error instanceof HumanError && reason.test(error.message),
    String(reason),
  );
}

/** An extended WebP header that says a canvas of this size. */
function extendedWebp(width: number, height: number, flags = 0): Buffer {
  const bytes = Buffer.alloc(40);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(32, 4);
  bytes.write('WEBPVP8X', 8, 'latin1');
  bytes.writeUInt8(flags, 20);
  bytes.writeUIntLE(width - 1, 24, 3);
  bytes.writeUIntLE(height - 1, 27, 3);
  return bytes;
}

describe('Head of a picture', () => {
  const picture = plain(321, 123, [9, 99, 199, 255]);

  it('says type and size of every kind from the first bytes alone', async () => {
    const png = pngOf(picture);
    assert.deepEqual(pictureHead(png.subarray(0, 33), { fileBytes: png.length }), { type: 'png', width: 321, height: 123 });
    assert.deepEqual(pictureHead(await jpegOf(picture)), { type: 'jpeg', width: 321, height: 123 });
    for (const lossless of [true, false]) {
      const webp = await webpOf(picture, lossless);
      assert.deepEqual(pictureHead(webp.subarray(0, 40), { fileBytes: webp.length }), { type: 'webp', width: 321, height: 123 });
    }
    assert.deepEqual(pictureHead(extendedWebp(321, 123)), { type: 'webp', width: 321, height: 123 });
  });

  it('finds the frame of a JPEG behind long segments', async () => {
    const jpeg = await jpegOf(picture);
    const segment = Buffer.alloc(60_002, 0xff);
    segment.writeUInt16BE(0xffe1, 0);
    segment.writeUInt16BE(60_000, 2);
    const long = Buffer.concat([jpeg.subarray(0, 2), segment, segment, jpeg.subarray(2)]);
    assert.deepEqual(pictureHead(long), { type: 'jpeg', width: 321, height: 123 });
  });

  it('refuses what is empty or cut off', async () => {
    refused(/the file is empty/, Buffer.alloc(0));
    refused(/truncated PNG after 8 B/, pngOf(picture).subarray(0, 8));
    refused(/truncated PNG after 3 B/, pngOf(picture).subarray(0, 3));
    refused(/truncated JPEG after 30 B/, (await jpegOf(picture)).subarray(0, 30));
    const webp = await webpOf(picture, true);
    refused(/truncated WebP after/, webp.subarray(0, webp.length - 1));
    refused(/truncated WebP after 6 B/, webp.subarray(0, 6));
  });

  it('says what came instead of a picture', () => {
    refused(/it is an SVG/, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'));
    refused(/it is an SVG/, Buffer.from('\ufeff\n<?xml version="1.0"?><svg/>'));
    refused(/it is an HTML/, Buffer.from('<!DOCTYPE html><html></html>'));
    refused(/it is a GIF/, Buffer.from('GIF89a'));
    refused(/it is an AVIF/, Buffer.from('\0\0\0\x20ftypavif'));
    refused(/it is no picture/, Buffer.from('{"score": 100}'));
    refused(/it is an animated WebP/, extendedWebp(10, 10, 2));
  });

  it('refuses a picture under the name of another type', async () => {
    const jpeg = await jpegOf(picture);
    refused(/it is called a PNG and is a JPEG/, jpeg, { name: 'shots/login.PNG' });
    refused(/it is called a WebP and is a JPEG/, jpeg, { name: 'image/webp' });
    for (const name of ['login.jpg', 'login.jpeg', 'image/jpeg', 'f00d', 'login.txt'])
      assert.equal(pictureHead(jpeg, { name }).type, 'jpeg');
  });

  it('refuses more pixels than may be decoded, and sizes of nothing', () => {
    const png = (width: number, height: number): Buffer => rawPng({ width, height, depth: 8, colour: 6 }, Buffer.alloc(4));
    refused(/too large: 20,000 × 20,000 pixels, and at most 50,000,000/, png(20_000, 20_000));
    refused(/too large/, png(4_294_967_295, 4_294_967_295));
    refused(/too large/, extendedWebp(16_000_000, 16_000_000));
    refused(/too large/, png(11, 10), { maxPixels: 100 });
    refused(/0 × 5 pixels/, png(0, 5));
    assert.equal(pictureHead(png(10, 10), { maxPixels: 100 }).width, 10);
  });
});
