import type { PlacedLine } from '../../src/server/domain/logQuery';
import { lineOf, type Line } from '../../src/webviews/logs/line';
import { AFTERNOON } from './scene';

/** A stored line of the afternoon: its number gives its time, a second each, and its place. */
export function storedLine(number: number, change: Partial<PlacedLine> = {}): PlacedLine {
  return {
    place: `p${String(number).padStart(7, '0')}`,
    at: AFTERNOON + number * 1000,
    taskId: 'T15',
    attempt: 1,
    agentId: 'code-gen',
    level: 'info',
    text: `line ${number}`,
    ...change,
  };
}

/** The same as the page holds it. */
export function heldLine(number: number, change: Partial<PlacedLine> = {}): Line {
  return lineOf(storedLine(number, change));
}

/** Lines with these numbers, `to` excluded. */
export function heldLines(from: number, to: number): Line[] {
  return Array.from({ length: to - from }, (_, index) => heldLine(from + index));
}
