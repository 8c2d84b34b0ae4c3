import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { Icon } from '../kit/icon';
import { nextSorting, sortedRows, type Row, type Sorting, type Table } from './table';

interface TableProps {
  /** The chart's title. */
  title: string;
  table: Table;
  onOpen: (search: string) => void;
}

/** The figures of a chart: sorted by a heading; a row opens its tasks. */
export function TableView({ title, table, onOpen }: TableProps) {
  const [sorting, setSorting] = useState<Sorting>();
  const rows = sortedRows(table, sorting);
  return (
    <div class="table-box">
      <table class="table">
        <caption class="heard">{title}</caption>
        <thead>
          <tr>
            {table.columns.map(({ text, isNumber }, column) => (
              <th
                key={text}
                scope="col"
                class={isNumber ? 'number' : ''}
                aria-sort={sorting?.column === column ? (sorting.isDescending ? 'descending' : 'ascending') : 'none'}
              >
                <button type="button" class="sort" onClick={() => setSorting(nextSorting(table, sorting, column))}>
                  {text}
                  {sorting?.column === column ? <Icon name={sorting.isDescending ? 'chevron-down' : 'chevron-up'} /> : null}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.key} row={row} columns={table.columns} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ row: { cells, search }, columns, onOpen }: { row: Row; columns: Table['columns']; onOpen: (search: string) => void }) {
  const [name, ...rest] = cells;
  const open = search === undefined ? undefined : () => onOpen(search);
  return (
    <tr class={open ? 'main' : ''} onClick={open}>
      <th scope="row">
        {open ? (
          <button type="button" class="row-button" title={l10n.t('Show these tasks in the Dashboard')}>
            {name?.text}
          </button>
        ) : (
          name?.text
        )}
      </th>
      {rest.map(({ text, title }, index) => (
        <td key={columns[index + 1]?.name} class={columns[index + 1]?.isNumber ? 'number' : ''} title={title}>
          {text}
        </td>
      ))}
    </tr>
  );
}

/** More rows than this are heard only in the table itself. */
const MOST_HEARD = 60;

/** The same for screen readers alone, beside a chart: nothing in it takes the focus. */
export function HeardTable({ title, table }: Omit<TableProps, 'onOpen'>) {
  const rows = sortedRows(table, undefined);
  const more = rows.length - MOST_HEARD;
  return (
    <div class="heard">
      <table>
        <caption>{more > 0 ? l10n.t('{0}. The last {1} of {2} rows.', title, MOST_HEARD, rows.length) : title}</caption>
        <thead>
          <tr>
            {table.columns.map(({ text }) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(-MOST_HEARD).map(({ key, cells: [name, ...rest] }) => (
            <tr key={key}>
              <th scope="row">{name?.text}</th>
              {rest.map(({ text }, index) => (
                <td key={table.columns[index + 1]?.name}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
