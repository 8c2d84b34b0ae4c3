import type { Line } from './line';

/** Lines that are selected: from one to another, both included; they need not be on the page any more. */
export interface Selection {
  anchor: Line;
  head: Line;
}

/** Both ends, the earlier one first. */
export function endsOf(lines: readonly Line[], { anchor, head }: Selection): [Line, Line] {
  const isDown = anchor.at === head.at ? indexOf(lines, anchor) <= indexOf(lines, head) : anchor.at < head.at;
  return isDown ? [anchor, head] : [head, anchor];
}

/** Which of the lines here are selected, `to` excluded; an end that is not here is beyond the first or the last one. */
export function selectedSpan(lines: readonly Line[], selection: Selection): { from: number; to: number; isWhole: boolean } {
  const [first, last] = endsOf(lines, selection).map((line) => indexOf(lines, line)) as [number, number];
  const [early, late] = endsOf(lines, selection);
  const from = first >= 0 ? first : lines.findIndex(({ at }) => at >= early.at);
  const to = last >= 0 ? last + 1 : lines.findLastIndex(({ at }) => at <= late.at) + 1;
  return { from: from < 0 ? lines.length : from, to, isWhole: first >= 0 && last >= 0 };
}

/** The selection after its head has moved by so many lines; without one it begins at `start`. */
export function movedSelection(
  lines: readonly Line[],
  selection: Selection | undefined,
  by: number,
  isExtending: boolean,
  start: Line | undefined,
): Selection | undefined {
  const at = selection ? indexOf(lines, selection.head) : -1;
  const head = at >= 0 ? lines[Math.max(0, Math.min(lines.length - 1, at + by))] : start;
  return head && { anchor: isExtending && selection ? selection.anchor : head, head };
}

function indexOf(lines: readonly Line[], line: Line): number {
  return lines.findIndex(({ key }) => key === line.key);
}
