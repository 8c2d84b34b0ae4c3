import type { GalleryRow } from './galleryRows';

/** How a gallery is laid out: along an axis, with so many pictures beside each other; lengths are CSS pixels along the axis. */
export interface GalleryShape {
  axis: 'down' | 'right';
  columns: number;
  group: number;
  picture: number;
}

/** Where a row stands along the axis. */
export interface Cell {
  row: GalleryRow;
  start: number;
  length: number;
  column: number;
}

export const LIST: GalleryShape = { axis: 'down', columns: 1, group: 24, picture: 148 };
export const STRIP: GalleryShape = { axis: 'right', columns: 1, group: 32, picture: 104 };
const GRID_COLUMN = 220;

/** The shape of a grid that is so wide, CSS pixels. */
export function gridShape(width: number): GalleryShape {
  return { axis: 'down', columns: Math.max(1, Math.floor(width / GRID_COLUMN)), group: 24, picture: 184 };
}

/** Places every row; a group head takes a line of its own. */
export function layOut(rows: readonly GalleryRow[], shape: GalleryShape): { cells: Cell[]; length: number } {
  const cells: Cell[] = [];
  let [start, column] = [0, 0];
  const newLine = (): void => {
    if (column > 0) start += shape.picture;
    column = 0;
  };
  for (const row of rows) {
    if (row.kind === 'group') {
      newLine();
      cells.push({ row, start, length: shape.group, column: 0 });
      start += shape.group;
      continue;
    }
    cells.push({ row, start, length: shape.picture, column });
    if (++column === shape.columns) newLine();
  }
  newLine();
  return { cells, length: start };
}

/** The cells that touch `from` to `to`, and those within `margin` around. */
export function cellsBetween(cells: readonly Cell[], from: number, to: number, margin: number): Cell[] {
  return cells.filter(({ start, length }) => start + length > from - margin && start < to + margin);
}

/** How far to scroll so that a cell is seen whole: the nearest place to `from`. */
export function scrollTo({ start, length }: Cell, from: number, visible: number): number {
  if (start < from) return start;
  return start + length > from + visible ? start + length - visible : from;
}
