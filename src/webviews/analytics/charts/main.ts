import { parse, View } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { chartConfig } from '../chartConfig';
import type { ChartSpec } from '../question';

/** What a mark says of itself, from the fields `tip` and `search` of its row. */
export interface Mark {
  tip?: string;
  search?: string;
}

export interface Chart {
  /** Fits it to a width, CSS pixels. */
  resize(width: number): void;
  dispose(): void;
}

interface DrawOptions {
  container: HTMLElement;
  width: number;
  /** A family as the page has it now. */
  font: string;
  onPoint: (mark: Mark | undefined, event: MouseEvent) => void;
  onPress: (mark: Mark) => void;
}

/** Draws a chart into an element. @throws when the chart cannot be computed. */
export async function drawChart(spec: ChartSpec, { container, width, font, onPoint, onPress }: DrawOptions): Promise<Chart> {
  const view = new View(runtimeOf(spec, width, font), { expr: expressionInterpreter, renderer: 'svg', container });
  view.tooltip(() => undefined);
  view.addEventListener('pointermove', (event, item) => onPoint(markOf(item), event as MouseEvent));
  view.addEventListener('pointerout', (event) => onPoint(undefined, event as MouseEvent));
  view.addEventListener('click', (_, item) => {
    const mark = markOf(item);
    if (mark?.search !== undefined) onPress(mark);
  });
  await view.runAsync();
  return {
    resize: (next) => void view.width(next).runAsync(),
    dispose: () => void view.finalize(),
  };
}

/** A chart as SVG text, its colours still `var()`. */
export function chartSvg(spec: ChartSpec, width: number, font: string): Promise<string> {
  return new View(runtimeOf(spec, width, font), { expr: expressionInterpreter, renderer: 'none' }).toSVG();
}

/** Expressions as data, not as code: the page forbids eval. */
function runtimeOf(spec: ChartSpec, width: number, font: string) {
  const whole: TopLevelSpec = { ...spec, width, config: chartConfig(font) };
  return parse(compile(whole).spec, undefined, { ast: true });
}

function markOf(item: unknown): Mark | undefined {
  if (typeof item !== 'object' || item === null || !('datum' in item)) return undefined;
  const { datum } = item;
  if (typeof datum !== 'object' || datum === null) return undefined;
  const text = (key: string): string | undefined => {
    const value: unknown = Object.entries(datum).find(([name]) => name === key)?.[1];
    return typeof value === 'string' ? value : undefined;
  };
  const [tip, search] = [text('tip'), text('search')];
  return { ...(tip === undefined ? {} : { tip }), ...(search === undefined ? {} : { search }) };
}
