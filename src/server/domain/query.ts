import * as z from 'zod';
import type { Activity } from './activity';
import { AnalyticsFilter, type Analytics, type Estimate } from './analytics';
import type { Answer } from './command';
import type { CostSum } from './cost';
import { LogPageParams, LogSearchParams, type LogHits, type LogPage } from './logQuery';
import { LogLevel } from './report';
import type { Requirement } from './requirement';
import { Priority, Status, type Attempt, type Task, type TaskError, TaskRef } from './task';
import type { Baseline, Comparison } from './comparison';
import type { TowerEvent } from './event';
import type { Evidence } from './evidence';
import type { Finding } from './finding';
import type { Run } from './metricChange';

/** A filter and a page of a list; `cursor` is what the page before gave. */
export const TaskFilter = z.strictObject({
  status: z.array(Status).optional(),
  agent: z.string().max(80).optional(),
  priority: z.array(Priority).optional(),
  /** Agent ids, and kinds; any of them. */
  agents: z.array(z.string().max(80)).max(200).optional(),
  kinds: z.array(z.string().max(40)).max(200).optional(),
  number: z.int().positive().optional(),
  text: z.string().max(200).optional(),
  /** Created at or after, and before, ms. */
  from: z.int().optional(),
  to: z.int().optional(),
  /** Ended at or after, and before, ms. */
  endedFrom: z.int().optional(),
  endedTo: z.int().optional(),
  order: z.enum(['queue', 'newest', 'oldest']).default('queue'),
  limit: z.int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});
export type TaskFilter = z.infer<typeof TaskFilter>;

export const LogFilter = z.strictObject({
  taskId: TaskRef.optional(),
  attempt: z.int().positive().optional(),
  agent: z.string().max(80).optional(),
  level: LogLevel.optional(),
  text: z.string().max(200).optional(),
  limit: z.int().min(1).max(5000).default(200),
});
export type LogFilter = z.infer<typeof LogFilter>;

/** Everything a view may read beside the board. */
export const Query = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Tasks'), filter: TaskFilter }),
  /** One task with its texts: prompt, results, what happened. */
  z.object({ type: z.literal('TaskDetails'), taskId: TaskRef }),
  /** The last lines that pass the filter, oldest first. */
  z.object({ type: z.literal('Logs'), filter: LogFilter }),
  /** What the attempts of a task handed in, with comparisons, findings and the baselines of its pictures. */
  z.object({ type: z.literal('Evidence'), taskId: TaskRef }),
  z.object({ type: z.literal('Outcomes'), days: z.int().min(1).max(3650) }),
  /** What the finished tasks tell: outcomes, times, agents, cost. */
  z.object({ type: z.literal('Analytics'), filter: AnalyticsFilter }),
  /** What happened last, in words, newest first. */
  z.object({ type: z.literal('Activity'), limit: z.int().min(1).max(200).default(200) }),
  /** How long tasks take, by agent and kind. */
  z.object({ type: z.literal('Estimates') }),
  /** Stored lines beside a place. */
  z.object({ type: z.literal('LogPage'), ...LogPageParams }),
  /** Where lines are that hold something. */
  z.object({ type: z.literal('LogSearch'), ...LogSearchParams }),
]);
export type Query = z.infer<typeof Query>;

/** A slim task, as lists show it. Times are ms. */
export interface TaskRow {
  id: string;
  number: number;
  title: string;
  status: Status;
  priority: Priority;
  kind: string;
  agent: string | null;
  progress: number | null;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  attempts: number;
  error: TaskError | null;
  externalId: string | null;
  skills: readonly string[];
  after: readonly string[];
  requires: readonly Requirement[];
  /** The first characters of the result. */
  result: string | null;
  /** What its attempts cost; null while none could have told. */
  cost: CostSum | null;
  /** Something was handed in. */
  evidence: boolean;
  /** Where the words of a search stand in its prompt or result, when they do. */
  snippet?: string;
}

export interface TaskPage {
  tasks: TaskRow[];
  /** How many match in all. */
  total: number;
  cursor?: string;
}

export interface TaskDetails {
  task: Task;
  prompt: string;
  /** Full result by attempt number. */
  results: Record<number, string>;
  attempts: Attempt[];
  events: { seq: number; at: number; by: string; event: TowerEvent }[];
}

/** A piece of evidence with what is too long for the board. */
export interface EvidenceDetails {
  attempt: number;
  evidence: Evidence;
  /** With its areas and ignored regions. */
  comparison?: Comparison;
  /** What a report says is wrong, the worst first, and how many there are in all. */
  findings?: { shown: Finding[]; total: number };
}

/** All the proof of a task. */
export interface TaskEvidence {
  task: Task;
  pieces: EvidenceDetails[];
  /** The baselines there are for pictures of this task, by label. */
  baselines: Record<string, Baseline>;
  /** What the last completed run of this kind of task said, to compare with; absent = first run. */
  accepted?: Run & {
    /** False when the findings are not all, so that one which is not among them may not be new. */
    isWhole: boolean;
  };
  /** The last values of each metric in runs of this kind of task, oldest first, by `category.name`. */
  trend: Record<string, number[]>;
}

/** One stored log line. */
export interface LogLine {
  at: number;
  taskId: string;
  attempt: number;
  agentId: string;
  level: LogLevel;
  text: string;
  /** Where it is stored, once it is. */
  place?: string;
}

/** Lines that an agent's own process printed. */
export interface AgentOutput {
  agentId: string;
  lines: readonly string[];
}

/** Finished attempts of a day, by agent and outcome. */
export interface OutcomeRow {
  day: string;
  agent: string;
  outcome: string;
  count: number;
  runningMs: number;
}

export interface QueryResults {
  Tasks: TaskPage;
  TaskDetails: TaskDetails;
  Logs: LogLine[];
  Evidence: TaskEvidence;
  Outcomes: OutcomeRow[];
  Activity: Activity[];
  Analytics: Analytics;
  Estimates: Estimate[];
  LogPage: LogPage;
  LogSearch: LogHits;
}
export type QueryResult<Q extends Query> = QueryResults[Q['type']];

/** What a door sends back for a command or a query. */
export type Reply = { ok: Answer | QueryResults[keyof QueryResults] } | { err: { code: string; message: string } };
