import { crc32 } from 'node:zlib';
import { truncated, unreadable } from './pictureErrors';
import { isPngFormat, type PngFormat } from './pngFormat';

const SIGNATURE_BYTES = 8;
const READ = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

/** The header of a PNG and its compressed pixels. */
export interface PngChunks {
  format: PngFormat;
  data: Buffer[];
}

/** Splits the bytes of a PNG and checks the chunks that make the picture; others are skipped. @throws {HumanError} */
export function readPngChunks(bytes: Uint8Array): PngChunks {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let format: PngFormat | undefined;
  const data: Buffer[] = [];
  for (let at = SIGNATURE_BYTES, end = 0; ; at = end + 4) {
    if (at + 12 > view.length) throw truncated('PNG', view.length);
    const type = view.toString('latin1', at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) throw unreadable(`broken PNG at byte ${at}`);
    end = at + 8 + view.readUInt32BE(at);
    if (end + 4 > view.length) throw truncated('PNG', view.length);
    if (!READ.has(type)) {
      if (/^[A-Z]/.test(type)) throw unreadable(`PNG with an unknown part ${type}`);
      continue;
    }
    if (crc32(view.subarray(at + 4, end)) !== view.readUInt32BE(end)) throw unreadable(`broken PNG (checksum at byte ${at})`);
    const body = view.subarray(at + 8, end);
    if (type === 'IEND') break;
    if (type === 'IHDR') format ??= readHeader(body);
    else if (!format) throw unreadable('broken PNG (no header)');
    else if (type === 'IDAT') data.push(body);
    else if (type === 'PLTE') format.palette ??= readPalette(body);
    else readTransparency(format, body);
  }
  if (!format || data.length === 0) throw unreadable('PNG without pixels');
  if (format.colour === 3 && !format.palette) throw unreadable('PNG without its palette');
  return { format, data };
}

function readHeader(body: Buffer): PngFormat {
  if (body.length !== 13) throw unreadable('broken PNG (header)');
  const format = {
    width: body.readUInt32BE(0),
    height: body.readUInt32BE(4),
    depth: body.readUInt8(8),
    colour: body.readUInt8(9),
    interlaced: body.readUInt8(12) === 1,
  };
  if (!isPngFormat(format) || body.readUInt16BE(10) !== 0 || body.readUInt8(12) > 1) throw unreadable('PNG of an unknown format');
  return format;
}

function readPalette(body: Buffer): Uint8Array {
  if (body.length === 0 || body.length % 3 !== 0 || body.length > 768) throw unreadable('broken PNG (palette)');
  const palette = new Uint8Array((body.length / 3) * 4).fill(255);
  for (let i = 0; i < body.length / 3; i++) palette.set(body.subarray(i * 3, i * 3 + 3), i * 4);
  return palette;
}

function readTransparency(format: PngFormat, body: Buffer): void {
  const { colour, palette } = format;
  if (colour === 3) {
    if (!palette || body.length > palette.length / 4) throw unreadable('broken PNG (transparency)');
    body.forEach((alpha, i) => (palette[i * 4 + 3] = alpha));
    return;
  }
  const samples = colour === 0 ? 1 : colour === 2 ? 3 : 0;
  if (body.length < samples * 2) throw unreadable('broken PNG (transparency)');
  if (samples > 0) format.key = Array.from({ length: samples }, (_, i) => body.readUInt16BE(i * 2));
}
