import * as l10n from '@vscode/l10n';
import type { Area } from '../../server/domain/comparison';
import { centreOn, type Size } from './view';
import type { Panel } from './usePanel';
import { counted } from '../../server/domain/format';

/** The index after stepping through `count` areas from `at` (-1 = before the first); it goes round. */
export function nextIndex(at: number, count: number, by: 1 | -1): number {
  if (count === 0) return -1;
  return at < 0 && by < 0 ? count - 1 : (at + by + count) % count;
}

/** `area 1 of 4`, `4 areas`. */
export function areaText(at: number, count: number): string {
  if (count === 0) return l10n.t('no areas');
  return at < 0 ? counted(count, l10n.t('{0} area'), l10n.t('{0} areas')) : l10n.t('area {0} of {1}', at + 1, count);
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
  return l10n.t('Area {0} of {1}: at x {2}, y {3}, {4} by {5} pixels.', index + 1, count, x, y, width, height);
}
