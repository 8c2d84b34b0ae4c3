import type { Area } from '../domain/comparison';

/** Pixels whose cells are at most `REACH` apart belong together, so what is nearer than 16 pixels always does. */
const CELL = 8;
const REACH = 2;
const MOST = 200;
/** Areas whose tops lie in the same band are read from left to right. */
const BAND = 16;

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
  pixels: number;
}

/** Clusters of the pixels that are not 0 in reading order, at most 200 (the smallest become one), and the count of all of them. */
export function changedAreas(pixels: Uint32Array, width: number, height: number): { areas: Area[]; changed: number } {
  const columns = Math.ceil(width / CELL);
  const cells = cellsOf(pixels, width, height, columns);
  const boxes: Box[] = [];
  for (const [cell, box] of cells) boxes.push(cluster(cells, cell, box, columns));
  const areas = atMost(boxes)
    .map(({ left, top, right, bottom, pixels }) => ({ x: left, y: top, width: right - left + 1, height: bottom - top + 1, pixels }))
    .sort((a, b) => Math.floor(a.y / BAND) - Math.floor(b.y / BAND) || a.x - b.x || a.y - b.y);
  return { areas, changed: areas.reduce((sum, area) => sum + area.pixels, 0) };
}

/** The rows with a pixel that is not 0: most have none, and comparing a row as bytes is ten times faster than looking at each pixel. */
export function* changedRows(pixels: Uint32Array, width: number, height: number): Generator<number> {
  const bytes = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const nothing = Buffer.alloc(width * 4);
  for (let y = 0; y < height; y++) if (nothing.compare(bytes, y * width * 4, (y + 1) * width * 4) !== 0) yield y;
}

/** The cells that have changed pixels, by their number; their boxes are exact. */
function cellsOf(pixels: Uint32Array, width: number, height: number, columns: number): Map<number, Box> {
  const cells = new Map<number, Box>();
  for (const y of changedRows(pixels, width, height)) {
    const row = Math.floor(y / CELL) * columns;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      if (pixels[at] === 0) continue;
      const cell = row + Math.floor(x / CELL);
      const box = cells.get(cell);
      if (box) grow(box, { left: x, top: y, right: x, bottom: y, pixels: 1 });
      else cells.set(cell, { left: x, top: y, right: x, bottom: y, pixels: 1 });
    }
  }
  return cells;
}

/** Takes every cell that is linked with the first out of `cells`, and gives their common box. */
function cluster(cells: Map<number, Box>, first: number, box: Box, columns: number): Box {
  const whole = { ...box };
  const open = [first];
  cells.delete(first);
  for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
    const column = cell % columns;
    for (let dy = -REACH; dy <= REACH; dy++) {
      for (let dx = Math.max(-REACH, -column); dx <= Math.min(REACH, columns - 1 - column); dx++) {
        const next = cell + dy * columns + dx;
        const found = cells.get(next);
        if (!found) continue;
        cells.delete(next);
        grow(whole, found);
        open.push(next);
      }
    }
  }
  return whole;
}

function atMost(boxes: Box[]): Box[] {
  if (boxes.length <= MOST) return boxes;
  boxes.sort((a, b) => b.pixels - a.pixels);
  const [rest, ...others] = boxes.slice(MOST - 1);
  if (rest) for (const other of others) grow(rest, other);
  return boxes.slice(0, MOST);
}

function grow(box: Box, by: Box): void {
  box.left = Math.min(box.left, by.left);
  box.top = Math.min(box.top, by.top);
  box.right = Math.max(box.right, by.right);
  box.bottom = Math.max(box.bottom, by.bottom);
  box.pixels += by.pixels;
}
