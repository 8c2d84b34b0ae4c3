import type { TopLevelSpec } from 'vega-lite';
import { COLOUR } from './colours';

/** The look of all charts. `font` must be literal: text is measured on a canvas that ignores `var()`. */
export function chartConfig(font: string): NonNullable<TopLevelSpec['config']> {
  return {
    background: 'transparent',
    // The table beside it is what a screen reader reads.
    aria: false,
    padding: 0,
    autosize: { type: 'fit-x', contains: 'padding' },
    font,
    view: { stroke: null },
    axis: {
      labelFontSize: 11,
      labelColor: COLOUR.muted,
      labelPadding: 6,
      labelLimit: 120,
      labelOverlap: true,
      domain: false,
      ticks: false,
      title: null,
    },
    axisX: { grid: false, labelAngle: 0, domain: true, domainColor: COLOUR.lines },
    axisY: { grid: true, gridColor: COLOUR.lines, gridOpacity: 0.3, gridDash: [2, 3], tickCount: 4 },
    legend: {
      orient: 'top',
      direction: 'horizontal',
      symbolType: 'square',
      symbolSize: 64,
      labelFontSize: 12,
      labelColor: COLOUR.text,
      title: null,
      offset: 4,
    },
    bar: { cornerRadiusEnd: 2, stroke: COLOUR.edge, strokeWidth: 1 },
    arc: { stroke: COLOUR.edge, strokeWidth: 1 },
    line: { strokeWidth: 2 },
    point: { size: 30, filled: true, opacity: 1 },
    area: { opacity: 1 },
    text: { color: COLOUR.text, fontSize: 11 },
  };
}
