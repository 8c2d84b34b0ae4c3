import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import type { Picture } from '../../src/server/proof/picture';

/** The bundled worker, as the extension has it. */
export const COMPARE_WORKER = resolve('dist/compareWorker.js');

/** A picture in one colour. */
export function plain(width: number, height: number, colour: readonly number[] = [255, 255, 255, 255]): Picture {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < data.length; at += 4) data.set(colour, at);
  return { width, height, data };
}

/** The picture with a rectangle painted over it. */
export function paint(picture: Picture, x: number, y: number, width: number, height: number, colour: readonly number[]): Picture {
  const data = picture.data.slice();
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) data.set(colour, (row * picture.width + column) * 4);
  return { ...picture, data };
}

/** A picture of whatever `random` gives, in blocks, as screenshots have. */
export function blocks(width: number, height: number, random: (n: number) => number, opaque: boolean): Picture {
  const data = new Uint8ClampedArray(width * height * 4);
  const size = 1 + random(9);
  const colours = Array.from({ length: 64 }, () => [random(256), random(256), random(256), opaque ? 255 : random(3) * 127]);
  const seed = random(1000);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const block = Math.floor(x / size) * 31 + Math.floor(y / size) * 17 + seed;
      data.set(colours[((block * 2654435761) % 64) >>> 0] ?? [], (y * width + x) * 4);
    }
  return { width, height, data };
}

/** The bytes of a PNG by pngjs, filters chosen per row. */
export function pngOf({ width, height, data }: Picture, colorType: 2 | 6 = 6): Buffer {
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  return PNG.sync.write(png, { colorType, deflateLevel: 1 });
}

export function writePng(path: string, picture: Picture): string {
  writeFileSync(path, pngOf(picture));
  return path;
}

/** One chunk of a PNG. */
export function pngChunk(type: string, body: Uint8Array): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, check]);
}

/** A PNG with any header, whose unpacked rows are `raw`. */
export function rawPng(
  header: { width: number; height: number; depth: number; colour: number; interlaced?: boolean },
  raw: Uint8Array,
  before: readonly Buffer[] = [],
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(header.width, 0);
  head.writeUInt32BE(header.height, 4);
  head.set([header.depth, header.colour, 0, 0, header.interlaced ? 1 : 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const data = pngChunk('IDAT', deflateSync(raw));
  return Buffer.concat([signature, pngChunk('IHDR', head), ...before, data, pngChunk('IEND', Buffer.alloc(0))]);
}

/** The wasm of an encoder, given to it as bytes, as Node's `fetch` reads no files. */
function wasm(name: string): { locateFile: (path: string) => string; wasmBinary: Buffer } {
  return { locateFile: (path) => path, wasmBinary: readFileSync(resolve('node_modules/@jsquash', name)) };
}

export async function jpegOf(picture: Picture, quality = 95): Promise<Buffer> {
  await initJpeg(wasm('jpeg/codec/enc/mozjpeg_enc.wasm'));
  return Buffer.from(await encodeJpeg(picture as ImageData, { quality }));
}

export async function webpOf(picture: Picture, lossless: boolean): Promise<Buffer> {
  await initWebp(wasm('webp/codec/enc/webp_enc_simd.wasm'));
  return Buffer.from(await encodeWebp(picture as ImageData, lossless ? { lossless: 1, exact: 1 } : { quality: 95 }));
}
