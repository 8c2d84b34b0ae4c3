import type { LogPlace } from '../../server/domain/logQuery';
import type { LogLine } from '../../server/domain/query';
import type { LogLevel } from '../../server/domain/report';
import type { CutLine } from '../protocol';

/** Characters of a line that are kept here; the rest stays with the tower. */
export const KEPT_CHARACTERS = 16_384;

/** Lines that were not shown live, by the agent that sent them. */
export interface Dropped {
  agentId: string;
  lines: number;
}

/** A line as the page holds it. */
export interface Line {
  /** Its place where it has one, else made here. */
  key: string;
  place: LogPlace | undefined;
  at: number;
  taskId: string;
  attempt: number;
  agentId: string;
  level: LogLevel;
  /** Its first characters at least. */
  text: string;
  /** The size of the whole text, bytes; undefined when `text` is all of it. */
  bytes: number | undefined;
  /** How many line breaks are in `text`. */
  breaks: number;
  /** What the line may begin or end: a fenced block, or JSON over several lines. */
  edge: Edge;
  /** It stands here only around a line that matches. */
  isContext: boolean;
  /** Lines that came before it and were left out. */
  dropped: readonly Dropped[] | undefined;
}

export type Edge = 'fence' | 'open' | 'close' | undefined;

let made = 0;

/** Takes a line in. */
export function lineOf(sent: CutLine | LogLine): Line {
  const { place, at, taskId, attempt, agentId, level } = sent;
  const whole = sent.text;
  const text = whole.length > KEPT_CHARACTERS ? whole.slice(0, KEPT_CHARACTERS) : whole;
  const bytes = 'bytes' in sent ? sent.bytes : text === whole ? undefined : new TextEncoder().encode(whole).length;
  return {
    key: place ?? `live-${++made}`,
    place,
    at,
    taskId,
    attempt,
    agentId,
    level,
    text,
    bytes,
    breaks: breaksIn(text),
    edge: edgeOf(text),
    isContext: false,
    dropped: undefined,
  };
}

/** Which work a line is of: blocks over several lines are of one attempt. */
export function streamOf({ taskId, attempt }: Line): string {
  return `${taskId}/${attempt}`;
}

function breaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

function edgeOf(text: string): Edge {
  if (text.length > 200) return undefined;
  const trimmed = text.trim();
  if (trimmed.startsWith('```')) return trimmed.indexOf('```', 3) < 0 ? 'fence' : undefined;
  if (trimmed === '{' || trimmed === '[') return 'open';
  return trimmed === '}' || trimmed === ']' || trimmed === '},' || trimmed === '],' ? 'close' : undefined;
}
