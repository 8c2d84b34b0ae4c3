import type { EvidenceHead } from '../../domain/evidence';
import type { AgentReport, FinalReport, LogLevel } from '../../domain/report';
import type { Usage } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { Exit } from '../agentProcess';
import type { EvidenceBody } from '../driver';
import { kindOfWords, retryAtOf } from '../failureWords';

export type Stream = 'stdout' | 'stderr';
type Failed = Extract<FinalReport, { type: 'error' }>;

/** What the output of a process says of how its work ended; nothing = its exit code decides. */
export interface OutputEnd {
  result?: string;
  error?: Failed;
  usage?: Usage;
}

/** Reads what the process of one attempt prints. Whatever is not as its format promises is a plain line of the log. */
export interface OutputReader {
  /** The longest line of standard output that may be of use, bytes; without it 64 KiB. */
  readonly maxLine?: number;
  /** @returns what the line says, in order. */
  line(stream: Stream, text: string): AgentReport[];
  end(exit: Exit): OutputEnd;
  /** What is still to be said once the process has ended. */
  last?(): AgentReport[];
  /** What the run leaves as evidence. @param cwd where it ran, absolute. */
  evidence?(cwd: string): Promise<HandedIn[]>;
}

/** A piece of evidence that a reader found. */
export interface HandedIn {
  head: EvidenceHead;
  body: EvidenceBody;
}

/** A line of JSON may hold a whole file or a picture, bytes. */
export const MAX_JSON_LINE = 8 * 1024 * 1024;
const MAX_MESSAGE = 4_000;

/** Text as lines of the log. */
export function logged(text: string, level: LogLevel = 'info'): AgentReport[] {
  const lines = text.split('\n').filter((line, _, all) => line !== '' || all.length === 1);
  return lines.length === 0
    ? []
    : [{ type: 'log', lines: lines.slice(0, 1000).map((line) => ({ text: shorten(line, 64_000), level, at: Date.now() })) }];
}

/** A tool call; its name and what it is about on one line each. */
export function tool(name: string, status: 'in_progress' | 'completed' | 'failed', detail = ''): AgentReport {
  const about = shorten(cleanLine(detail), 500);
  return { type: 'tool', name: shorten(cleanLine(name), 200) || 'tool', status, ...(about ? { detail: about } : {}) };
}

/** What a format may hold beyond what is read here: of use to who looks for a fault. */
export function unread(text: string): AgentReport[] {
  return logged(shorten(text, 2_000), 'debug');
}

/** The session under the agent's own name for it. */
export function session(id: string | undefined): AgentReport[] {
  const name = shorten(cleanLine(id ?? ''), 200);
  return name ? [{ type: 'session', id: name }] : [];
}

/** A list of steps, and how much of it is done. */
export function plan(steps: readonly { text: string; status: 'pending' | 'in_progress' | 'completed' }[]): AgentReport[] {
  const entries = steps.flatMap(({ text, status }) => {
    const short = shorten(cleanLine(text), 500);
    return short ? [{ text: short, status }] : [];
  });
  if (entries.length === 0) return [];
  const done = entries.filter(({ status }) => status === 'completed').length;
  const step = entries.find(({ status }) => status === 'in_progress')?.text;
  return [
    { type: 'plan', entries: entries.slice(0, 200) },
    { type: 'progress', progress: done / entries.length, ...(step === undefined ? {} : { step: shorten(step, 200) }) },
  ];
}

/**
 * The end of work that failed in the agent's own words.
 * @param login how a person logs in, a sentence.
 * @param told what the agent says of the failure beyond its words.
 */
export function failedWith(words: string, login: string, told: { kind?: Failed['kind']; retryAt?: string | undefined } = {}): Failed {
  const message = shorten(cleanLine(words), MAX_MESSAGE);
  const kind = told.kind ?? kindOfWords(words);
  if (kind === 'auth_required') return { type: 'error', kind, message: `${/[.!?]$/.test(message) ? message : `${message}.`} ${login}` };
  const retryAt = kind === 'limit' ? (retryAtOf(words, Date.now()) ?? told.retryAt) : undefined;
  return { type: 'error', kind, message, ...(retryAt === undefined ? {} : { retryAt }) };
}

/** The end of a known agent that said nothing of how its work went: its last words tell more than they would of any program. */
export function explained({ error, ...end }: OutputEnd, login: string): OutputEnd {
  return error ? { ...end, error: failedWith(error.message, login) } : end;
}

/** How a process ended, in words. */
export function howEnded({ code, signal }: Exit): string {
  return code === null ? `ended by ${signal}` : `exit code ${code}`;
}

/** A line as JSON that is an object, or undefined. */
export function objectIn(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
