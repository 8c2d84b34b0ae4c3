import * as l10n from '@vscode/l10n';
import type { Region } from '../../server/domain/comparison';
import { areasOf, showArea } from './areas';
import type { Picture } from './picture';
import type { Panel } from './usePanel';

/** A label must not hide what it names: below this size, CSS pixels, a box has none. */
const ROOM = { width: 56, height: 24 };

/** Boxes round what changed, and hatching over what was not compared. */
export function Boxes({ panel, picture, scale }: { panel: Panel; picture: Picture; scale: number }) {
  const { state, model } = panel;
  if (!state.boxes || model?.against !== 'baseline') return null;
  const areas = areasOf(panel);
  const place = ({ x, y, width, height }: Region) => ({
    left: `${x * scale}px`,
    top: `${y * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  });
  const hasRoom = ({ width, height }: Region): boolean => width * scale >= ROOM.width && height * scale >= ROOM.height;
  const labelPlace = (area: Region): string => (hasRoom(area) ? '' : area.y * scale < ROOM.height ? 'below' : 'outside');
  const label = (index: number): string => (index === state.area ? `${index + 1}/${areas.length}` : String(index + 1));
  return (
    <div class="boxes" aria-hidden="true">
      {(picture.comparison?.ignore ?? []).map((region, index) => (
        <div key={`ignored-${index}`} class="ignored" style={place(region)}>
          {hasRoom(region) ? <span>{l10n.t('ignored')}</span> : null}
        </div>
      ))}
      {areas.map((area, index) => (
        <div key={index} class={`box${index === state.area ? ' current' : ''}`} style={place(area)} onClick={() => showArea(panel, index)}>
          {index === state.area || hasRoom(area) ? <span class={labelPlace(area)}>{label(index)}</span> : null}
        </div>
      ))}
    </div>
  );
}
