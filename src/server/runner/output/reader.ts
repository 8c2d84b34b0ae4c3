import type { EvidenceHead } from '../../domain/evidence';
import type { AgentReport, FinalReport, LogLevel } from '../../domain/report';
import type { Usage } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { Exit } from '../agentProcess';
import type { EvidenceBody } from '../driver';
import { kindOfWords, retryAtOf } from '../failureWords';

export type Stream = 'stdout' | 'stderr';

/** What the output of a process says of how its work ended; nothing = its exit code decides. */
export interface OutputEnd {
  result?: string;
  error?: Extract<FinalReport, { type: 'error' }>;
  usage?: Usage;
}

/** Reads what the process of one attempt prints. Whatever is not as its format promises is a plain line of the log. */
export interface OutputReader {
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

const MAX_MESSAGE = 4_000;

/** A line of the log. */
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

/** The end of work that failed in the agent's own words. */
export function failedWith(words: string, how: string): Extract<FinalReport, { type: 'error' }> {
  const kind = kindOfWords(words);
  const message = shorten(cleanLine(words), MAX_MESSAGE) || how;
  const retryAt = kind === 'limit' ? retryAtOf(words, Date.now()) : undefined;
  return { type: 'error', kind, message, ...(retryAt === undefined ? {} : { retryAt }) };
}

/** How a process ended, in words. */
export function howEnded({ code, signal }: Exit): string {
  return code === null ? `ended by ${signal}` : `exit code ${code}`;
}

/** A line as a JSON object, or undefined. */
export function objectIn(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
