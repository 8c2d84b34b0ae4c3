import { useRef } from 'preact/hooks';
import type { LogsModel } from './logsModel';
import { holds } from './matcher';
import { marksPath } from './rulerMarks';
import type { RowLayout } from './rowLayout';
import type { Line } from './line';

interface RulerProps {
  model: LogsModel;
  layout: RowLayout;
  /** CSS pixels. */
  height: number;
  onJump: (top: number) => void;
}

/** Where errors and hits are among the lines that are here. */
export function Ruler({ model, layout, height, onJump }: RulerProps) {
  const { pattern } = model.finder;
  const known = useRef({ pattern, hits: new WeakMap<Line, boolean>() });
  if (known.current.pattern !== pattern) known.current = { pattern, hits: new WeakMap() };
  const isHit = (line: Line): boolean => {
    if (!pattern) return false;
    const hit = known.current.hits.get(line) ?? holds(pattern, line.text);
    known.current.hits.set(line, hit);
    return hit;
  };
  const scale = height / Math.max(layout.length, height, 1);
  const marks = (wanted: (line: Line) => boolean): string =>
    marksPath(layout.rows.flatMap((row, index) => (row.kind === 'line' && wanted(row.line) ? [layout.topOf(index) * scale] : [])));
  return (
    <svg class="ruler" width="10" height={height} aria-hidden="true" onClick={(event) => onJump(event.offsetY / scale - height / 2)}>
      <path class="errors" transform="translate(1)" d={marks(({ level }) => level === 'error')} />
      <path class="hits" transform="translate(5)" d={marks(isHit)} />
    </svg>
  );
}
