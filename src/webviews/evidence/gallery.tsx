import * as l10n from '@vscode/l10n';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Button } from '../kit/button';
import { useSize } from '../kit/useSize';
import { GroupRow, PictureRow } from './galleryItem';
import { cellsBetween, gridShape, layOut, LIST, scrollTo, STRIP } from './galleryLayout';
import type { GalleryRow } from './galleryRows';
import type { PanelModel } from './panelModel';
import type { Panel } from './usePanel';

/** How much beyond what is seen is rendered, CSS pixels. */
const MARGIN = 300;

/** The pictures by group, of which only those in sight are in the page. */
export function Gallery({ panel, model }: { panel: Panel; model: PanelModel }) {
  const { state, update, isNarrow } = panel;
  const [box, size] = useSize<HTMLDivElement>();
  const [scroll, setScroll] = useState(0);
  const isGrid = state.grid;
  const shape = isGrid ? gridShape(size?.width ?? 0) : isNarrow ? STRIP : LIST;
  const isDown = shape.axis === 'down';
  const { cells, length } = useMemo(() => layOut(model.rows, shape), [model.rows, shape.axis, shape.columns, shape.picture]);
  const visible = (isDown ? size?.height : size?.width) ?? 0;
  const shown = cellsBetween(cells, scroll, scroll + visible, MARGIN);
  const [active, setActive] = useActive(model);
  const place = cells.find(({ row }) => row.key === active);

  const activeAt = place?.start;
  useLayoutEffect(() => {
    if (!place || visible === 0 || !box.current) return;
    const to = scrollTo(place, scroll, visible);
    if (to !== scroll) box.current[isDown ? 'scrollTop' : 'scrollLeft'] = to;
    // Only when another row becomes the active one, or the layout changes, not when a person scrolls.
  }, [active, activeAt, visible]);

  const choose = (row: GalleryRow): void => {
    setActive(row.key);
    if (row.kind === 'picture') panel.select(row.key);
  };
  const toggle = (row: GalleryRow, open?: boolean): void => {
    if (row.kind !== 'group' || open === row.open) return;
    const { group } = row;
    setActive(row.key);
    update(({ toggled, ...rest }) => ({
      ...rest,
      toggled: toggled.includes(group) ? toggled.filter((one) => one !== group) : [...toggled, group],
    }));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = model.rows.findIndex(({ key }) => key === active);
    const row = model.rows[at];
    const move = (by: number): void => {
      const next = model.rows[Math.min(model.rows.length - 1, Math.max(0, at + by))];
      if (next) choose(next);
    };
    const isHead = row?.kind === 'group';
    if (event.key === 'ArrowDown') move(isGrid && !isHead ? columnStep(model.rows, at, shape.columns) : 1);
    else if (event.key === 'ArrowUp') move(isGrid && !isHead ? -columnStep(model.rows, at, shape.columns, true) : -1);
    else if (event.key === 'ArrowRight' && isHead && !row.open) toggle(row, true);
    else if (event.key === 'ArrowLeft' && isHead && row.open) toggle(row, false);
    else if (event.key === 'ArrowRight') move(1);
    else if (event.key === 'ArrowLeft') move(-1);
    else if (event.key === 'Home') move(-at);
    else if (event.key === 'End') move(model.rows.length);
    else if ((event.key === 'Enter' || event.key === ' ') && isHead) toggle(row);
    else if (event.key === 'Enter') update(isGrid ? { grid: false } : { filled: true });
    else return;
    event.preventDefault();
  };
  return (
    <nav class="gallery" aria-label={l10n.t('Gallery')} style={isGrid || isNarrow ? {} : { width: `${state.galleryWidth}px` }}>
      <input
        id="filter"
        class="input"
        type="search"
        placeholder={l10n.t('Filter')}
        aria-label={l10n.t('Filter pictures')}
        aria-keyshortcuts="/"
        value={state.filter}
        onInput={(event) => update({ filter: event.currentTarget.value })}
      />
      {model.rows.length === 0 ? (
        <div class="no-match">
          <p>{l10n.t('No picture matches.')}</p>
          <Button onClick={() => update({ filter: '' })}>{l10n.t('Clear Filter')}</Button>
        </div>
      ) : null}
      <div
        ref={box}
        class={`rows ${shape.axis}${isGrid ? ' grid' : ''}`}
        role="tree"
        aria-label={l10n.t('Pictures')}
        tabIndex={0}
        aria-activedescendant={shown.some(({ row }) => row.key === active) ? `row-${active}` : undefined}
        onScroll={({ currentTarget }) => setScroll(isDown ? currentTarget.scrollTop : currentTarget.scrollLeft)}
        onKeyDown={onKeyDown}
      >
        <div class="extent" role="presentation" style={isDown ? { height: `${length}px` } : { width: `${length}px` }}>
          {shown.map((cell) =>
            cell.row.kind === 'group' ? (
              <GroupRow
                key={cell.row.key}
                row={cell.row}
                cell={cell}
                shape={shape}
                isActive={cell.row.key === active}
                onToggle={() => toggle(cell.row)}
              />
            ) : (
              <PictureRow
                key={cell.row.key}
                row={cell.row}
                cell={cell}
                shape={shape}
                panel={panel}
                isActive={cell.row.key === active}
                isShown={cell.row.key === model.picture?.key}
                onChoose={() => choose(cell.row)}
                onOpen={() => update(isGrid ? { grid: false } : { filled: true })}
              />
            ),
          )}
        </div>
      </div>
    </nav>
  );
}

/** The row that arrows start from: the picture on the stage, until another row is reached. */
function useActive({ picture }: PanelModel): [string, (key: string) => void] {
  const key = picture?.key ?? '';
  const [active, setActive] = useState(key);
  const before = useRef(key);
  useEffect(() => {
    if (before.current !== key) setActive(key);
    before.current = key;
  }, [key]);
  return [active, setActive];
}

/** How many rows it is to the same column of the next line, or to the next head if that comes first. */
function columnStep(rows: readonly GalleryRow[], at: number, columns: number, isUp = false): number {
  const way = isUp ? -1 : 1;
  for (let step = 1; step < columns; step++) if (rows[at + step * way]?.kind !== 'picture') return step;
  return columns;
}
