import { Refusal } from './refusal';
import type { LogMatch } from './logQuery';
import { phrase } from './phrase';

/** What a line must hold, as a regular expression without state. @throws {Refusal} on one that JavaScript does not take, with what is wrong. */
export function logPattern({ text, regex, wholeWord, matchCase }: LogMatch): RegExp {
  const source = regex ? text : text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const bound = wholeWord ? `(?<![\\p{L}\\p{N}_])(?:${source})(?![\\p{L}\\p{N}_])` : source;
  const flags = matchCase ? '' : 'i';
  try {
    return new RegExp(bound, `${flags}u`);
  } catch (error) {
    // Some expressions that people know are refused with the flag `u` alone.
    try {
      return new RegExp(wholeWord ? `\\b(?:${source})\\b` : source, flags);
    } catch {
      // The first words are about what was typed.
    }
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '';
    throw new Refusal('invalid', phrase('This is no regular expression: {0}.', reason));
  }
}
