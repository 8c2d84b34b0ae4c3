import { logPattern } from '../../domain/logPattern';
import type { LogMatch, LogScope } from '../../domain/logQuery';
import { logLineOf } from '../logSegment';
import { requiredText } from './requiredText';
import { headOf, headTest } from './storedLine';

const NEWLINE = 0x0a;
const TEXT = Buffer.from(',"t":"');

/** Hits of one segment: how many, and the last ones as pairs of time (ms) and offset (bytes). */
export interface ScanHits {
  total: number;
  kept: number[];
}

/** What is looked for in segments: bytes first, so that most lines are never made into text. */
export class Scan {
  private readonly pattern: RegExp;
  private readonly passes: ReturnType<typeof headTest>;
  /** Stands in every stored line that matches, as latin1 and in lower case when case does not count; undefined = no line is ruled out. */
  private readonly needle: string | undefined;
  private readonly foldsCase: boolean;
  /** Finding the needle inside the text is finding a match. */
  private readonly isExact: boolean;
  /** It holds `k` or `s`, which have relatives beyond ASCII that fold to them. */
  private readonly mayFoldOdd: boolean;

  /** @throws {Refusal} on a bad regular expression. */
  constructor(match: LogMatch, scope: LogScope) {
    this.pattern = logPattern(match);
    this.passes = headTest(scope);
    this.foldsCase = !match.matchCase;
    const required = match.regex ? requiredText(match.text) : match.text;
    // Letters beyond ASCII fold in ways that bytes do not show.
    const canLook = required !== undefined && (match.matchCase || /^[\x20-\x7e]*$/.test(required));
    // What JSON escapes stands escaped in the file.
    const stored = Buffer.from(JSON.stringify(required ?? '').slice(1, -1)).toString('latin1');
    this.needle = canLook ? (this.foldsCase ? stored.toLowerCase() : stored) : undefined;
    this.isExact = canLook && !match.regex && !match.wholeWord && !stored.includes('\\');
    this.mayFoldOdd = canLook && this.foldsCase && /[ks]/i.test(required);
  }

  /** @param keep how many of the last hits are told. */
  run(bytes: Buffer, keep: number): ScanHits {
    const kept: number[] = [];
    let total = 0;
    const hit = (at: number, offset: number): void => {
      total++;
      kept.push(at, offset);
      if (kept.length > 4 * keep) kept.splice(0, kept.length - 2 * keep);
    };
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    if (this.needle === undefined || (this.mayFoldOdd && hasOddLetters(bytes))) this.each(bytes, whole, hit);
    else this.look(bytes, whole, this.needle, hit);
    return { total, kept: kept.slice(-2 * keep) };
  }

  private look(bytes: Buffer, whole: number, needle: string, hit: (at: number, offset: number) => void): void {
    const raw = bytes.toString('latin1', 0, whole);
    const text = this.foldsCase ? raw.toLowerCase() : raw;
    for (let found = text.indexOf(needle); found >= 0;) {
      const start = raw.lastIndexOf('\n', found) + 1;
      const end = raw.indexOf('\n', found);
      const line = raw.slice(start, end);
      const begin = line.indexOf(',"t":"') + TEXT.length;
      if (found - start < begin && begin >= TEXT.length) {
        // Before the text: the same line may hold it in the text as well.
        const again = text.indexOf(needle, start + begin);
        if (again >= 0 && again < end) {
          found = again;
          continue;
        }
      } else if (begin >= TEXT.length && this.isHit(bytes, line, start, end, found - start, begin, needle.length)) {
        const at = this.timeOf(line);
        if (at !== undefined) hit(at, start);
      }
      found = text.indexOf(needle, end);
    }
  }

  private isHit(bytes: Buffer, line: string, start: number, end: number, found: number, begin: number, length: number): boolean {
    const textEnd = line.length - (/"(?:,"q":\d+)?\}$/.exec(line)?.[0].length ?? 2);
    // Escapes before it may be cut by it, and the mark at the end is no text.
    const isPlain = this.isExact && found + length <= textEnd && !line.slice(Math.max(begin, found - 6), found).includes('\\');
    return isPlain || this.isInText(bytes.toString('utf8', start, end));
  }

  private isInText(stored: string): boolean {
    const line = logLineOf('', stored);
    return line !== undefined && this.pattern.test(line.text);
  }

  private timeOf(line: string): number | undefined {
    const head = headOf(line);
    return head && this.passes(head) ? head.at : undefined;
  }

  private each(bytes: Buffer, whole: number, hit: (at: number, offset: number) => void): void {
    for (let start = 0; start < whole;) {
      const end = bytes.indexOf(NEWLINE, start);
      const stored = bytes.toString('utf8', start, end);
      const head = headOf(stored);
      if (head && this.passes(head)) {
        const textEnd = stored.length - (/"(?:,"q":\d+)?\}$/.exec(stored)?.[0].length ?? 2);
        const text = stored.slice(head.text, textEnd);
        if (text.includes('\\') ? this.isInText(stored) : this.pattern.test(text)) hit(head.at, start);
      }
      start = end + 1;
    }
  }
}

/** U+212A and U+017F, which fold to `k` and `s`. */
function hasOddLetters(bytes: Buffer): boolean {
  return bytes.includes('\u212a') || bytes.includes('\u017f');
}
