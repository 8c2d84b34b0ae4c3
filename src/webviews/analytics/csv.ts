import { csvText } from '../../server/domain/csv';
import type { Table } from './table';

/** A table as CSV, every row of it. */
export function tableCsv({ columns, rows }: Table): string {
  return csvText([columns.map(({ name }) => name), ...rows.map(({ cells }) => cells.map(({ raw }) => raw))]);
}

/** Several tables in one file, one value a line. */
export function tablesCsv(tables: readonly { name: string; table: Table }[]): string {
  const lines = tables.flatMap(({ name, table: { columns, rows } }) =>
    rows.flatMap(({ cells }) => columns.slice(1).map((column, index) => [name, cells[0]?.raw ?? '', column.name, cells[index + 1]?.raw])),
  );
  return csvText([['chart', 'row', 'figure', 'value'], ...lines]);
}
