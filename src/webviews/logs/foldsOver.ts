import { Blocks } from './blocks';
import type { Line } from './line';
import { holds } from './matcher';
import { foldKey } from './row';

/**
 * The folds that hide a line, or what was looked for in it.
 * @param isSparse others between the lines may be missing, so that there are no blocks.
 */
export function foldsOver(lines: readonly Line[], key: string, isSparse: boolean, pattern: RegExp | undefined): string[] {
  const line = lines.find((one) => one.key === key);
  if (!line) return [];
  const block = isSparse ? undefined : new Blocks().in(lines).get(line);
  const isBelow = line.breaks > 0 && pattern !== undefined && !holds(pattern, line.text.slice(0, line.text.indexOf('\n')));
  return [...(block && block.first !== line ? [foldKey(block.first, 'block')] : []), ...(isBelow ? [foldKey(line, 'more')] : [])];
}
