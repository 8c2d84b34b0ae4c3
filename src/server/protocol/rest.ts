import * as z from 'zod';
import { CostBasis } from '../domain/cost';
import { EvidenceHead } from '../domain/evidence';
import { SentLine } from '../domain/report';
import { ErrorKind, Outcome, Priority, Status, TaskPatch, TaskSpec, Usage } from '../domain/task';
import { line, text } from '../domain/text';
import { AssignParams } from './agent';

/** Bodies of the REST API. camelCase, times ISO 8601 UTC. */

const ALIASES: Record<string, Status> = {
  queued: 'pending',
  working: 'running',
  in_progress: 'running',
  done: 'completed',
  succeeded: 'completed',
  error: 'failed',
  canceled: 'cancelled',
};

/** A status as others spell it; one spelling goes out. */
export const StatusIn = z.preprocess((value) => (typeof value === 'string' ? (ALIASES[value] ?? value) : value), Status);

const flexible = z.looseObject({ title: z.unknown().optional(), description: z.unknown().optional(), prompt: z.unknown().optional() });

/** A new task. `description` is accepted as the prompt, its first line as the title. */
export const CreateTaskBody = z.preprocess(
  (value) => {
    const body = flexible.safeParse(value);
    if (!body.success) return value;
    const { description, ...rest } = body.data;
    const prompt = rest.prompt ?? description;
    const firstLine = typeof prompt === 'string' ? (prompt.trim().split('\n', 1)[0] ?? '').slice(0, 200) : undefined;
    return { ...rest, ...(prompt === undefined ? {} : { prompt }), title: rest.title ?? firstLine };
  },
  TaskSpec.extend({
    status: StatusIn.pipe(z.enum(['pending', 'running']))
      .default('pending')
      .describe('`running`: the work goes on elsewhere and is only reported here.'),
    leaseMs: z.int().min(1000).max(86_400_000).optional(),
  }),
);
export const PatchTaskBody = TaskPatch.extend({
  before: z.string().nullable().optional().describe('Puts the task before this one; null = last of its priority.'),
});
export const RetryBody = z.strictObject({
  note: text(16 * 1024).optional(),
  agent: line(80).nullable().optional().describe('Another agent than before; null = any that fits.'),
});
export const PauseBody = z.strictObject({ when: z.enum(['now', 'afterCurrent']).default('now') });
export const ClaimBody = z.strictObject({
  agent: line(80),
  skills: z.array(z.string().max(40)).max(50).default([]),
  capacity: z.int().min(1).max(64).default(1),
  waitMs: z.int().min(0).max(60_000).default(0).describe('How long to wait for work before answering that there is none.'),
  leaseMs: z.int().min(1000).max(86_400_000).optional(),
});
/** The answer to a claim: work with its URL and token, as in `task/assign`, or why there is none; both when the agent is to go on with what it has. */
export const ClaimOut = z.object({
  assignment: AssignParams.optional(),
  reason: z.enum(['continue_current', 'at_capacity', 'paused', 'no_tasks_available']).optional(),
});
const report = { attempt: z.int().positive().optional(), seq: z.int().positive().optional(), agent: line(80).optional() };
export const ProgressBody = z.strictObject({
  ...report,
  progress: z.number().min(0).max(1).nullable().default(null),
  step: line(200).optional(),
});
export const LogsBody = z.strictObject({
  ...report,
  lines: z
    .array(z.union([SentLine, z.string().transform((value) => ({ text: value, level: 'info' as const }))]))
    .min(1)
    .max(1000),
});
export const UsageBody = Usage.extend(report).strict();
/** A piece of evidence with its bytes: as text, or as base64. */
export const InlineEvidence = EvidenceHead.extend({
  text: z.string().optional(),
  dataBase64: z.base64().optional(),
  mime: z.string().max(100).optional(),
});
export type InlineEvidence = z.infer<typeof InlineEvidence>;
export const ResultBody = z.strictObject({
  ...report,
  result: z.union([z.string(), z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value, null, 2))]).default(''),
  usage: Usage.optional(),
  evidence: z.array(InlineEvidence).max(50).default([]),
});
export const ErrorBody = z.strictObject({
  ...report,
  error: z
    .string()
    .max(16 * 1024)
    .optional(),
  message: z
    .string()
    .max(16 * 1024)
    .optional(),
  kind: ErrorKind.default('agent_error'),
  retryAt: z.iso.datetime({ offset: true }).optional(),
  usage: Usage.optional(),
});
export const AnswerBody = z.strictObject({
  answer: text(16 * 1024).default(''),
  optionId: line(80).optional(),
  questionId: line(80).optional(),
});
export const MessageBody = z.strictObject({ text: text(64 * 1024) });
export const SignOffBody = z.strictObject({ verdict: z.enum(['accepted', 'rejected']), note: text(16 * 1024).optional() });
/** One or several, as a query string repeats them. */
export const Many = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(item));
/** Filters and paging of `GET /api/tasks`. */
export const TaskListQuery = z.strictObject({
  status: Many(StatusIn).optional(),
  agent: z.string().max(80).optional(),
  priority: Many(Priority).optional(),
  text: z.string().max(200).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  order: z.enum(['queue', 'newest', 'oldest']).default('queue'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});
/** Query string of `POST /api/tasks/{id}/evidence`, whose body is the bytes. */
export const EvidenceQuery = z.strictObject({
  kind: EvidenceHead.shape.kind.default('file'),
  name: line(120),
  viewport: z
    .string()
    .regex(/^\d{1,5}x\d{1,5}$/)
    .transform((value) => {
      const [width = 0, height = 0] = value.split('x').map(Number);
      return { width, height };
    })
    .optional(),
  attempt: z.coerce.number().int().positive().optional(),
  description: text(4 * 1024).optional(),
  agent: line(80).optional(),
});

/** What something cost, as REST shows it. */
export const CostOut = z.object({
  usd: z.number().nullable().describe('US dollars, as far as it is known; null when nothing is.'),
  basis: CostBasis.describe('`estimated` when any part of it is.'),
  unknown: z.int().describe('How many attempts tell nothing that it could be known from; they are not in `usd`.'),
});
export type CostOut = z.infer<typeof CostOut>;

/** An attempt as REST shows it. */
export const AttemptOut = z.object({
  n: z.int(),
  agent: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  outcome: Outcome.nullable(),
  usage: Usage.nullable(),
  cost: CostOut.nullable().describe('null while it works and has told nothing.'),
});

/** A task as REST shows it. */
export const TaskOut = z.object({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  status: Status,
  phase: z.string().optional(),
  priority: Priority,
  kind: z.string(),
  agent: z.string().nullable(),
  skills: z.array(z.string()),
  after: z.array(z.string()),
  requires: z.array(z.string()),
  progress: z.number().nullable(),
  attempt: z.int().describe('The attempt under way or last, 0 before the first.'),
  queuePosition: z.int().nullable(),
  waitsFor: z.string().nullable().describe('Why a pending task does not run yet, in words.'),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  completedAt: z.iso.datetime().nullable(),
  cost: CostOut.nullable()
    .optional()
    .describe('Of all attempts; null before there is anything to tell, absent in lists of tasks long finished.'),
  result: z.string().nullable().optional(),
  prompt: z.string().optional(),
  error: z.object({ kind: z.string(), message: z.string() }).nullable(),
  externalId: z.string().optional(),
});
export type TaskOut = z.infer<typeof TaskOut>;
/** One task with its texts and attempts. */
export const TaskDetailsOut = TaskOut.extend({ attempts: z.array(AttemptOut) });
export type TaskDetailsOut = z.infer<typeof TaskDetailsOut>;

/** `application/problem+json` (RFC 9457). */
export const Problem = z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string() });
