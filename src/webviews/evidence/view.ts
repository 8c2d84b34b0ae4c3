/** The maths of the stage. Pane points and sizes are CSS pixels, picture points are pixels of the picture. */

export interface Size {
  width: number;
  height: number;
}
export interface Point {
  x: number;
  y: number;
}
/** The whole picture, or a scale and the picture's point at the middle of the pane. */
export type Zoom = 'fit' | { scale: number; x: number; y: number };
/** Where the picture's corner is in the pane. */
export interface View {
  scale: number;
  left: number;
  top: number;
}

const MAX_SCALE = 16;
const MIN_SCALE = 0.05;
/** A changed area is shown at this share of the pane, and never larger than `AREA_SCALE`. */
const AREA_SHARE = 0.4;
const AREA_SCALE = 4;
/** Pictures are drawn without smoothing from here on. */
export const PIXEL_SCALE = 2;
export const ZOOM_STEP = 1.25;

/** The scale at which the whole picture is seen; it never enlarges. */
export function fitScale(canvas: Size, pane: Size): number {
  return Math.min(1, pane.width / canvas.width, pane.height / canvas.height);
}

/** Where the picture stands: in the middle while it is smaller than the pane, else covering it. */
export function viewOf(zoom: Zoom, canvas: Size, pane: Size): View {
  const { scale, x, y } = zoom === 'fit' ? { scale: fitScale(canvas, pane), x: canvas.width / 2, y: canvas.height / 2 } : zoom;
  const place = (length: number, room: number, middle: number): number =>
    length <= room ? Math.round((room - length) / 2) : Math.min(0, Math.max(room - length, room / 2 - middle * scale));
  return {
    scale,
    left: place(canvas.width * scale, pane.width, x),
    top: place(canvas.height * scale, pane.height, y),
  };
}

/** Enlarges by `factor` so that what is under `at` stays there. */
export function zoomAt(zoom: Zoom, canvas: Size, pane: Size, factor: number, at: Point = middleOf(pane)): Zoom {
  const view = viewOf(zoom, canvas, pane);
  const least = Math.min(MIN_SCALE, fitScale(canvas, pane));
  return scaleTo(view, pane, Math.min(MAX_SCALE, Math.max(least, view.scale * factor)), at);
}

/** One picture pixel to one CSS pixel. */
export function actualSize(zoom: Zoom, canvas: Size, pane: Size): Zoom {
  return scaleTo(viewOf(zoom, canvas, pane), pane, 1, middleOf(pane));
}

/** Moves the picture by CSS pixels, as far as there is more of it to see. */
export function panBy(zoom: Zoom, canvas: Size, pane: Size, by: Point): Zoom {
  const { scale, left, top } = viewOf(zoom, canvas, pane);
  if (fits({ scale, left, top }, canvas, pane)) return zoom;
  const moved = viewOf(pointed({ scale, left: left + by.x, top: top + by.y }, pane), canvas, pane);
  return pointed(moved, pane);
}

/** Puts an area into the middle at a readable size. */
export function centreOn(area: Point & Size, canvas: Size, pane: Size): Zoom {
  const wanted = Math.min(AREA_SCALE, (pane.width * AREA_SHARE) / area.width, (pane.height * AREA_SHARE) / area.height);
  return {
    scale: Math.max(wanted, fitScale(canvas, pane)),
    x: area.x + area.width / 2,
    y: area.y + area.height / 2,
  };
}

/** True when nothing of the picture lies outside the pane. */
export function fits({ scale }: View, canvas: Size, pane: Size): boolean {
  return canvas.width * scale <= pane.width + 0.5 && canvas.height * scale <= pane.height + 0.5;
}

/** The part of the picture's height that is seen: from and to, 0..1. */
export function seenHeight({ scale, top }: View, canvas: Size, pane: Size): { from: number; to: number } {
  const height = canvas.height * scale;
  return { from: Math.max(0, -top / height), to: Math.min(1, (pane.height - top) / height) };
}

/** The left and right edge of what is seen of the picture, in the pane. */
export function seenWidth({ scale, left }: View, canvas: Size, pane: Size): { from: number; to: number } {
  return { from: Math.max(0, left), to: Math.min(pane.width, left + canvas.width * scale) };
}

/** `100%`. */
export function zoomText(scale: number): string {
  return `${Math.round(scale * 100)}%`;
}

function scaleTo(view: View, pane: Size, scale: number, at: Point): Zoom {
  const ratio = scale / view.scale;
  return pointed({ scale, left: at.x - (at.x - view.left) * ratio, top: at.y - (at.y - view.top) * ratio }, pane);
}

/** A view as a zoom: by the point at the middle of the pane. */
function pointed({ scale, left, top }: View, pane: Size): Zoom {
  return { scale, x: (pane.width / 2 - left) / scale, y: (pane.height / 2 - top) / scale };
}

function middleOf({ width, height }: Size): Point {
  return { x: width / 2, y: height / 2 };
}
