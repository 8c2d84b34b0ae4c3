import type { Piece } from './ansi';

const STRING = /"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|`(?:\\.|[^`\\])*`?/;
const NUMBER = /\b(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)\b/i;
const WORDS =
  'abstract and as async await begin bool boolean break case catch char class const continue def default defer del do done echo elif else ' +
  'end enum esac except export extends extern false fi finally float fn for from func function global go goto if impl implements import ' +
  'in int interface is lambda let local loop match mod mut namespace new nil None not null or package pass private protected public ' +
  'raise readonly return self static string struct super switch then this throw trait True False true try type typeof undefined ' +
  'unless until use using var void where while with yield select insert update delete create table from join';
const WORD = new RegExp(`\\b(?:${WORDS.split(' ').join('|')})\\b`);
const HASH = /#.*$/;
const SLASHES = /\/\/.*$|\/\*.*?(?:\*\/|$)/;
const DASHES = /--.*$/;
const COMMENTS: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    ['py', 'python', 'sh', 'bash', 'zsh', 'shell', 'console', 'yaml', 'yml', 'toml', 'rb', 'ruby', 'r'].map((key) => [key, HASH]),
  ),
  ...Object.fromEntries(['sql', 'lua', 'hs', 'haskell'].map((key) => [key, DASHES])),
};
const PROSE = new Set(['text', 'txt', 'plain', 'plaintext', 'md', 'markdown', 'diff', 'patch', 'log']);
const JSON_LIKE = new Set(['json', 'jsonc', 'json5', 'ndjson']);
const JSON_TOKENS = new RegExp(
  `(?<key>"(?:\\\\.|[^"\\\\])*"(?=\\s*:))|(?<string>"(?:\\\\.|[^"\\\\])*"?)|(?<number>-?${NUMBER.source})|(?<word>\\b(?:true|false|null)\\b)`,
  'gi',
);
const known = new Map<string, RegExp>();

/** A line of code as runs; each line by itself, so what begins on an earlier line is not known. */
export function readCode(text: string, language: string): Piece[] {
  if (PROSE.has(language)) return [{ at: 0, length: text.length, text }];
  return cut(text, JSON_LIKE.has(language) ? JSON_TOKENS : tokensOf(language));
}

/** A line of JSON as runs. */
export function readJson(text: string): Piece[] {
  return cut(text, JSON_TOKENS);
}

function tokensOf(language: string): RegExp {
  const comment = COMMENTS[language] ?? SLASHES;
  const made =
    known.get(comment.source) ??
    new RegExp(`(?<comment>${comment.source})|(?<string>${STRING.source})|(?<number>${NUMBER.source})|(?<word>${WORD.source})`, 'g');
  known.set(comment.source, made);
  return made;
}

function cut(text: string, tokens: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  const plain = (to: number): void => {
    if (to > from) pieces.push({ at: from, length: to - from, text: text.slice(from, to) });
  };
  for (const { 0: found, index, groups } of text.matchAll(tokens)) {
    const token = Object.keys(groups ?? {}).find((name) => groups?.[name] !== undefined);
    if (token === undefined || found === '') continue;
    plain(index);
    pieces.push({ at: index, length: found.length, text: found, token });
    from = index + found.length;
  }
  plain(text.length);
  return pieces;
}
