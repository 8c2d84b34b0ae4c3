import type { VNode } from 'preact';
import { rowView, runsOf, type RowLook } from './rowView';
import type { Row } from './row';

/** Runs of text in the page at most, so that it stays light whatever the lines hold. */
const MOST_RUNS = 500;
/** Runs of a row, when there is no room left. */
const FEWEST = 3;
/** Runs of one row at most. */
const MOST_OF_ROW = 60;

interface Drawn {
  look: RowLook;
  vnode: VNode;
}

/** Draws rows, and keeps what it drew for those that look the same: Preact does not look at them again. */
export class RowVnodes {
  private readonly drawn = new WeakMap<Row, Drawn>();
  private readonly runs = new WeakMap<Row, { pattern: RegExp | undefined; count: number }>();

  of(rows: readonly Row[], look: (row: Row) => Omit<RowLook, 'most'>): VNode[] {
    let left = MOST_RUNS;
    return rows.map((row) => {
      const most = Math.max(FEWEST, Math.min(MOST_OF_ROW, left));
      const now = { ...look(row), most };
      left -= this.runsOf(row, now.pattern);
      return this.draw(row, now);
    });
  }

  private runsOf(row: Row, pattern: RegExp | undefined): number {
    const known = this.runs.get(row);
    if (known && known.pattern === pattern) return known.count;
    const count = Math.min(MOST_OF_ROW, runsOf(row, pattern));
    this.runs.set(row, { pattern, count });
    return count;
  }

  private draw(row: Row, look: RowLook): VNode {
    const before = this.drawn.get(row);
    const runs = this.runs.get(row)?.count ?? 0;
    // How much room there is counts only where it is not enough.
    const fits = (most: number): number => Math.min(most, runs + 1);
    if (before && isSame(before.look, { ...look, most: before.look.most }) && fits(before.look.most) === fits(look.most))
      return before.vnode;
    const vnode = rowView(row, look);
    this.drawn.set(row, { look, vnode });
    return vnode;
  }
}

function isSame(a: RowLook, b: RowLook): boolean {
  return (Object.keys(a) as (keyof RowLook)[]).every((key) => a[key] === b[key]);
}
