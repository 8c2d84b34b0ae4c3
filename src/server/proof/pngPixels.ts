import { channelsOf, type PngFormat } from './pngFormat';

/** Writes the pixels of one unfiltered row as RGBA from `to`, `step` bytes apart. @returns false when a pixel is not in the palette. */
export function expandRow(
  format: PngFormat,
  bytes: Uint8Array,
  from: number,
  count: number,
  into: Uint8ClampedArray,
  to: number,
  step: number,
): boolean {
  if (format.colour === 3) return expandPalette(format, bytes, from, count, into, to, step);
  if (format.colour === 2 && format.depth === 8 && !format.key) expandRgb(bytes, from, count, into, to, step);
  else expandSamples(format, bytes, from, count, into, to, step);
  return true;
}

/** The `index`-th sample of a row. */
function sampleAt(bytes: Uint8Array, from: number, index: number, depth: number): number {
  if (depth === 8) return bytes[from + index]!;
  if (depth === 16) return (bytes[from + 2 * index]! << 8) | bytes[from + 2 * index + 1]!;
  const bit = index * depth;
  return (bytes[from + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

function expandRgb(bytes: Uint8Array, from: number, count: number, into: Uint8ClampedArray, to: number, step: number): void {
  const inWords = step === 4 && to % 4 === 0 && into.byteOffset % 4 === 0 && (bytes.byteOffset + from) % 4 === 0 ? count & ~3 : 0;
  if (inWords > 0) {
    // Four pixels are three words in and four words out; every machine that runs an editor is little-endian.
    const source = new Uint32Array(bytes.buffer, bytes.byteOffset + from, (inWords * 3) / 4);
    const target = new Uint32Array(into.buffer, into.byteOffset + to, inWords);
    for (let at = 0, out = 0; out < inWords; at += 3, out += 4) {
      const a = source[at]!;
      const b = source[at + 1]!;
      const c = source[at + 2]!;
      target[out] = a | 0xff000000;
      target[out + 1] = (a >>> 24) | (b << 8) | 0xff000000;
      target[out + 2] = (b >>> 16) | (c << 16) | 0xff000000;
      target[out + 3] = (c >>> 8) | 0xff000000;
    }
  }
  for (let i = inWords, at = from + inWords * 3, out = to + inWords * step; i < count; i++, at += 3, out += step) {
    into[out] = bytes[at]!;
    into[out + 1] = bytes[at + 1]!;
    into[out + 2] = bytes[at + 2]!;
    into[out + 3] = 255;
  }
}

function expandPalette(
  { palette = new Uint8Array(), depth }: PngFormat,
  bytes: Uint8Array,
  from: number,
  count: number,
  into: Uint8ClampedArray,
  to: number,
  step: number,
): boolean {
  for (let i = 0, out = to; i < count; i++, out += step) {
    const entry = sampleAt(bytes, from, i, depth) * 4;
    if (entry >= palette.length) return false;
    into[out] = palette[entry]!;
    into[out + 1] = palette[entry + 1]!;
    into[out + 2] = palette[entry + 2]!;
    into[out + 3] = palette[entry + 3]!;
  }
  return true;
}

/** Grey and colour of any depth, rounded to 8 bits; the transparent colour becomes all zero. */
function expandSamples(
  format: PngFormat,
  bytes: Uint8Array,
  from: number,
  count: number,
  into: Uint8ClampedArray,
  to: number,
  step: number,
): void {
  const { depth, key } = format;
  const channels = channelsOf(format);
  const coloured = channels > 2;
  const hasAlpha = channels % 2 === 0;
  const most = 2 ** depth - 1;
  for (let i = 0, out = to; i < count; i++, out += step) {
    const first = i * channels;
    const red = sampleAt(bytes, from, first, depth);
    const green = coloured ? sampleAt(bytes, from, first + 1, depth) : red;
    const blue = coloured ? sampleAt(bytes, from, first + 2, depth) : red;
    const alpha = hasAlpha ? sampleAt(bytes, from, first + channels - 1, depth) : most;
    if (key && red === key[0] && (!coloured || (green === key[1] && blue === key[2]))) {
      into.fill(0, out, out + 4);
      continue;
    }
    into[out] = Math.floor((red * 255) / most + 0.5);
    into[out + 1] = Math.floor((green * 255) / most + 0.5);
    into[out + 2] = Math.floor((blue * 255) / most + 0.5);
    into[out + 3] = Math.floor((alpha * 255) / most + 0.5);
  }
}
