import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useReducedMotion } from '../kit/useReducedMotion';
import { useSize } from '../kit/useSize';
import { areasOf } from './areas';
import { Compared } from './compared';
import { Minimap } from './minimap';
import type { StageProps } from './stage';
import { stageText } from './stageTexts';
import { fits, panBy, viewOf, zoomAt, type Point, type Size } from './view';

const WHEEL_SPEED = 0.0022;
const BLINK_MS = 700;
/** A pointer that moves less than this clicks, CSS pixels. */
const DRAG_FROM = 3;

interface StageBodyProps extends StageProps {
  stage: RefObject<HTMLDivElement | null>;
  onScale: (scale: number) => void;
}

/** The panes with their one transform: the wheel and drags move all of them. */
export function StageBody({ panel, model, picture, stage, onScale }: StageBodyProps) {
  const { state, update, geometry, isFlipped } = panel;
  const [pane, paneSize] = useSize<HTMLDivElement>();
  const [sizes, setSizes] = useState<Readonly<Record<string, Size>>>({});
  const drag = useRef<Point | undefined>(undefined);
  const isBlinking = useBlink(model.mode === 'blink' && model.modes.length > 1);
  const canvas = canvasOf(picture.comparison, model.against === 'baseline', [picture.left?.sha256, picture.right?.sha256], sizes);
  const view = canvas && paneSize ? viewOf(state.zoom, canvas, paneSize) : undefined;
  geometry.current = canvas && paneSize ? { canvas, pane: paneSize } : undefined;
  useLayoutEffect(() => view && onScale(view.scale), [view?.scale]);

  const change = (to: (before: typeof state.zoom, canvas: Size, pane: Size) => typeof state.zoom): void => {
    if (canvas && paneSize) update((before) => ({ ...before, zoom: to(before.zoom, canvas, paneSize) }));
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const box = (event.target as Element).closest('.pane-view')?.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      const at = box ? { x: event.clientX - box.left, y: event.clientY - box.top } : undefined;
      change((zoom, size, room) => zoomAt(zoom, size, room, Math.exp(-event.deltaY * WHEEL_SPEED), at));
    } else {
      const by = event.shiftKey && event.deltaX === 0 ? { x: -event.deltaY, y: 0 } : { x: -event.deltaX, y: -event.deltaY };
      change((zoom, size, room) => panBy(zoom, size, room, by));
    }
  };
  const isMovable = view && canvas && paneSize ? !fits(view, canvas, paneSize) : false;
  return (
    <div
      ref={stage}
      class={`stage-body${isMovable ? ' movable' : ''}`}
      tabIndex={0}
      role="group"
      aria-roledescription="picture"
      aria-label={stageText(picture, model.against)}
      onWheel={onWheel}
      onDblClick={() => update({ filled: !state.filled })}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        drag.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={(event) => {
        const from = drag.current;
        if (!from) return;
        // Captured only once it is a drag: a click is a box's.
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) {
          if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < DRAG_FROM) return;
          event.currentTarget.setPointerCapture(event.pointerId);
        }
        drag.current = { x: event.clientX, y: event.clientY };
        change((zoom, size, room) => panBy(zoom, size, room, { x: event.clientX - from.x, y: event.clientY - from.y }));
      }}
      onPointerUp={() => (drag.current = undefined)}
      onPointerCancel={() => (drag.current = undefined)}
    >
      <Compared
        panel={panel}
        model={model}
        picture={picture}
        pane={pane}
        paneSize={paneSize}
        canvas={canvas}
        view={view}
        sizes={sizes}
        isOther={isFlipped !== isBlinking}
        onSize={(sha256, size) => setSizes((before) => ({ ...before, [sha256]: size }))}
      />
      {isMovable && view && canvas && paneSize ? (
        <Minimap canvas={canvas} pane={paneSize} view={view} areas={areasOf(panel)} current={state.area} onChange={change} />
      ) : null}
    </div>
  );
}

/** The size of what both pictures lie on; undefined until it is known. */
function canvasOf(
  comparison: { width: number; height: number } | undefined,
  isCompared: boolean,
  shas: readonly (string | undefined)[],
  sizes: Readonly<Record<string, Size>>,
): Size | undefined {
  const known = shas.flatMap((sha256) => (sha256 === undefined ? [] : (sizes[sha256] ?? [])));
  if (isCompared && comparison && comparison.width > 0) known.push(comparison);
  if (known.length === 0) return undefined;
  return { width: Math.max(...known.map(({ width }) => width)), height: Math.max(...known.map(({ height }) => height)) };
}

/** True for every second 700 ms; never where motion is unwanted. */
function useBlink(isOn: boolean): boolean {
  const isReduced = useReducedMotion();
  const [isOther, setOther] = useState(false);
  useEffect(() => {
    setOther(false);
    if (!isOn || isReduced) return;
    const timer = setInterval(() => setOther((before) => !before), BLINK_MS);
    return () => clearInterval(timer);
  }, [isOn, isReduced]);
  return isOn && isOther;
}
