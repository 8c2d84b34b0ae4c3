import * as z from 'zod';
import { Cost } from './cost';
import { Evidence } from './evidence';
import { Requirement } from './requirement';
import { line, text } from './text';

/** A task's or command's id: a ULID. */
export const Id = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/, 'is not a ULID');
/** How a task is named by people and programs: its ULID or `#12`. */
export const TaskRef = z.union([Id, z.string().regex(/^#\d{1,9}$/)], { error: 'is neither a task id nor a number such as #12' });

export const Priority = z.enum(['urgent', 'high', 'normal', 'low']);
export type Priority = z.infer<typeof Priority>;

export const Status = z.enum(['pending', 'running', 'input_required', 'parked', 'review', 'completed', 'failed', 'cancelled']);
export type Status = z.infer<typeof Status>;

/** What a running attempt is doing. */
export const Phase = z.enum(['starting', 'working', 'cancelling', 'checking']);
export type Phase = z.infer<typeof Phase>;

export const ErrorKind = z.enum([
  'agent_error',
  'timeout',
  'stalled',
  'lost_contact',
  'spawn_failed',
  'auth_required',
  'limit',
  'declined',
  'refused',
  'verification',
  'protocol_error',
]);
export type ErrorKind = z.infer<typeof ErrorKind>;

export const TaskError = z.object({ kind: ErrorKind, message: text(16 * 1024) });
export type TaskError = z.infer<typeof TaskError>;

/** Bounds of a task. `timeMs`: running time of one attempt; `attempts`: tries that the tower makes by itself. */
export const Limits = z.strictObject({
  timeMs: z
    .int()
    .min(1000)
    .max(7 * 86_400_000)
    .optional(),
  attempts: z.int().min(1).max(20).optional(),
  costUsd: z
    .number()
    .positive()
    .max(100_000)
    .optional()
    .describe('US dollars for the tries that the tower makes by itself. An estimated cost counts too; an unknown one cannot.'),
});
export type Limits = z.infer<typeof Limits>;

/** Tokens and money of one attempt; a missing figure is unknown, not zero. `costUsd` is what the agent itself reported. */
export const Usage = z.object({
  inputTokens: z.int().nonnegative().optional().describe('All input, with what came from a cache.'),
  outputTokens: z.int().nonnegative().optional(),
  cachedTokens: z.int().nonnegative().optional().describe('The part of the input that came from a cache.'),
  costUsd: z
    .number()
    .nonnegative()
    .optional()
    .describe('What it cost, US dollars, if you know; else it is estimated from tokens and model.'),
  model: line(120).optional().describe('Without it, tokens have no price.'),
});
export type Usage = z.infer<typeof Usage>;

const Skill = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,39}$/i, 'is not a skill: letters, digits, ".", "_" and "-", at most 40');

/** What an agent wants to know beyond the prompt, by name, such as `num_agents`. */
export const Fields = z.record(
  z.string().regex(/^[a-z][a-z0-9_]{0,39}$/i, 'is not a field name: letters, digits and "_", at most 40'),
  z.union([text(4 * 1024), z.number(), z.boolean()]),
);
export type Fields = z.infer<typeof Fields>;

/** What a person or program says of a new task. */
export const TaskSpec = z.strictObject({
  title: line(200),
  prompt: text(256 * 1024).default(''),
  priority: Priority.default('normal'),
  kind: line(40).optional(),
  agent: line(80).optional(),
  skills: z.array(Skill).max(20).default([]),
  after: z.array(TaskRef).max(100).default([]),
  requires: z.array(Requirement).max(20).default([]),
  limits: Limits.default({}),
  fields: Fields.default({}),
  /** A finished task to go on from: by the same agent, in the same session where the agent keeps one. */
  continues: TaskRef.optional(),
  folder: line(1000).optional(),
  externalId: line(200).optional(),
  callbackUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .describe('Told of the end of the task, if the webhooks of a team tower allow its host.'),
});
export type TaskSpec = z.infer<typeof TaskSpec>;

/** What may be changed while a task is pending or parked. */
export const TaskPatch = z.strictObject({
  title: line(200).optional(),
  prompt: text(256 * 1024).optional(),
  priority: Priority.optional(),
  kind: line(40).optional(),
  agent: line(80).nullable().optional(),
  skills: z.array(Skill).max(20).optional(),
  after: z.array(TaskRef).max(100).optional(),
  requires: z.array(Requirement).max(20).optional(),
  limits: Limits.optional(),
});
export type TaskPatch = z.infer<typeof TaskPatch>;

/** A question an agent asks a person in mid-work. */
export const Question = z.object({
  id: line(80),
  text: text(8 * 1024),
  options: z
    .array(z.object({ id: line(80), label: line(200) }))
    .max(20)
    .default([]),
});
export type Question = z.infer<typeof Question>;

export const Outcome = z.enum(['completed', 'failed', 'cancelled', 'declined']);
export type Outcome = z.infer<typeof Outcome>;

/** A git commit: the start of its hash, and whether tracked files were changed. */
export const Commit = z.object({ sha: z.string().regex(/^[0-9a-f]{7,64}$/), dirty: z.boolean() });
export type Commit = z.infer<typeof Commit>;

/** One run of a task by one agent. Times are ms since 1970. Its outcome never changes. */
export const Attempt = z.object({
  n: z.int().positive(),
  agentId: z.string(),
  startedAt: z.int(),
  acceptedAt: z.int().optional(),
  endedAt: z.int().optional(),
  /** Sum of the time it waited for a person, ms. */
  waitedMs: z.int().default(0),
  askedAt: z.int().optional(),
  question: Question.optional(),
  outcome: Outcome.optional(),
  error: TaskError.optional(),
  usage: Usage.optional(),
  /** What the usage so far costs, as it was priced when it was told. */
  cost: Cost.optional(),
  summary: z.string().optional(),
  evidence: z.array(Evidence).default([]),
  /** What a person asked for when rejecting the attempt before. */
  note: z.string().optional(),
  /** Set when the work is reported over HTTP and holds a lease of its own, ms. */
  leaseMs: z.int().optional(),
  /** What the folder was at when it began, if it is a git repository. */
  commit: Commit.optional(),
  /** The agent's own name for the session, with which it can go on later. */
  session: z.string().optional(),
  /** A person had put the task first. */
  putFirst: z.boolean().optional(),
  cancelAskedAt: z.int().optional(),
  cancelReason: z.string().optional(),
  /** How many tasks it created. */
  created: z.int().positive().optional(),
  /** A result that came after the end; kept, never counted. */
  lateResult: z.boolean().optional(),
});
export type Attempt = z.infer<typeof Attempt>;

/** What a person of a team may do: look; work with tasks; also start and stop agents. */
export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

/** Who or what asks: `client` holds the file's token, `tower` is the rules themselves. `role`: of a person who signed in; without it, whoever runs the tower. */
export const Actor = z.object({
  kind: z.enum(['person', 'client', 'agent', 'runner', 'tower']),
  name: z.string().max(120),
  role: Role.optional(),
});
export type Actor = z.infer<typeof Actor>;

/** A task as it stands on the board: no prompt, output or report, which are queries. */
export const Task = z.object({
  id: Id,
  number: z.int().positive(),
  title: z.string(),
  priority: Priority,
  rank: z.number(),
  kind: z.string(),
  agent: z.string().optional(),
  skills: z.array(z.string()),
  after: z.array(Id),
  requires: z.array(Requirement),
  limits: Limits,
  fields: Fields.default({}),
  continues: Id.optional(),
  folder: z.string().optional(),
  externalId: z.string().optional(),
  callbackUrl: z.string().optional(),
  createdBy: Actor,
  /** The task whose work created this one, and how many such steps led here. */
  parent: Id.optional(),
  depth: z.int().positive().optional(),
  createdAt: z.int(),
  status: Status,
  phase: Phase.optional(),
  /** When a parked task may start, ms, and why it is parked. */
  notBefore: z.int().optional(),
  parkedFor: z.enum(['quota', 'backoff']).optional(),
  /** Next in line, past rank, pause and the global cap. */
  startNow: z.boolean().optional(),
  /** Tries counted against `limits.attempts` since the last person's retry; a declined attempt is none. */
  tries: z.int(),
  attempts: z.array(Attempt),
  /** When it reached the status it has, ms. */
  since: z.int(),
  error: TaskError.optional(),
  note: z.string().optional(),
  endedBy: Actor.optional(),
  dismissed: z.boolean().optional(),
});
export type Task = z.infer<typeof Task>;

const FINAL: ReadonlySet<Status> = new Set(['completed', 'failed', 'cancelled']);

/** True when a task leaves `status` only by retry or rejection. */
export function isFinal(status: Status): boolean {
  return FINAL.has(status);
}

/** The attempt that is going on or was the last one. */
export function lastAttempt(task: Task): Attempt | undefined {
  return task.attempts.at(-1);
}

/** The attempt under way, if any. */
export function openAttempt(task: Task): Attempt | undefined {
  const last = lastAttempt(task);
  return last && last.endedAt === undefined ? last : undefined;
}

/** How a task is written everywhere: `#12 Audit the login page`. */
export function taskName(task: Pick<Task, 'number' | 'title'>): string {
  return `#${task.number} ${task.title}`;
}
