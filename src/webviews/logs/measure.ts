/** The editor's font as it is drawn, CSS pixels. */
export interface Font {
  /** Of one character; the editor's font has one width. */
  width: number;
  /** Of a row: 20, or more where the font is larger than that. */
  row: number;
}

const ROW = 20;
const LINE_HEIGHT = 1.35;

/** Measures the font of an element. */
export function fontOf(element: HTMLElement): Font {
  const { font, fontSize } = getComputedStyle(element);
  const canvas = document.createElement('canvas').getContext('2d');
  if (!canvas) return { width: 8, row: ROW };
  canvas.font = font;
  return { width: canvas.measureText('0'.repeat(100)).width / 100, row: Math.max(ROW, Math.round(parseFloat(fontSize) * LINE_HEIGHT)) };
}
