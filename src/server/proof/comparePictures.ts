import pixelmatch from 'pixelmatch';
import type { Area, Region } from '../domain/comparison';
import { changedAreas } from './compareAreas';
import { clipRegions, coveredPixels } from './compareRegions';
import { newPixels, type Picture, type TakePixels } from './picture';

export interface CompareOptions {
  /** How far colours may be apart, 0..1; default 0.1. */
  threshold?: number;
  /** Count anti-aliased pixels too; default false. */
  includeAA?: boolean;
  /** What does not count; clipped to the picture. */
  ignore?: readonly Region[];
}

/** How two pictures differ. */
export interface PictureComparison {
  /** Pixels. */
  changed: number;
  /** Pixels of the canvas that are not ignored. */
  total: number;
  /** changed / total, 0..1; 0 when everything is ignored. */
  ratio: number;
  /** Where the changed pixels are, in reading order. */
  areas: Area[];
  /** Size of the canvas that holds both pictures. */
  width: number;
  height: number;
  /** The pictures have different sizes. */
  sizeChanged?: { from: Size; to: Size };
  /** The files, or else their pixels, are exactly the same: nothing is new. */
  equal?: 'bytes' | 'pixels';
}
type Size = Pick<Picture, 'width' | 'height'>;

/** The colour of a changed pixel in a diff picture. */
export const DIFF_COLOUR: readonly [red: number, green: number, blue: number] = [0xff, 0x00, 0xe5];

/**
 * Compares two pictures on the canvas that holds both, padded with transparency and never resized. A pixel that only one of them has
 * is changed, whatever its colour. `diff` has the changed pixels in `DIFF_COLOUR` over transparency; it is absent when there are none.
 */
export function comparePictures(
  baseline: Picture,
  actual: Picture,
  options: CompareOptions = {},
  take: TakePixels = newPixels,
): PictureComparison & { diff?: Picture } {
  const width = Math.max(baseline.width, actual.width);
  const height = Math.max(baseline.height, actual.height);
  const same = equalPictures({ width, height }, options.ignore);
  const sameSize = baseline.width === actual.width && baseline.height === actual.height;
  if (sameSize && asBuffer(baseline.data).equals(asBuffer(actual.data))) return { ...same, equal: 'pixels' };

  const data = take(width * height * 4).fill(0);
  pixelmatch(padded(baseline, width, height), padded(actual, width, height), data, width, height, {
    threshold: options.threshold ?? 0.1,
    includeAA: options.includeAA ?? false,
    diffMask: true,
    diffColor: [...DIFF_COLOUR],
  });
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  if (!sameSize) markUnshared(pixels, baseline, actual, width, height);
  for (const region of clipRegions(options.ignore ?? [], width, height))
    for (let y = region.y; y < region.y + region.height; y++) pixels.fill(0, y * width + region.x, y * width + region.x + region.width);
  const { areas, changed } = changedAreas(pixels, width, height);
  return {
    ...same,
    changed,
    ratio: same.total === 0 ? 0 : changed / same.total,
    areas,
    ...(sameSize ? {} : { sizeChanged: { from: sizeOf(baseline), to: sizeOf(actual) } }),
    ...(changed === 0 ? {} : { diff: { width, height, data } }),
  };
}

/** What is said of two pictures of this size without a difference. */
export function equalPictures({ width, height }: Size, ignore: readonly Region[] = []): PictureComparison {
  const total = width * height - coveredPixels(clipRegions(ignore, width, height));
  return { changed: 0, total, ratio: 0, areas: [], width, height };
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}

function asBuffer(data: Uint8ClampedArray): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function padded(picture: Picture, width: number, height: number): Uint8ClampedArray {
  if (picture.width === width && picture.height === height) return picture.data;
  const data = new Uint8ClampedArray(width * height * 4);
  const rowBytes = picture.width * 4;
  for (let y = 0; y < picture.height; y++) data.set(picture.data.subarray(y * rowBytes, (y + 1) * rowBytes), y * width * 4);
  return data;
}

/** Marks the pixels that only one of the pictures has. */
function markUnshared(pixels: Uint32Array, a: Size, b: Size, width: number, height: number): void {
  const changed = new Uint32Array(Uint8Array.of(...DIFF_COLOUR, 255).buffer)[0]!;
  for (let y = 0; y < height; y++) {
    const inA = y < a.height ? a.width : 0;
    const inB = y < b.height ? b.width : 0;
    pixels.fill(changed, y * width + Math.min(inA, inB), y * width + Math.max(inA, inB));
  }
}
