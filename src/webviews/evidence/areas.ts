import type { Area } from '../../server/domain/comparison';
import { centreOn, type Size } from './view';
import type { Panel } from './usePanel';

/** The index after stepping through `count` areas from `at` (-1 = before the first); it goes round. */
export function nextIndex(at: number, count: number, by: 1 | -1): number {
  if (count === 0) return -1;
  return at < 0 && by < 0 ? count - 1 : (at + by + count) % count;
}

/** `area 1 of 4`, `4 areas`. */
export function areaText(at: number, count: number): string {
  if (count === 0) return 'no areas';
  return at < 0 ? `${count} ${count === 1 ? 'area' : 'areas'}` : `area ${at + 1} of ${count}`;
}

/** The changed areas on the stage; none between two attempts. */
export function areasOf({ model }: Panel): readonly Area[] {
  return model?.against === 'baseline' && model.picture?.group === 'changed' ? (model.picture.comparison?.areas ?? []) : [];
}

/** Goes to the next or previous area, and shows it at a readable size. */
export function stepArea(panel: Panel, by: 1 | -1): void {
  const areas = areasOf(panel);
  showArea(panel, nextIndex(panel.state.area, areas.length, by));
}

export function showArea(panel: Panel, index: number): void {
  const area = areasOf(panel)[index];
  const { canvas, pane }: { canvas?: Size; pane?: Size } = panel.geometry.current ?? {};
  if (area && canvas && pane) panel.update({ area: index, boxes: true, grid: false, zoom: centreOn(area, canvas, pane) });
}

/** Where an area is, for who cannot see it. */
export function areaPlace({ x, y, width, height }: Area, index: number, count: number): string {
  return `Area ${index + 1} of ${count}: at x ${x}, y ${y}, ${width} by ${height} pixels.`;
}
