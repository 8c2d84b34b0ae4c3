import type { Area } from '../../server/domain/comparison';
import { panBy, seenHeight, type Size, type View, type Zoom } from './view';

interface MinimapProps {
  canvas: Size;
  pane: Size;
  view: View;
  areas: readonly Area[];
  current: number;
  onChange: (to: (zoom: Zoom, canvas: Size, pane: Size) => Zoom) => void;
}

/** The whole height of the picture with a mark for each changed area; for the mouse, as keys have areas and arrows. */
export function Minimap({ canvas, pane, view, areas, current, onChange }: MinimapProps) {
  const { from, to } = seenHeight(view, canvas, pane);
  const jump = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const middle = (event.clientY - box.top) / box.height;
    onChange((zoom, size, room) => panBy(zoom, size, room, { x: 0, y: ((from + to) / 2 - middle) * size.height * view.scale }));
  };
  return (
    <div
      class="minimap"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        jump(event);
      }}
      onPointerMove={(event) => {
        event.stopPropagation();
        if (event.currentTarget.hasPointerCapture(event.pointerId)) jump(event);
      }}
      onDblClick={(event) => event.stopPropagation()}
    >
      <div class="minimap-view" style={{ top: `${from * 100}%`, height: `${(to - from) * 100}%` }} />
      {areas.map((area, index) => (
        <div
          key={index}
          class={`mark${index === current ? ' current' : ''}`}
          style={{ top: `${(area.y / canvas.height) * 100}%`, height: `max(3px, ${(area.height / canvas.height) * 100}%)` }}
        />
      ))}
    </div>
  );
}
