import * as z from 'zod';
import { LogLevel } from '../domain/report';
import type { LogEntry } from '../domain/ports';
import type { LogLine } from '../domain/query';

/** The last time that a date can hold, ms: https://tc39.es/ecma262/#sec-time-values-and-time-range */
export const LAST_TIME = 8.64e15;
/** The largest text of a stored line, bytes: what a frame can carry is kept whole. */
export const MAX_LINE = 1024 * 1024;
/** The largest stored line, bytes: JSON may write a byte of it as six. */
export const MAX_STORED = 6 * MAX_LINE + 1024;
/** Lines that are read at once for somebody are together at most this long, characters, but always one. */
export const MAX_READ = 8 * 1024 * 1024;

/**
 * A line of a segment `tasks/<id>/log/<n>.ndjson`: time in ms, attempt, agent, level, text. The last line of a report carries `q`, its
 * `seq` or 0 when it has none; what follows the last `q` is a part of a report and does not count.
 */
const StoredLine = z.object({
  at: z.number().max(LAST_TIME),
  a: z.number(),
  g: z.string(),
  l: LogLevel,
  t: z.string(),
  q: z.number().optional(),
});

/** The first line of every segment but the first: the last `seq` of each attempt so far. */
const Marks = z.object({ marks: z.record(z.string(), z.number()) });

/** The lines of one report, as they are stored. */
export function reportText(attempt: number, agentId: string, lines: readonly LogEntry[], seq = 0): string {
  return lines
    .map(({ at, level, text }, index) => {
      const mark = index === lines.length - 1 ? { q: seq } : {};
      return `${JSON.stringify({ at, a: attempt, g: agentId, l: level, t: cut(text), ...mark } satisfies z.infer<typeof StoredLine>)}\n`;
    })
    .join('');
}

/** The first line of a segment that follows others. */
export function marksText(marks: ReadonlyMap<number, number>): string {
  return `${JSON.stringify({ marks: Object.fromEntries(marks) } satisfies z.infer<typeof Marks>)}\n`;
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_LINE) return text;
  let end = MAX_LINE;
  // A UTF-8 continuation byte is 10xxxxxx; a character is never split.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}… [${(bytes.length - end).toLocaleString('en')} more bytes were cut]`;
}

// The text is the last field before `q` and its string ends in a quote, so no text can look like a mark.
const MARK = /,"q":(\d+)\}$/;

/** The mark at the end of a stored line, if it has one. */
export function markOf(text: string): number | undefined {
  const mark = MARK.exec(text)?.[1];
  return mark === undefined ? undefined : Number(mark);
}

/** The attempt of a stored line, without reading all of it. */
export function attemptOf(text: string): number | undefined {
  const attempt = /^\{"at":-?[\d.e+]+,"a":(\d+),/.exec(text)?.[1];
  return attempt === undefined ? undefined : Number(attempt);
}

/** The time of a stored line, ms, without reading all of it. */
export function timeOf(text: string): number | undefined {
  const at = /^\{"at":(\d{1,16}),/.exec(text)?.[1];
  return at === undefined ? undefined : Number(at);
}

/** The marks of a segment's first line; undefined when it is a log line. */
export function marksOf(text: string): Map<number, number> | undefined {
  if (!text.startsWith('{"marks":')) return undefined;
  const read = Marks.safeParse(parse(text));
  return read.success ? new Map(Object.entries(read.data.marks).map(([attempt, seq]) => [Number(attempt), seq])) : undefined;
}

/** A stored line as views get it; undefined when it is none. */
export function logLineOf(taskId: string, text: string): LogLine | undefined {
  const read = StoredLine.safeParse(parse(text));
  if (!read.success) return undefined;
  const { at, a: attempt, g: agentId, l: level, t } = read.data;
  return { at, taskId, attempt, agentId, level, text: t };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
