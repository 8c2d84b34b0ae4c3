import type { Cell, Table } from './table';

/** A spreadsheet takes a text that begins so for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;

type Value = Cell['raw'];

/** Rows as CSV (RFC 4180): raw values, `unknown` for what is not known, and no text that runs as a formula. */
export function csvText(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => row.map(field).join(',')).join('\r\n') + '\r\n';
}

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

function field(value: Value): string {
  if (value === undefined) return '';
  if (value === null) return 'unknown';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
