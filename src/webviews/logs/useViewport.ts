import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSize } from '../kit/useSize';
import { fontOf, type Font } from './measure';
import type { LogsModel } from './logsModel';
import { textOf } from './pieces';
import { anchorAt, RowLayout, topFor, type Anchor } from './rowLayout';
import type { Row } from './row';

/** Rows drawn beyond each edge of what is in sight. */
const MORE = 25;
/** The next page is read when so many rows are left. */
const NEAR = 60;
/** Columns before the text take about so many characters. */
const COLUMNS = 42;

export interface Viewport {
  box: RefObject<HTMLDivElement | null>;
  layout: RowLayout;
  from: number;
  to: number;
  /** CSS pixels. */
  top: number;
  visible: number;
  font: Font;
  onScroll: () => void;
  scrollTo: (top: number) => void;
}

/** Which rows are in sight; the view stands still when rows come or go, and goes along at the end while it follows. */
export function useViewport(model: LogsModel): Viewport {
  const [box, size] = useSize<HTMLDivElement>();
  const [, redraw] = useState(0);
  const [font, setFont] = useState<Font>({ width: 8, row: 20 });
  const heights = useRef(new WeakMap<Row, number>());
  const anchor = useRef<Anchor | undefined>(undefined);
  /** Where the box was scrolled to by us, or was found last. */
  const known = useRef(0);
  const visible = size?.height ?? 0;
  const width = size?.width ?? 0;
  const { wrap } = model.state;

  useLayoutEffect(() => {
    if (box.current) setFont(fontOf(box.current));
  }, [box, width]);
  useLayoutEffect(() => {
    heights.current = new WeakMap();
  }, [width, font, wrap]);

  const columns = Math.max(20, Math.floor(width / font.width) - COLUMNS);
  const guess = (row: Row): number =>
    heights.current.get(row) ??
    (row.kind === 'line' || row.kind === 'part' ? Math.max(1, Math.ceil(textOf(row).length / columns)) * font.row : font.row);
  const rows = model.rows();
  const layout = new RowLayout(rows, font.row, wrap ? guess : undefined);
  const end = Math.max(0, layout.length - visible);
  const revealed = model.revealed === undefined ? -1 : rows.findIndex((row) => row.line.key === model.revealed && row.kind !== 'rule');
  const held = anchor.current && topFor(layout, anchor.current);
  const wanted = model.reader.isFollowing
    ? end
    : revealed >= 0
      ? revealTop(layout, revealed, known.current, visible)
      : (held ?? known.current);
  const top = Math.max(0, Math.min(end, wanted));
  const { from, to } = layout.between(top, visible, MORE);
  model.topLine = rows[layout.at(top)]?.line;

  useLayoutEffect(() => {
    if (!box.current || visible === 0) return;
    if (wrap && measure(box.current, rows, from, heights.current, guess)) return redraw((before) => before + 1);
    if (Math.abs(box.current.scrollTop - top) > 0.5) box.current.scrollTop = top;
    known.current = box.current.scrollTop;
    anchor.current = anchorAt(layout, known.current);
    if (revealed >= 0) model.revealed = undefined;
    readMore(model, layout, known.current, visible);
  });

  const onScroll = (): void => {
    const { scrollTop: now, scrollHeight, clientHeight } = box.current ?? { scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
    const isUp = now < known.current - 1;
    // A box that became taller scrolls up by itself, and is still at its end.
    const isAtEnd = scrollHeight - clientHeight - now < font.row;
    known.current = now;
    anchor.current = anchorAt(layout, now);
    if (isUp && !isAtEnd) model.pause();
    redraw((before) => before + 1);
  };
  const scrollTo = (to: number): void => {
    if (box.current) box.current.scrollTop = to;
  };
  return { box, layout, from, to, top, visible, font, onScroll, scrollTo };
}

/** Where to scroll so that a row is seen: nowhere when it is, else to the middle. */
function revealTop(layout: RowLayout, index: number, top: number, visible: number): number {
  const [start, end] = [layout.topOf(index), layout.topOf(index + 1)];
  return start >= top && end <= top + visible ? top : start - visible / 2;
}

/** Notes how high the rows in the page are. @returns whether one is not as it was thought. */
function measure(
  box: HTMLElement,
  rows: readonly Row[],
  from: number,
  heights: WeakMap<Row, number>,
  guess: (row: Row) => number,
): boolean {
  let isOther = false;
  [...box.querySelectorAll<HTMLElement>('.row')].forEach((element, index) => {
    const row = rows[from + index];
    if (!row) return;
    const height = element.getBoundingClientRect().height;
    if (Math.abs(height - guess(row)) > 0.5) isOther = true;
    heights.set(row, height);
  });
  return isOther;
}

function readMore(model: LogsModel, layout: RowLayout, top: number, visible: number): void {
  const { cache, isLoading, isFollowing } = model.reader;
  if (isLoading || cache.lines.length === 0) return;
  // While it follows, only when what is here does not fill the view.
  if (cache.hasOlder && (isFollowing ? layout.length < visible : layout.at(top) < NEAR)) void model.reader.page('older');
  else if (cache.hasNewer && layout.at(top + visible) > layout.rows.length - NEAR) void model.reader.page('newer');
}
