import * as z from 'zod';
import { EvidenceHead } from './evidence';
import { ErrorKind, Usage } from './task';
import { line, text } from './text';

export const LogLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;

/** One line as an agent sends it, as long as a frame or body can be. `at` is the agent's own time, ms; without it the tower's is taken. */
export const SentLine = z.object({
  text: z.string(),
  level: LogLevel.catch('info').default('info'),
  at: z.int().positive().optional(),
});
export type SentLine = z.infer<typeof SentLine>;

const RESULT_BYTES = 256 * 1024;

/** What an agent reports of an attempt. */
export const AgentReport = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    progress: z.number().min(0).max(1).nullable().default(null),
    step: line(200).optional(),
  }),
  z.object({ type: z.literal('log'), lines: z.array(SentLine).min(1).max(1000) }),
  z.object({ type: z.literal('message'), text: text(64 * 1024) }),
  z.object({
    type: z.literal('plan'),
    entries: z.array(z.object({ text: line(500), status: z.enum(['pending', 'in_progress', 'completed']) })).max(200),
  }),
  z.object({
    type: z.literal('tool'),
    name: line(200),
    status: z.enum(['pending', 'in_progress', 'completed', 'failed']),
    detail: line(500).optional(),
  }),
  z.object({ type: z.literal('usage'), usage: Usage }),
  /** The agent's own name for the session it works in; with it, a later task can go on from here. */
  z.object({ type: z.literal('session'), id: line(200) }),
  z.object({ type: z.literal('evidence'), evidence: EvidenceHead, text: text(512 * 1024).default('') }),
  z.object({ type: z.literal('result'), result: text(RESULT_BYTES).default(''), usage: Usage.optional() }),
  z.object({
    type: z.literal('error'),
    kind: ErrorKind.default('agent_error'),
    message: text(16 * 1024),
    /** When the limit that was hit returns, ISO 8601; parks the task with kind `limit`. */
    retryAt: z.iso.datetime({ offset: true }).optional(),
    usage: Usage.optional(),
  }),
  z.object({ type: z.literal('cancelled'), usage: Usage.optional() }),
]);
export type AgentReport = z.infer<typeof AgentReport>;

/** Reports that end an attempt; the first one wins. */
export type FinalReport = Extract<AgentReport, { type: 'result' | 'error' | 'cancelled' }>;

/** True when the report ends its attempt. */
export function isFinalReport(report: AgentReport): report is FinalReport {
  return report.type === 'result' || report.type === 'error' || report.type === 'cancelled';
}
