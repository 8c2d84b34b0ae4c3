import type { Row } from './row';

/** Where rows stand: all of one height, or each of its own. Lengths are CSS pixels. */
export class RowLayout {
  readonly length: number;
  /** The top of each row, and the end of the last; nothing when all have one height. */
  private readonly tops: Float64Array | undefined;

  constructor(
    readonly rows: readonly Row[],
    private readonly height: number,
    heightOf?: (row: Row) => number,
  ) {
    if (heightOf) {
      this.tops = new Float64Array(rows.length + 1);
      rows.forEach((row, index) => this.tops?.set([(this.tops[index] ?? 0) + heightOf(row)], index + 1));
    }
    this.length = this.topOf(rows.length);
  }

  topOf(index: number): number {
    return this.tops ? (this.tops[Math.max(0, Math.min(this.rows.length, index))] ?? 0) : index * this.height;
  }

  /** The row at a height; the first or the last one beyond the ends. */
  at(y: number): number {
    const last = Math.max(0, this.rows.length - 1);
    if (!this.tops) return Math.max(0, Math.min(last, Math.floor(y / this.height)));
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.tops[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The rows to draw: those in sight and so many more on each side; `to` excluded. */
  between(top: number, visible: number, more: number): { from: number; to: number } {
    if (this.rows.length === 0) return { from: 0, to: 0 };
    return { from: Math.max(0, this.at(top) - more), to: Math.min(this.rows.length, this.at(top + visible) + 1 + more) };
  }
}

/** A row at the top edge and how far above the edge it begins, so that it can be found again when rows come or go. */
export interface Anchor {
  key: string;
  /** The line it is of, which may be shown by another row then. */
  lineKey: string;
  above: number;
}

/** What holds the view where it is. */
export function anchorAt(layout: RowLayout, top: number): Anchor | undefined {
  const index = layout.at(top);
  const row = layout.rows[index];
  return row && { key: row.key, lineKey: row.line.key, above: top - layout.topOf(index) };
}

/** How far to scroll so that the anchor is where it was; undefined when it is gone. */
export function topFor(layout: RowLayout, { key, lineKey, above }: Anchor): number | undefined {
  const index = layout.rows.findIndex((row) => row.key === key);
  if (index >= 0) return layout.topOf(index) + above;
  const line = layout.rows.findIndex((row) => row.line.key === lineKey);
  return line < 0 ? undefined : layout.topOf(line);
}
