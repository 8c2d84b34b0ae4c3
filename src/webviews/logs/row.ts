import type { Block } from './blocks';
import type { Line } from './line';

/** A line; of one with line breaks the first part. */
export interface LineRow {
  kind: 'line';
  key: string;
  line: Line;
  /** The language of the open block it stands in. */
  language: string | undefined;
}

/** A block, or what follows in a line with line breaks, folded to one row or open below it. */
export interface FoldRow {
  kind: 'block' | 'more';
  key: string;
  line: Line;
  block?: Block;
  isOpen: boolean;
}

/** A part of an open line: `number` from 1. */
export interface PartRow {
  kind: 'part';
  key: string;
  line: Line;
  text: string;
  language: string | undefined;
}

/** A rule across the view, with what it says. */
export interface RuleRow {
  kind: 'rule';
  key: string;
  text: string;
  tone: 'dropped' | 'attempt' | 'day';
  /** The line that it stands before. */
  line: Line;
}

export type Row = LineRow | FoldRow | PartRow | RuleRow;

/** What is kept open is known by this. */
export function foldKey(line: Line, what: 'json' | 'more' | 'block'): string {
  return `${line.key}/${what}`;
}
