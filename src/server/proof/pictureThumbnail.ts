import type { Picture } from './picture';

/** A picture at most `maxWidth` pixels wide, each pixel the mean of those it stands for; never larger than it was. */
export function shrink(picture: Picture, maxWidth: number): Picture {
  if (picture.width <= maxWidth) return picture;
  const width = maxWidth;
  const height = Math.max(1, Math.round((picture.height * maxWidth) / picture.width));
  const data = new Uint8ClampedArray(width * height * 4);
  const columns = edges(width, picture.width);
  const rows = edges(height, picture.height);
  for (let y = 0, out = 0; y < height; y++)
    for (let x = 0; x < width; x++, out += 4) mean(picture, columns[x]!, columns[x + 1]!, rows[y]!, rows[y + 1]!, data, out);
  return { width, height, data };
}

/** Where the boxes begin; the last is where they end. */
function edges(count: number, length: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => Math.floor((i * length) / count));
}

/** The mean colour of a box, weighted by alpha so that what is transparent lends no colour. */
function mean(
  { data, width }: Picture,
  left: number,
  right: number,
  top: number,
  bottom: number,
  into: Uint8ClampedArray,
  out: number,
): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  let alpha = 0;
  for (let y = top; y < bottom; y++) {
    for (let at = (y * width + left) * 4, end = (y * width + right) * 4; at < end; at += 4) {
      const weight = data[at + 3]!;
      red += data[at]! * weight;
      green += data[at + 1]! * weight;
      blue += data[at + 2]! * weight;
      alpha += weight;
    }
  }
  if (alpha === 0) return;
  into[out] = red / alpha;
  into[out + 1] = green / alpha;
  into[out + 2] = blue / alpha;
  into[out + 3] = alpha / ((right - left) * (bottom - top));
}
