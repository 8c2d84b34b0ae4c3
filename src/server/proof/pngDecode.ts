import { inflate } from 'node:zlib';
import { promisify } from 'node:util';
import { errorCode } from '../base/errors';
import { newPixels, type Picture, type TakePixels } from './picture';
import { truncated, unreadable } from './pictureErrors';
import { readPngChunks } from './pngChunks';
import { unfilter } from './pngFilter';
import { channelsOf, passesOf, type PngFormat, type PngPass } from './pngFormat';
import { expandRow } from './pngPixels';

/** Deflate packs at most 1032 to 1, so fewer bytes cannot hold the pixels. https://www.zlib.net/zlib_tech.html */
const DEFLATE_MOST = 1032;
const inflating = promisify(inflate);

/** The pixels of a PNG as RGBA, 8 bits a sample, of every format the standard has. @throws {HumanError} */
export async function decodePng(bytes: Uint8Array, take: TakePixels = newPixels): Promise<Picture> {
  const { format, data } = readPngChunks(bytes);
  const passes = passesOf(format);
  const expected = passes.reduce((sum, pass) => sum + (pass.rowBytes + 1) * pass.height, 0);
  const packed = data.length === 1 && data[0] ? data[0] : Buffer.concat(data);
  if (packed.length * DEFLATE_MOST < expected) throw truncated('PNG', bytes.length);
  const raw = await unpack(packed, expected, bytes.length);
  if (raw.length < expected) throw truncated('PNG', bytes.length);
  return { width: format.width, height: format.height, data: pixelsOf(format, passes, raw, take) };
}

async function unpack(packed: Uint8Array, expected: number, fileBytes: number): Promise<Uint8Array> {
  try {
    // One byte more than wanted, so that a full buffer does not make zlib ask for another.
    return await inflating(packed, { chunkSize: Math.max(expected + 1, 64), maxOutputLength: expected });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') throw unreadable('PNG that holds more than its size says');
    if (code === 'Z_BUF_ERROR') throw truncated('PNG', fileBytes);
    throw unreadable('broken PNG (its pixels cannot be unpacked)');
  }
}

function pixelsOf(format: PngFormat, passes: readonly PngPass[], raw: Uint8Array, take: TakePixels): Uint8ClampedArray {
  const { width, height, depth } = format;
  const pixelBytes = Math.max(1, (channelsOf(format) * depth) >> 3);
  const plain = format.colour === 6 && depth === 8 && !format.interlaced;
  const pixels = plain ? undefined : take(width * height * 4);
  let from = 0;
  for (const pass of passes) {
    if (!unfilter(raw, from, pass.height, pass.rowBytes, pixelBytes)) throw unreadable('broken PNG (unknown filter)');
    if (pixels && !expand(format, pass, raw, from, pixels)) throw unreadable('PNG with a colour that its palette lacks');
    from += (pass.rowBytes + 1) * pass.height;
  }
  if (pixels) return pixels;
  // Unfiltered in place the rows are RGBA already; whoever compares reads them as whole words.
  const bytes = width * height * 4;
  return raw.byteOffset % 4 === 0
    ? new Uint8ClampedArray(raw.buffer, raw.byteOffset, bytes)
    : new Uint8ClampedArray(raw.subarray(0, bytes));
}

function expand(format: PngFormat, pass: PngPass, raw: Uint8Array, from: number, pixels: Uint8ClampedArray): boolean {
  const { width, height, x, y, dx, dy, rowBytes } = pass;
  // Rows without gaps are one long row.
  if (!format.interlaced && format.depth >= 8) return expandRow(format, raw, from, width * height, pixels, 0, 4);
  for (let row = 0; row < height; row++) {
    const to = ((y + row * dy) * format.width + x) * 4;
    if (!expandRow(format, raw, from + row * rowBytes, width, pixels, to, dx * 4)) return false;
  }
  return true;
}
