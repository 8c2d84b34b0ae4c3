import type { LogLine } from '../../server/domain/query';
import type { CutLine } from '../../webviews/protocol';

/** Characters of a line that a page gets; the rest is opened in an editor. */
export const CUT_AT = 16_384;

/** The line with its beginning alone when it is very long. */
export function cutLine<Line extends LogLine>(line: Line): Line & CutLine {
  if (line.text.length <= CUT_AT) return line;
  return { ...line, text: line.text.slice(0, CUT_AT), bytes: Buffer.byteLength(line.text) };
}
