import { logPattern } from '../../server/domain/logPattern';
import type { LogMatch } from '../../server/domain/logQuery';
import { spoken } from '../../server/domain/spoken';

/** Where something was found in a text. */
export interface Range {
  from: number;
  to: number;
}

/** Ranges found in one text at most. */
const MOST = 100;

/** What a match looks for, as a regular expression with the flag `g`. @throws {Refusal} when it is none. */
export function patternOf(match: LogMatch): RegExp {
  const { source, flags } = logPattern(match);
  return new RegExp(source, `${flags}g`);
}

/** Why a match cannot be looked for, in the engine's words; undefined when it can. */
export function faultOf(match: LogMatch): string | undefined {
  try {
    patternOf(match);
    return undefined;
  } catch (error) {
    return spoken(error).replace(/^This is no regular expression: \/.*\/[a-z]*: (.*)\.$/s, '$1');
  }
}

/** Where `pattern` (with the flag `g`) is found in `text`; what is empty is no hit. */
export function rangesIn(pattern: RegExp, text: string): Range[] {
  const found: Range[] = [];
  for (const { 0: hit, index } of text.matchAll(pattern)) {
    if (hit.length > 0) found.push({ from: index, to: index + hit.length });
    if (found.length === MOST) break;
  }
  return found;
}

/** True when `text` holds it. */
export function holds(pattern: RegExp, text: string): boolean {
  return text.search(pattern) >= 0;
}
