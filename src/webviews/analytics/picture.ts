/** A chart drawn as SVG, with its size, CSS pixels. */
export interface Drawn {
  svg: string;
  width: number;
  height: number;
}

export interface Captioned {
  title: string;
  subtitle: string;
  drawings: Drawn[];
}

/** How a picture of its own looks: everything literal, as nothing outside the page knows the theme. */
export interface PictureLook {
  font: string;
  background: string;
  text: string;
  muted: string;
}

const PAD = 16;
const TITLE = 44;
const GAP = 8;

/** The size that an SVG text says of itself. */
export function drawnOf(svg: string): Drawn {
  const [, width = '0'] = /^<svg[^>]*\swidth="([\d.]+)"/.exec(svg) ?? [];
  const [, height = '0'] = /^<svg[^>]*\sheight="([\d.]+)"/.exec(svg) ?? [];
  return { svg, width: Number(width), height: Number(height) };
}

/** Charts under their titles as one SVG on the editor's background. */
export function composed(charts: readonly Captioned[], { font, background, text, muted }: PictureLook): Drawn {
  let top = PAD;
  let width = 0;
  const parts = charts.map(({ title, subtitle, drawings }) => {
    let left = PAD;
    const line = (y: number, colour: string, style: string, words: string): string =>
      `<text x="${PAD}" y="${y}" fill="${escaped(colour)}" font-family="${escaped(font)}" ${style}>${escaped(words)}</text>`;
    const titles = line(top + 12, text, 'font-size="13" font-weight="600"', title) + line(top + 30, muted, 'font-size="12"', subtitle);
    const placed = drawings.map((drawn) => {
      const at = left;
      left += drawn.width + GAP;
      return drawn.svg.replace(/^<svg/, `<svg x="${at}" y="${top + TITLE}"`);
    });
    top += TITLE + Math.max(0, ...drawings.map(({ height }) => height)) + PAD;
    width = Math.max(width, left - GAP + PAD);
    return titles + placed.join('');
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">` +
    `<rect width="100%" height="100%" fill="${escaped(background)}"/>${parts.join('')}</svg>`;
  return { svg, width, height: top };
}

/** Replaces every `var(--x, fallback)` in a text, nested ones with it. */
export function withComputed(text: string, computed: (variable: string) => string): string {
  let result = '';
  let at = 0;
  for (let start = text.indexOf('var('); start !== -1; start = text.indexOf('var(', at)) {
    const end = closing(text, start + 4);
    result += text.slice(at, start) + computed(text.slice(start, end));
    at = end;
  }
  return result + text.slice(at);
}

/** The place after the bracket that closes the one before `from`. */
function closing(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at + 1;
  }
  return text.length;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
