import { posix } from 'node:path';

/** What is looked for. */
export const RULES = {
  'broken-link': { level: 'warning', about: 'A relative link leads to a file that does not exist.' },
  'unreadable-json': { level: 'error', about: 'A JSON file cannot be parsed.' },
  'conflict-marker': { level: 'error', about: 'A merge conflict was left in the file.' },
  todo: { level: 'note', about: 'A note of something to be done.' },
} as const;
export type Rule = keyof typeof RULES;

/** One thing that is wrong with a file. Lines and columns count from 1. */
export interface Trouble {
  rule: Rule;
  file: string;
  line: number;
  column?: number;
  message: string;
}

/** A relative link of a document, not yet looked after. */
export interface Link {
  file: string;
  line: number;
  /** As it is written. */
  text: string;
  /** A path below the folder, with `/`. */
  target: string;
}

const MARKDOWN = /\.(md|markdown|mdx)$/i;
const HTML = /\.html?$/i;
/** `[text](target "title")`, with or without angle brackets: https://spec.commonmark.org/0.31.2/#links */
const INLINE = /\]\(\s*(?:<([^<>\n]*)>|([^()\s]+(?:\([^()\s]*\)[^()\s]*)*))(?:\s+["'(][^\n]*?)?\s*\)/g;
const REFERENCE = /^ {0,3}\[[^\]^][^\]]*\]:\s*(?:<([^<>\n]*)>|(\S+))/;
const ATTRIBUTE = /\s(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** Filled in by a program before anyone follows it. */
const TEMPLATE = /\{\{|\$\{|<%|\{%/;
/** Files that may hold comments, though they are called JSON. */
const COMMENTED =
  /(^|\/)(\.vscode|\.devcontainer|\.zed)\/|(^|\/)([tj]sconfig[^/]*|\.?(eslintrc|babelrc|jshintrc|swcrc|jscsrc)[^/]*|devcontainer|language-configuration)\.json$/i;
const TODO = /(?:^|[^\w-])(TODO|FIXME)\b[:(\s]/;
const LONGEST_LINE = 2_000;

/** What can be told from the text of one file alone. */
export function troublesIn(file: string, text: string): Trouble[] {
  const lines = text.split('\n');
  return [...jsonTrouble(file, text), ...conflicts(file, lines), ...todos(file, lines)];
}

function jsonTrouble(file: string, text: string): Trouble[] {
  if (!/\.json$/i.test(file) || COMMENTED.test(file)) return [];
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return [];
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const at = /position (\d+)/.exec(said)?.[1];
    const before = text.slice(0, at === undefined ? text.length : Number(at)).split('\n');
    const why =
      text.trim() === ''
        ? 'the file is empty'
        : said.replace(/ in JSON at position[\s\S]*$/, '').replace(/^./, (first) => first.toLowerCase());
    return [{ rule: 'unreadable-json', file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: `Not JSON: ${why}.` }];
  }
}

/** A conflict has both of its outer marks, in this order: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented */
function conflicts(file: string, lines: readonly string[]): Trouble[] {
  const troubles: Trouble[] = [];
  let start: number | undefined;
  lines.forEach((line, at) => {
    if (line.startsWith('<<<<<<< ')) start = at;
    else if (start !== undefined && line.startsWith('>>>>>>> ')) {
      troubles.push({
        rule: 'conflict-marker',
        file,
        line: start + 1,
        message: `A merge conflict was left in lines ${start + 1} to ${at + 1}.`,
      });
      start = undefined;
    }
  });
  return troubles;
}

function todos(file: string, lines: readonly string[]): Trouble[] {
  return lines.flatMap((line, at): Trouble[] => {
    const found = line.length > LONGEST_LINE ? null : TODO.exec(line);
    if (!found) return [];
    const message = line
      .slice(found.index)
      .replace(/^[^\w]+/, '')
      .replace(/\s*(\*\/|-->)\s*$/, '')
      .trim()
      .slice(0, 200);
    return [{ rule: 'todo', file, line: at + 1, column: found.index + 1, message }];
  });
}

/** The relative links of a Markdown or HTML file that stay in the folder. */
export function linksIn(file: string, text: string): Link[] {
  if (MARKDOWN.test(file)) return markdownLinks(file, text);
  return HTML.test(file) ? htmlLinks(file, text) : [];
}

function markdownLinks(file: string, text: string): Link[] {
  const links: Link[] = [];
  let fence: string | undefined;
  text.split('\n').forEach((whole, at) => {
    const mark = /^\s*(?:>\s*)*(`{3,}|~{3,})/.exec(whole)?.[1];
    if (mark !== undefined && (fence === undefined || (mark.startsWith(fence) && whole.trim() === mark))) {
      fence = fence === undefined ? mark : undefined;
      return;
    }
    if (fence !== undefined || whole.length > LONGEST_LINE) return;
    const line = whole.replace(/(`+)(?!`).*?\1(?!`)/g, (code) => ' '.repeat(code.length));
    const own = [...line.matchAll(INLINE)].map(([, angled, plain]) => angled ?? plain);
    const reference = REFERENCE.exec(line);
    const targets = reference ? [...own, reference[1] ?? reference[2]] : own;
    for (const written of [...targets, ...attributes(line)]) push(links, file, at + 1, written, () => true);
  });
  return links;
}

function htmlLinks(file: string, text: string): Link[] {
  const links: Link[] = [];
  // A page without an ending may be made by a server.
  const isFile = (target: string): boolean => posix.extname(target) !== '';
  text.split('\n').forEach((line, at) => {
    for (const written of attributes(line)) push(links, file, at + 1, written, isFile);
  });
  return links;
}

function attributes(line: string): (string | undefined)[] {
  return [...line.matchAll(ATTRIBUTE)].map(([, double, single]) => double ?? single);
}

function push(links: Link[], file: string, line: number, text: string | undefined, wanted: (target: string) => boolean): void {
  const target = text === undefined ? undefined : targetOf(file, text);
  if (text !== undefined && target !== undefined && wanted(target)) links.push({ file, line, text, target });
}

/** The path below the folder that a link leads to; undefined for what is no file of the folder. */
function targetOf(file: string, written: string): string | undefined {
  if (SCHEME.test(written) || written.startsWith('//') || TEMPLATE.test(written)) return undefined;
  const path = decoded(written.replace(/[?#][\s\S]*$/, ''));
  if (path === undefined || path === '' || path.includes('\0')) return undefined;
  const target = posix.normalize(path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(file), path));
  return target.startsWith('../') || target === '..' ? undefined : target;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
