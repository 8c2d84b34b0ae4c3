import { runsOf, type RowLook } from './rowView';
import type { Row } from './row';

/** Runs of text in the page at most, so that it stays light whatever the lines hold. */
const MOST_RUNS = 500;
/** Runs of a row, when there is no room left. */
const FEWEST = 3;
/** Runs of one row at most. */
const MOST_OF_ROW = 60;

/** Says how rows look; a look that stays the same is the same object, and its row is not drawn again. */
export class RowLooks {
  private readonly looks = new WeakMap<Row, RowLook>();
  private readonly runs = new WeakMap<Row, { pattern: RegExp | undefined; count: number }>();

  /** These rows, which are all that are in the page, with their looks. */
  of(rows: readonly Row[], look: (row: Row) => Omit<RowLook, 'most'>): { row: Row; look: RowLook }[] {
    let left = MOST_RUNS;
    return rows.map((row) => {
      const most = Math.max(FEWEST, Math.min(MOST_OF_ROW, left));
      const now = { ...look(row), most };
      const runs = this.runsOf(row, now.pattern);
      left -= runs;
      return { row, look: this.keep(row, now, runs) };
    });
  }

  private runsOf(row: Row, pattern: RegExp | undefined): number {
    const known = this.runs.get(row);
    if (known && known.pattern === pattern) return known.count;
    const count = Math.min(MOST_OF_ROW, runsOf(row, pattern));
    this.runs.set(row, { pattern, count });
    return count;
  }

  private keep(row: Row, look: RowLook, runs: number): RowLook {
    const before = this.looks.get(row);
    // How much room there is counts only where it is not enough.
    const fits = (most: number): number => Math.min(most, runs + 1);
    if (before && isSame(before, { ...look, most: before.most }) && fits(before.most) === fits(look.most)) return before;
    this.looks.set(row, look);
    return look;
  }
}

function isSame(a: RowLook, b: RowLook): boolean {
  return (Object.keys(a) as (keyof RowLook)[]).every((key) => a[key] === b[key]);
}
