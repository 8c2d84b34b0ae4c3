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
  /** Stands in every stored line that matches; undefined = no line is ruled out. */
  private readonly needle: Buffer | undefined;
  /** Finds the needle in latin1 when case does not count; a copy in lower case takes six times as long. */
  private readonly anyCase: RegExp | undefined;
  /** Finding the needle inside the text is finding a match. */
  private readonly isExact: boolean;
  /** It holds `k` or `s`, which have relatives beyond ASCII that fold to them. */
  private readonly mayFoldOdd: boolean;

  /** @throws {Refusal} on a bad regular expression. */
  constructor(match: LogMatch, scope: LogScope) {
    this.pattern = logPattern(match);
    this.passes = headTest(scope);
    const required = match.regex ? requiredText(match.text) : match.text;
    // Letters beyond ASCII fold in ways that bytes do not show.
    const canLook = required !== undefined && (match.matchCase || /^[\x20-\x7e]*$/.test(required));
    // What JSON escapes stands escaped in the file.
    const stored = JSON.stringify(required ?? '').slice(1, -1);
    this.needle = canLook ? Buffer.from(stored) : undefined;
    this.anyCase = canLook && !match.matchCase ? new RegExp(stored.replace(/[^\w\s]/g, '\\$&'), 'gi') : undefined;
    this.isExact = canLook && !match.regex && !match.wholeWord && !stored.includes('\\');
    this.mayFoldOdd = canLook && !match.matchCase && /[ks]/i.test(required);
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
    else this.look(bytes.subarray(0, whole), this.needle, hit);
    return { total, kept: kept.slice(-2 * keep) };
  }

  private look(bytes: Buffer, needle: Buffer, hit: (at: number, offset: number) => void): void {
    const find = this.finder(bytes, needle);
    for (let found = find(0); found >= 0;) {
      const start = bytes.lastIndexOf(NEWLINE, found) + 1;
      const end = bytes.indexOf(NEWLINE, found);
      const line = bytes.toString('latin1', start, end);
      const begin = line.indexOf(',"t":"') + TEXT.length;
      if (found - start < begin && begin >= TEXT.length) {
        // Before the text: the same line may hold it in the text as well.
        const again = find(start + begin);
        if (again >= 0 && again < end) {
          found = again;
          continue;
        }
      } else if (begin >= TEXT.length && this.isHit(bytes, line, start, end, found - start, begin, needle.length)) {
        const at = this.timeOf(line);
        if (at !== undefined) hit(at, start);
      }
      found = find(end);
    }
  }

  /** Gives the next place of the needle at or after one, or -1. */
  private finder(bytes: Buffer, needle: Buffer): (from: number) => number {
    const { anyCase } = this;
    if (!anyCase) return (from) => bytes.indexOf(needle, from);
    const text = bytes.toString('latin1');
    return (from) => {
      anyCase.lastIndex = from;
      return anyCase.test(text) ? anyCase.lastIndex - needle.length : -1;
    };
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
