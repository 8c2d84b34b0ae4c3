import { streamOf, type Line } from './line';

/** Lines that belong together and are folded to one row. */
export interface Block {
  kind: 'code' | 'json';
  /** What the fence says, lower case. */
  language: string;
  first: Line;
  lines: Line[];
}

/** More lines than this are no block. */
const MOST_LINES = 2000;

/** Finds blocks among lines. */
export class Blocks {
  /** Whether the lines from one to another are JSON, as it was found before. */
  private readonly known = new WeakMap<Line, { last: Line; isJson: boolean }>();

  /** The blocks among lines in order, by each of their lines. What is not closed is no block. */
  in(lines: readonly Line[]): Map<Line, Block> {
    const blocks = new Map<Line, Block>();
    const open = new Map<string, Block>();
    for (const line of lines) {
      if (line.edge === undefined && open.size === 0) continue;
      const stream = streamOf(line);
      const block = open.get(stream);
      if (!block) {
        if (line.edge === 'fence' || line.edge === 'open') open.set(stream, begin(line));
        continue;
      }
      block.lines.push(line);
      const end = this.endOf(block, line);
      if (end === 'goes on' && block.lines.length <= MOST_LINES) continue;
      if (end === 'whole') for (const one of block.lines) blocks.set(one, block);
      open.delete(stream);
    }
    return blocks;
  }

  private endOf(block: Block, line: Line): 'goes on' | 'whole' | 'broken' {
    if (block.kind === 'code') return line.edge === 'fence' && /^\s*`{3,}\s*$/.test(line.text) ? 'whole' : 'goes on';
    if (line.edge !== 'close' || indentOf(line) !== indentOf(block.first)) return 'goes on';
    return this.isJson(block, line) ? 'whole' : 'broken';
  }

  private isJson({ first, lines }: Block, last: Line): boolean {
    const known = this.known.get(first);
    if (known?.last === last) return known.isJson;
    const found = { last, isJson: isJson(lines.map(({ text }) => text).join('\n')) };
    this.known.set(first, found);
    return found.isJson;
  }
}

function begin(line: Line): Block {
  const isCode = line.edge === 'fence';
  const language = isCode ? (/^\s*`{3,}\s*([\w+#-]*)/.exec(line.text)?.[1] ?? '').toLowerCase() : 'json';
  return { kind: isCode ? 'code' : 'json', language, first: line, lines: [line] };
}

function indentOf({ text }: Line): number {
  return text.length - text.trimStart().length;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Where JSON begins in a text that ends with it, and its value; undefined when there is none worth folding. */
export function jsonIn({ text, bytes }: Line): { at: number; value: object } | undefined {
  if (bytes !== undefined || text.length < 12 || !/[}\]]\s*$/.test(text.slice(-8))) return undefined;
  const at = text.search(/[{[]/);
  if (at < 0 || at > 120) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(at));
    return typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? { at, value } : undefined;
  } catch {
    return undefined;
  }
}
