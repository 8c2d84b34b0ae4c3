import * as l10n from '@vscode/l10n';
import { duration } from '../../server/domain/format';

/** A cell: what a person reads, what it is sorted by, and what is exported. */
export interface Cell {
  text: string;
  /** Raw, its unit in the column's name; by it the column is sorted. `null` = unknown; absent = there is none. */
  raw?: string | number | null;
  /** Said on pointing. */
  title?: string;
}

/** A length of time, ms; nothing of it is a word. */
export function spanCell(ms: number): Cell {
  return { text: ms === 0 ? l10n.t('none') : duration(ms), raw: ms };
}

export interface Column {
  text: string;
  /** Its name in an export, with the unit: `median_ms`. */
  name: string;
  isNumber: boolean;
}

export interface Row {
  key: string;
  /** One a column; the first one names the row. */
  cells: Cell[];
  /** What the Dashboard is asked for; absent = there is nothing to show. */
  search?: string;
  /** False: left out of the table on the page, as there is nothing in it. */
  isFilled?: boolean;
}

export interface Table {
  columns: Column[];
  rows: Row[];
}

export interface Sorting {
  column: number;
  isDescending: boolean;
}

/** The rows that the page shows, sorted; what is unknown comes last either way. */
export function sortedRows({ rows }: Table, sorting: Sorting | undefined): Row[] {
  const shown = rows.filter(({ isFilled = true }) => isFilled);
  if (!sorting) return shown;
  const { column, isDescending } = sorting;
  return shown.sort((a, b) => {
    const [left, right] = [a.cells[column]?.raw ?? null, b.cells[column]?.raw ?? null];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order = typeof left === 'number' && typeof right === 'number' ? left - right : String(left).localeCompare(String(right));
    return isDescending ? -order : order;
  });
}

/** The next sorting when a column's heading is pressed: numbers begin with the largest. */
export function nextSorting({ columns }: Table, before: Sorting | undefined, column: number): Sorting | undefined {
  const first = columns[column]?.isNumber ?? false;
  if (before?.column !== column) return { column, isDescending: first };
  return before.isDescending === first ? { column, isDescending: !first } : undefined;
}
