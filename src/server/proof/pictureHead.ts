import { tooLarge, truncated, unreadable } from './pictureErrors';

/** What a picture file says of itself at its start. */
export interface PictureHead {
  type: PictureType;
  /** Pixels. */
  width: number;
  height: number;
}
export type PictureType = 'png' | 'jpeg' | 'webp';

/** What is known of a picture file besides its first bytes. */
export interface PictureClaim {
  /** Size of the whole file in bytes; without it the bytes given are the whole file. */
  fileBytes?: number;
  /** Most pixels that may be decoded. */
  maxPixels?: number;
  /** A file name or MIME type that must not say another type than the bytes. */
  name?: string;
}

/** Most pixels of a picture unless said otherwise: 200 MB decoded. */
export const MAX_PIXELS = 50_000_000;

const TITLES: Readonly<Record<PictureType, string>> = { png: 'PNG', jpeg: 'JPEG', webp: 'WebP' };
const OTHERS: readonly [title: string, pattern: RegExp][] = [
  ['a GIF', /^GIF8/],
  ['a BMP', /^BM/],
  ['a TIFF', /^(II\*\0|MM\0\*)/],
  ['an AVIF or HEIC', /^.{4}ftyp(avi|hei|mif|msf)/s],
  ['a PDF', /^%PDF/],
  ['an SVG document', /^(\xef\xbb\xbf)?\s*<(\?xml|!--|!DOCTYPE svg|svg)/i],
  ['an HTML document', /^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|script)/i],
];

/** Type and size of a picture by the first bytes of its file, without decoding. @throws {HumanError} when it must not be decoded. */
export function pictureHead(bytes: Uint8Array, claim: PictureClaim = {}): PictureHead {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fileBytes = claim.fileBytes ?? start.length;
  const maxPixels = claim.maxPixels ?? MAX_PIXELS;
  if (fileBytes === 0) throw unreadable('the file is empty');
  const type = typeOf(start);
  const said = saidType(claim.name ?? '');
  if (said && said !== type) throw unreadable(`it is called a ${TITLES[said]} and is a ${TITLES[type]}`);
  const size = READERS[type](start, fileBytes);
  if (!size) throw truncated(TITLES[type], fileBytes);
  const { width, height } = size;
  if (width < 1 || height < 1) throw unreadable(`${TITLES[type]} of ${width} × ${height} pixels`);
  if (width * height > maxPixels) throw tooLarge(width, height, maxPixels);
  return { type, width, height };
}

function typeOf(start: Buffer): PictureType {
  const text = start.toString('latin1', 0, 512);
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('RIFF') && (text.slice(8, 12) === 'WEBP' || text.length < 12)) return 'webp';
  if ('\x89PNG\r\n\x1a\n'.startsWith(text)) return 'png';
  const other = OTHERS.find(([, pattern]) => pattern.test(text))?.[0];
  throw unreadable(other ? `it is ${other}` : 'it is no picture');
}

/** The type that a file name or MIME type says, if any. */
function saidType(name: string): PictureType | undefined {
  const word = /(?:\.|^image\/)(png|jpe?g|webp)$/i.exec(name)?.[1]?.toLowerCase();
  return word === 'jpg' ? 'jpeg' : (word as PictureType | undefined);
}

type Size = Pick<PictureHead, 'width' | 'height'>;

const READERS: Readonly<Record<PictureType, (start: Buffer, fileBytes: number) => Size | undefined>> = {
  png: pngSize,
  jpeg: jpegSize,
  webp: webpSize,
};

function pngSize(start: Buffer): Size | undefined {
  if (start.length < 33) return undefined;
  if (start.toString('latin1', 12, 16) !== 'IHDR') throw unreadable('broken PNG (no header)');
  return { width: start.readUInt32BE(16), height: start.readUInt32BE(20) };
}

/** Walks the segments to the frame header. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1 */
function jpegSize(start: Buffer): Size | undefined {
  for (let at = 2; ;) {
    while (at < start.length && (start[at] !== 0xff || start[at + 1] === 0xff)) at++;
    if (at + 9 > start.length) return undefined;
    const marker = start.readUInt8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: start.readUInt16BE(at + 7), height: start.readUInt16BE(at + 5) };
    if (marker === 0xd9 || marker === 0xda) throw unreadable('JPEG without a frame');
    const alone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += alone ? 2 : 2 + start.readUInt16BE(at + 2);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(start: Buffer, fileBytes: number): Size | undefined {
  if (start.length < 30 || start.readUInt32LE(4) + 8 > fileBytes) return undefined;
  const chunk = start.toString('latin1', 12, 16);
  if (chunk === 'VP8X') {
    if (start.readUInt8(20) & 2) throw unreadable('it is an animated WebP');
    return { width: start.readUIntLE(24, 3) + 1, height: start.readUIntLE(27, 3) + 1 };
  }
  if (chunk === 'VP8L') {
    const bits = start.readUInt32LE(21);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  if (chunk === 'VP8 ') return { width: start.readUInt16LE(26) & 0x3fff, height: start.readUInt16LE(28) & 0x3fff };
  throw unreadable('broken WebP');
}
