type Rgb = readonly [number, number, number];

/** The sixteen colours of xterm, to measure against; what is shown are the theme's own. */
const SIXTEEN: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
/** Steps of the 6x6x6 cube of xterm. */
const CUBE = [0, 95, 135, 175, 215, 255];

/**
 * The one of the theme's sixteen colours that is nearest to what `5;n` or `2;r;g;b` asks for, so that it can be read in every theme.
 * @returns also how many codes it took.
 */
export function nearestColour([kind, ...rest]: readonly number[]): { colour?: number; used: number } {
  if (kind === 5) {
    const [n = 0] = rest;
    return { colour: n < 16 ? n : nearest(ofPalette(n)), used: 2 };
  }
  if (kind === 2) return { colour: nearest([rest[0] ?? 0, rest[1] ?? 0, rest[2] ?? 0]), used: 4 };
  return { used: 0 };
}

function ofPalette(n: number): Rgb {
  if (n >= 232) {
    const grey = 8 + (n - 232) * 10;
    return [grey, grey, grey];
  }
  const step = n - 16;
  return [CUBE[Math.floor(step / 36)] ?? 0, CUBE[Math.floor(step / 6) % 6] ?? 0, CUBE[step % 6] ?? 0];
}

function nearest(wanted: Rgb): number {
  const distance = (one: Rgb): number => one.reduce((sum, value, channel) => sum + (value - (wanted[channel] ?? 0)) ** 2, 0);
  return SIXTEEN.reduce((best, colour, index) => (distance(colour) < distance(SIXTEEN[best] ?? colour) ? index : best), 0);
}
