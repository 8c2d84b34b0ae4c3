import type { TopLevelSpec } from 'vega-lite';
import type { Facts } from './facts';
import type { Table } from './table';

export type QuestionId = 'done' | 'works' | 'time' | 'used' | 'worth' | 'cost';
/** A chart without its width and look. */
export type ChartSpec = Extract<TopLevelSpec, { layer: unknown }>;

/** One picture of a chart; several stand side by side. */
export interface Drawing {
  key: string;
  spec: ChartSpec;
  /** Its share of the width beside the others. */
  grow: number;
}

/** One way to look at a question. */
export interface View {
  key: string;
  text: string;
}

/** What a person wants to know: the title is the computed answer, the chart proves it, the table holds its figures. */
export interface Question {
  id: QuestionId;
  text: string;
  title(facts: Facts): string;
  /** The first one is shown until the person chooses. */
  views?: readonly View[];
  table(facts: Facts, view: string): Table;
  drawings(facts: Facts, view: string): Drawing[];
  /** What the chart leaves unsaid. */
  note?(facts: Facts, view: string): string | undefined;
}
