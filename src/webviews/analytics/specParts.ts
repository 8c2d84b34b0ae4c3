import type { Facts } from './facts';
import { periodAxis } from './periods';
import type { Ticks } from './ticks';

/** The height of a chart with axis and legend, CSS pixels. */
export const HEIGHT = 180;
const AXIS = 22;
const LEGEND = 20;
/** A legend has so many series in a row. */
const COLUMNS = 4;

/** What an axis and the legend of so many series leave for the marks. */
export function plotHeight(series = 0): number {
  return HEIGHT - AXIS - Math.ceil(series / COLUMNS) * LEGEND;
}

/** Labels by value, as an expression of Vega. */
export function labelsOf(values: readonly (number | string)[], labels: readonly string[]): string {
  return `${JSON.stringify(labels)}[indexof(${JSON.stringify(values)}, datum.value)]`;
}

/** The periods from left to right, in a field `i`; narrow bars have the shortest labels. */
export function periodX(facts: Facts, isNarrow = false) {
  const { domain, values, labels } = periodAxis(facts, isNarrow);
  return {
    field: 'i',
    type: 'ordinal',
    scale: { type: 'band', domain, paddingInner: domain.length > 60 ? 0.05 : 0.2, paddingOuter: 0.1 },
    axis: { values, labelExpr: labelsOf(values, labels), labelBound: 4 },
  } as const;
}

/** The axis of a value that begins at 0. */
export function valueY(field: string, { values, max }: Ticks, label: (value: number) => string) {
  const domain: number[] = [0, max];
  return {
    field,
    type: 'quantitative',
    scale: { domain, nice: false, zero: true },
    axis: { values, labelExpr: labelsOf(values, values.map(label)) },
  } as const;
}

/** The lines of a tooltip, ready made in the field `tip`. */
export const TIP = { field: 'tip', type: 'nominal' } as const;

/** Series by name, with their colours, in the order of the legend. */
export function seriesColour(field: string, series: readonly { text: string; colour: string }[]) {
  return {
    field,
    type: 'nominal',
    scale: { domain: series.map(({ text }) => text), range: series.map(({ colour }) => colour) },
    legend: { values: series.map(({ text }) => text), ...(series.length > COLUMNS ? { columns: COLUMNS, labelLimit: 84 } : {}) },
  } as const;
}

/** Bars are too thin for gaps between them. */
export function strokeOf(count: number): { strokeWidth?: number } {
  return count > 60 ? { strokeWidth: 0 } : {};
}
