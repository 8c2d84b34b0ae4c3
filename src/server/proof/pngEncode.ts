import { crc32, deflateSync } from 'node:zlib';
import { changedRows } from './compareAreas';
import type { Picture } from './picture';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const RGB = 2;
const PALETTE = 3;
const RGBA = 6;
const UP = 2;

/** A picture as PNG, packed fast rather than small; without alpha when all of it is opaque. */
export function encodePng({ width, height, data }: Picture): Buffer {
  const opaque = isOpaque(data);
  const pixelBytes = opaque ? 3 : 4;
  const rowBytes = width * pixelBytes;
  const raw = Buffer.alloc((rowBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    const row = y * (rowBytes + 1);
    raw[row] = UP;
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = row + 1 + x * pixelBytes;
      for (let c = 0; c < pixelBytes; c++) raw[to + c] = data[from + c]! - (y > 0 ? data[from + c - width * 4]! : 0);
    }
  }
  return png(width, height, 8, opaque ? RGB : RGBA, [], raw);
}

/** The pixels of `data` that are not all zero, in one colour over transparency, as a PNG of one bit a pixel. */
export function encodeMask({ width, height, data }: Picture, [red, green, blue]: readonly [number, number, number]): Buffer {
  const words = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const rowBytes = Math.ceil(width / 8);
  const raw = Buffer.alloc((rowBytes + 1) * height);
  for (const y of changedRows(words, width, height)) {
    const row = y * (rowBytes + 1) + 1;
    for (let x = 0, at = y * width; x < width; x++, at++) if (words[at] !== 0) raw[row + (x >> 3)]! |= 0x80 >> (x & 7);
  }
  const palette = chunk('PLTE', Buffer.from([0, 0, 0, red, green, blue]));
  return png(width, height, 1, PALETTE, [palette, chunk('tRNS', Buffer.from([0]))], raw);
}

function isOpaque(data: Uint8ClampedArray): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

function png(width: number, height: number, depth: number, colour: number, extra: readonly Buffer[], raw: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour], 8);
  const data = chunk('IDAT', deflateSync(raw, { level: 1 }));
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), ...extra, data, chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, body: Buffer): Buffer {
  const bytes = Buffer.alloc(body.length + 12);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, 'latin1');
  body.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, body.length + 8)), body.length + 8);
  return bytes;
}
