import { characterMark, sequenceMark, type Mark } from './inertMarks';
import { nearestColour } from './ansiColours';

/** How text looks; colours are numbers 0..15 of the terminal's own. */
export interface Look {
  fg?: number;
  bg?: number;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
}

/** A run of text that looks the same, or a mark; `at` is where it begins in the raw text, `length` how much of that it stands for. */
export interface Piece {
  at: number;
  length: number;
  text: string;
  look?: Look;
  mark?: Mark;
  /** Its part in JSON or code. */
  token?: string;
}

/** An escape sequence (ECMA-48 §5.4 and §8.3.89, also its 8-bit forms), or a character that must not act. */

const INERT =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

const COLOUR = /^(?:\u001b\[|\u009b)([\d;:]*)m$/;

/** Text as runs: colours are read, everything else that would act becomes a mark. */
export function readAnsi(text: string): Piece[] {
  const pieces: Piece[] = [];
  let look: Look = {};
  let from = 0;
  const run = (to: number): void => {
    if (to > from) pieces.push({ at: from, length: to - from, text: text.slice(from, to), ...(hasLook(look) ? { look } : {}) });
  };
  for (const { 0: found, index } of text.matchAll(INERT)) {
    run(index);
    from = index + found.length;
    const colour = COLOUR.exec(found);
    if (colour) {
      look = withCodes(look, colour[1] ?? '');
      continue;
    }
    const isSequence = found.length > 1 || found === '\u001b';
    const mark = isSequence ? sequenceMark(found) : characterMark(found.charCodeAt(0));
    pieces.push({ at: index, length: found.length, text: mark.text, mark });
  }
  run(text.length);
  return pieces;
}

/** True when nothing in a text would act, not even a colour. */
export function isPlain(text: string): boolean {
  return text.search(INERT) < 0;
}

/** Text without anything that acts where it is pasted. */
export function plainText(text: string): string {
  return text.replace(INERT, (found) => (found === '\n' ? '\n' : ''));
}

/** Carries out the codes of one sequence "select graphic rendition", ECMA-48 §8.3.117. */
function withCodes(before: Look, parameters: string): Look {
  // With colons a colour space may stand before red, green and blue (ITU-T T.416 §13.1.8).
  const codes = parameters
    .replace(/([34]8:2):\d*(?=:\d+:\d+:\d+)/g, '$1')
    .split(/[;:]/)
    .map(Number);
  let look = { ...before };
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 0) look = {};
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 7) look = swapped(look);
    else if (code === 9) look.strike = true;
    else if (code === 22) look = without(look, 'bold', 'dim');
    else if (code === 23) look = without(look, 'italic');
    else if (code === 24) look = without(look, 'underline');
    else if (code === 29) look = without(look, 'strike');
    else if (code === 39) look = without(look, 'fg');
    else if (code === 49) look = without(look, 'bg');
    else if (code === 38 || code === 48) {
      const { colour, used } = nearestColour(codes.slice(index + 1));
      index += used;
      if (colour !== undefined) look[code === 38 ? 'fg' : 'bg'] = colour;
    } else if (code >= 30 && code <= 37) look.fg = code - 30;
    else if (code >= 40 && code <= 47) look.bg = code - 40;
    else if (code >= 90 && code <= 97) look.fg = code - 82;
    else if (code >= 100 && code <= 107) look.bg = code - 92;
  }
  return look;
}

function swapped({ fg, bg, ...rest }: Look): Look {
  return { ...rest, fg: bg ?? 0, bg: fg ?? 7 };
}

function without(look: Look, ...keys: (keyof Look)[]): Look {
  const left = { ...look };
  for (const key of keys) delete left[key];
  return left;
}

function hasLook(look: Look): boolean {
  return Object.keys(look).length > 0;
}
