import { isPlain, readAnsi, type Piece } from './ansi';
import { jsonIn } from './blocks';
import { rangesIn, type Range } from './matcher';
import type { LineRow, PartRow } from './row';
import { readCode, readJson } from './syntax';

/** Characters of a row that are shown; the rest is opened in an editor. */
export const SHOWN_CHARACTERS = 2_000;

/** A run as it is drawn; `isHit`: it was looked for. */
export type DrawnPiece = Piece & { isHit?: boolean };

/** What a row says: what follows a line break has rows of its own. */
export function textOf(row: LineRow | PartRow): string {
  if (row.kind === 'part') return row.text;
  const { text, breaks } = row.line;
  return breaks === 0 ? text : text.slice(0, text.indexOf('\n'));
}

/** True when the row does not show all that it stands for. */
export function isCut(row: LineRow | PartRow): boolean {
  return textOf(row).length > SHOWN_CHARACTERS || (row.kind === 'line' && row.line.bytes !== undefined);
}

/** The runs of a row. */
export function piecesOf(row: LineRow | PartRow, pattern: RegExp | undefined): DrawnPiece[] {
  const text = textOf(row).slice(0, SHOWN_CHARACTERS);
  const pieces = plainPieces(row, text);
  const hits = pattern ? rangesIn(pattern, text) : [];
  return hits.length > 0 ? marked(pieces, hits) : pieces;
}

function plainPieces(row: LineRow | PartRow, text: string): Piece[] {
  if (!isPlain(text)) return readAnsi(text);
  if (row.language !== undefined) return readCode(text, row.language);
  const json = row.kind === 'line' && row.line.breaks === 0 ? jsonIn(row.line) : undefined;
  if (!json) return [{ at: 0, length: text.length, text }];
  const head = text.slice(0, json.at);
  const rest = readJson(text.slice(json.at)).map((piece) => ({ ...piece, at: piece.at + json.at }));
  return head ? [{ at: 0, length: head.length, text: head }, ...rest] : rest;
}

/** Cuts the runs where hits begin and end; a mark is hit as a whole. */
function marked(pieces: readonly Piece[], hits: readonly Range[]): DrawnPiece[] {
  return pieces.flatMap((piece) => {
    const end = piece.at + piece.length;
    const own = hits.filter(({ from, to }) => from < end && to > piece.at);
    if (piece.mark || own.length === 0) return own.length > 0 ? [{ ...piece, isHit: true }] : [piece];
    const cuts = [...new Set([piece.at, ...own.flatMap(({ from, to }) => [Math.max(from, piece.at), Math.min(to, end)]), end])];
    return cuts.slice(0, -1).flatMap((from, index) => {
      const to = cuts[index + 1] ?? end;
      if (to === from) return [];
      const part = { ...piece, at: from, length: to - from, text: piece.text.slice(from - piece.at, to - piece.at) };
      return own.some((hit) => hit.from <= from && hit.to >= to) ? [{ ...part, isHit: true }] : [part];
    });
  });
}

/** The same in at most `most` runs: what is beyond them is one run of plain text. */
export function atMost(pieces: readonly DrawnPiece[], most: number): readonly DrawnPiece[] {
  if (pieces.length <= most) return pieces;
  const rest = pieces.slice(most - 1);
  const text = rest.map((piece) => piece.text).join('');
  return [...pieces.slice(0, most - 1), { at: rest[0]?.at ?? 0, length: text.length, text }];
}
