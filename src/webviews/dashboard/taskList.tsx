import * as l10n from '@vscode/l10n';
import type { RefObject } from 'preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import { count } from '../../server/domain/format';
import { Button } from '../kit/button';
import { useVirtual } from '../kit/useVirtual';
import { cardOf } from './card';
import { CardView } from './cardView';
import { HEIGHTS, idsOf, stepFrom, type ListRow } from './list';
import { LineView } from './lineView';
import type { Dashboard } from './useDashboard';

interface Props {
  dashboard: Dashboard;
  scroller: RefObject<HTMLDivElement | null>;
  columns: number;
}

/** The tasks, of which only those in sight are in the page. */
export function TaskList({ dashboard, scroller, columns }: Props) {
  const { rows, current, setCurrent, selection, scene, store } = dashboard;
  const latest = useRef(rows);
  latest.current = rows;
  const shape = useMemo(() => rows.map(({ kind }) => kind[0]).join(''), [rows]);
  const sizeOf = useCallback((index: number) => HEIGHTS[latest.current[index]?.kind ?? 'line'], [shape]);
  const { items, length, scrollTo } = useVirtual(scroller, { count: rows.length, sizeOf });
  const ids = useMemo(() => idsOf(rows), [rows]);
  const places = useMemo(() => new Map(ids.map(({ id }, index) => [id, index + 1])), [ids]);
  const first = current !== undefined && places.has(current) ? current : ids[0]?.id;

  // What stands at the end of what is loaded is loaded when it comes into sight.
  const lastSeen = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows[lastSeen]?.kind === 'more') void store.more();
  }, [lastSeen, rows.length, store]);

  const focus = (id: string | undefined): void => {
    if (id === undefined) return;
    setCurrent(id);
    scrollTo(ids.find((one) => one.id === id)?.row ?? 0);
    requestAnimationFrame(() => document.getElementById(`task-${id}`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === 'j' || event.key === 'k') return;
    const next = stepFrom(rows, first, event.key);
    if (next === undefined) return;
    if (event.shiftKey && first !== undefined) dashboard.select([...selection, first, next]);
    focus(next);
    event.preventDefault();
    event.stopPropagation();
  };
  if (!scene) return null;
  const task = (row: ListRow) => {
    if (row.kind === 'cards')
      return row.tasks.map((one) => (
        <CardView
          key={one.id}
          dashboard={dashboard}
          card={cardOf(scene, one, store.estimateOf)}
          isCurrent={first === one.id}
          isSelected={selection.has(one.id)}
          place={places.get(one.id) ?? 0}
          of={ids.length}
        />
      ));
    if (row.kind !== 'line') return null;
    return (
      <LineView
        dashboard={dashboard}
        row={row.task}
        isCurrent={first === row.task.id}
        isSelected={selection.has(row.task.id)}
        place={places.get(row.task.id) ?? 0}
        of={ids.length}
      />
    );
  };
  return (
    <>
      {dashboard.state.layout === 'table' && ids.length > 0 ? <Columns /> : null}
      <div class="task-list" style={{ height: `${length}px` }} role="list" aria-label={l10n.t('Tasks')} onKeyDown={onKeyDown}>
        {items.map(({ index, start, size }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <div
              key={`${row.kind}/${row.key}`}
              class={`row row-${row.kind}`}
              role="presentation"
              style={{
                top: `${start}px`,
                height: `${size}px`,
                ...(row.kind === 'cards' ? { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` } : {}),
              }}
            >
              {row.kind === 'heading' ? (
                <h2 class="group" role="presentation">
                  {row.title} <span class="quiet number">{count(row.count)}</span>
                </h2>
              ) : row.kind === 'more' ? (
                <Button kind="link" onClick={() => void store.more()}>
                  {l10n.t('Show more of {0}', count(row.count))}
                </Button>
              ) : (
                task(row)
              )}
            </div>
          );
        })}
      </div>
    </>
  );
}

/** What the columns of the table are; each row says it in words to a screen reader. */
function Columns() {
  return (
    <div class="columns quiet" aria-hidden="true">
      <span class="line">{l10n.t('Task')}</span>
      <span class="line line-fact">{l10n.t('State')}</span>
      <span class="line line-agent">{l10n.t('Agent')}</span>
    </div>
  );
}
