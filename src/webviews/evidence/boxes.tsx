import type { Region } from '../../server/domain/comparison';
import { areasOf, showArea } from './areas';
import type { Picture } from './picture';
import type { Panel } from './usePanel';

/** Boxes round what changed, and hatching over what was not compared. */
export function Boxes({ panel, picture, scale }: { panel: Panel; picture: Picture; scale: number }) {
  const { state, model } = panel;
  if (!state.boxes || model?.against !== 'baseline') return null;
  const areas = areasOf(panel);
  const ignored = picture.comparison?.ignore ?? [];
  const place = ({ x, y, width, height }: Region) => ({
    left: `${x * scale}px`,
    top: `${y * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  });
  return (
    <div class="boxes" aria-hidden="true">
      {ignored.map((region, index) => (
        <div key={`ignored-${index}`} class="ignored" style={place(region)}>
          <span>ignored</span>
        </div>
      ))}
      {areas.map((area, index) => (
        <div key={index} class={`box${index === state.area ? ' current' : ''}`} style={place(area)} onClick={() => showArea(panel, index)}>
          {index === state.area || areas.length <= 20 ? (
            <span>{index === state.area ? `${index + 1}/${areas.length}` : index + 1}</span>
          ) : null}
        </div>
      ))}
    </div>
  );
}
