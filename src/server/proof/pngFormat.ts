/** The header of a PNG, and what its pixels refer to. https://www.w3.org/TR/png-3/ */
export interface PngFormat {
  width: number;
  height: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
  colour: number;
  interlaced: boolean;
  /** RGBA of each palette entry. */
  palette?: Uint8Array;
  /** The samples of the one colour that is transparent. */
  key?: readonly number[];
}

/** A pass over the picture: every `dx`-th pixel from `x`, every `dy`-th row from `y`. */
export interface PngPass {
  x: number;
  y: number;
  dx: number;
  dy: number;
  width: number;
  height: number;
  /** Bytes of one row without its filter byte. */
  rowBytes: number;
}

const WHOLE = [[0, 0, 1, 1]] as const;
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** True when the standard has this colour type with this depth. */
export function isPngFormat(format: Pick<PngFormat, 'colour' | 'depth'>): boolean {
  return DEPTHS[format.colour]?.includes(format.depth) ?? false;
}

/** Samples a pixel. */
export function channelsOf(format: Pick<PngFormat, 'colour'>): number {
  return CHANNELS[format.colour] ?? 1;
}

/** The passes that have pixels, in the order of the file. */
export function passesOf(format: PngFormat): PngPass[] {
  const bits = channelsOf(format) * format.depth;
  return (format.interlaced ? ADAM7 : WHOLE)
    .map(([x, y, dx, dy]) => {
      const width = Math.ceil((format.width - x) / dx);
      return { x, y, dx, dy, width, height: Math.ceil((format.height - y) / dy), rowBytes: Math.ceil((width * bits) / 8) };
    })
    .filter(({ width, height }) => width > 0 && height > 0);
}
