import * as z from 'zod';
import type { LogLevel } from './report';
import { cleanLine, shorten } from './text';

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
};
const MAX_STEP = 200;

const Said = z.string().optional().catch(undefined);
const Structured = z.object({
  level: Said,
  message: Said,
  msg: Said,
  text: Said,
  progress: z.number().min(0).max(1).optional().catch(undefined),
  step: Said,
});

/** What a line of output says: something for the log, progress, or both. */
export interface OutputLine {
  log?: { text: string; level: LogLevel };
  progress?: { progress: number; step?: string };
}

/** Reads one line: a JSON object with a `level` or a `progress` (0..1) is understood, anything else is text of `level`. */
export function readOutput(line: string, level: LogLevel): OutputLine {
  const said = line.startsWith('{') ? parse(line) : undefined;
  const own = LEVELS[said?.level?.toLowerCase() ?? ''];
  const read: OutputLine = {};
  if (said?.progress !== undefined) {
    const step = shorten(cleanLine(said.step ?? ''), MAX_STEP);
    read.progress = { progress: said.progress, ...(step ? { step } : {}) };
  }
  if (said && own) read.log = { text: said.message ?? said.msg ?? said.text ?? line, level: own };
  else if (!read.progress) read.log = { text: line, level };
  return read;
}

function parse(line: string): z.output<typeof Structured> | undefined {
  try {
    return Structured.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
