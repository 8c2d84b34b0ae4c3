import * as z from 'zod';
import { AgentRun } from './agent';
import { Budget } from './budget';
import { Comparison } from './comparison';
import { Evidence, Verdict } from './evidence';
import { Commit, ErrorKind, Question, Priority, Task, TaskPatch, TaskRef, TaskSpec, Usage } from './task';
import { line, text } from './text';

const task = { taskId: TaskRef };
const attempt = { taskId: TaskRef, attempt: z.int().positive() };

/** What an agent says of itself; settings say it of a managed one. */
export const AgentProfile = z.object({
  name: line(80),
  run: AgentRun.default('external'),
  skills: z.array(z.string().max(40)).max(50).default([]),
  capacity: z.int().min(1).max(64).default(1),
  autoStart: z.boolean().default(true),
  account: line(80).optional(),
});
export type AgentProfile = z.infer<typeof AgentProfile>;

/** A process group the runner started. `startTime` tells it from a later process with the same pid. */
export const ProcessRef = z.object({ pid: z.int().positive(), startTime: z.string().max(64) });
export type ProcessRef = z.infer<typeof ProcessRef>;

/** Everything that may be asked of the tower. */
export const Command = z.discriminatedUnion('type', [
  /** `parent`: the attempt that creates it, whose agent asks. */
  z.object({ type: z.literal('CreateTask'), spec: TaskSpec, parent: z.object(attempt).optional() }),
  /** Work that goes on elsewhere and is only reported here; never dispatched by us. */
  z.object({ type: z.literal('ReportTask'), spec: TaskSpec, agent: line(80), leaseMs: z.int().min(1000).max(86_400_000) }),
  z.object({ type: z.literal('EditTask'), ...task, patch: TaskPatch }),
  z.object({ type: z.literal('CancelTask'), ...task, reason: line(500).optional() }),
  /** `agent`: another one than before; null = any. */
  z.object({ type: z.literal('RetryTask'), ...task, note: text(16 * 1024).optional(), agent: line(80).nullable().optional() }),
  z.object({ type: z.literal('RetryFailed') }),
  z.object({ type: z.literal('StartNow'), ...task }),
  /** Puts a pending task before another one (`null`: last of its priority). */
  z.object({ type: z.literal('ReorderTask'), ...task, before: TaskRef.nullable(), priority: Priority.optional() }),
  z.object({ type: z.literal('SignOff'), ...task, verdict: z.enum(['accepted', 'rejected']), note: text(16 * 1024).optional() }),
  z.object({ type: z.literal('DismissTask'), ...task }),
  z.object({ type: z.literal('PurgeTask'), ...task }),
  z.object({ type: z.literal('PauseQueue'), when: z.enum(['now', 'afterCurrent']).default('now') }),
  z.object({ type: z.literal('ResumeQueue') }),
  z.object({
    type: z.literal('ConfigureQueue'),
    cap: z.int().min(1).max(1000),
    reviewCap: z.int().min(0).max(1000).default(0),
    /** How many tasks run at once for an account. */
    accountCaps: z.record(z.string().max(80), z.int().min(1).max(1000)).default({}),
    /** Failures in a row after which an agent gets no more work; 0 = never. */
    breaker: z.int().min(0).max(1000).default(0),
    budget: Budget.default({}),
  }),
  /** On: nothing starts without a person; "Start now" is the go for one task. */
  z.object({ type: z.literal('SetApproval'), on: z.boolean() }),

  z.object({ type: z.literal('AssignTask'), ...task, agentId: z.string(), leaseMs: z.int().min(1000).max(86_400_000).optional() }),
  z.object({ type: z.literal('AcceptAttempt'), ...attempt }),
  z.object({ type: z.literal('DeclineAttempt'), ...attempt, reason: line(500) }),
  z.object({ type: z.literal('ReportUsage'), ...attempt, usage: Usage }),
  z.object({ type: z.literal('AddEvidence'), ...attempt, evidence: Evidence }),
  /** The git commit that the folder of an attempt was at, and whether files were changed since. */
  z.object({ type: z.literal('NoteCommit'), ...attempt, commit: Commit }),
  /** The agent's own name for the session of an attempt. */
  z.object({ type: z.literal('NoteSession'), ...attempt, session: line(200) }),
  /** What comparing a screenshot gave. */
  z.object({ type: z.literal('RecordComparison'), ...attempt, evidenceId: z.string(), comparison: Comparison }),
  /** A person's verdict on pieces of evidence; `unreviewed` takes the last one back. */
  z.object({
    type: z.literal('JudgeEvidence'),
    ...attempt,
    evidenceIds: z.array(z.string()).min(1).max(1000),
    verdict: Verdict,
    note: text(16 * 1024).optional(),
  }),
  /** The workspace holds an accepted picture as the baseline by now, or no longer; `before`: what it replaced. */
  z.object({
    type: z.literal('RecordBaseline'),
    ...attempt,
    evidenceId: z.string(),
    state: z.enum(['kept', 'undone']),
    before: z.string().nullable().optional(),
  }),
  z.object({ type: z.literal('ReportResult'), ...attempt, result: text(256 * 1024), usage: Usage.optional() }),
  z.object({
    type: z.literal('ReportError'),
    ...attempt,
    kind: ErrorKind,
    message: text(16 * 1024),
    retryAt: z.int().optional(),
    usage: Usage.optional(),
  }),
  z.object({ type: z.literal('ReportCancelled'), ...attempt, usage: Usage.optional() }),
  z.object({ type: z.literal('AskInput'), ...attempt, question: Question }),
  z.object({
    type: z.literal('AnswerInput'),
    ...task,
    questionId: z.string().optional(),
    answer: text(16 * 1024),
    optionId: line(80).optional(),
  }),
  /** What a person says to the attempt under way; agents that read messages take it into account. */
  z.object({ type: z.literal('SendMessage'), ...task, text: text(64 * 1024) }),
  /** The lease of an attempt is over. */
  z.object({ type: z.literal('LoseAttempt'), ...attempt }),

  z.object({ type: z.literal('RegisterAgent'), profile: AgentProfile }),
  /** The agents of the settings, as a whole; those no longer listed become external. */
  z.object({ type: z.literal('ConfigureAgents'), agents: z.array(AgentProfile).max(200) }),
  z.object({ type: z.literal('StartAgent'), agentId: z.string() }),
  z.object({ type: z.literal('StopAgent'), agentId: z.string() }),
  /** Stops what runs of it, and starts it anew. */
  z.object({ type: z.literal('RestartAgent'), agentId: z.string() }),
  z.object({ type: z.literal('ReportAgentFailure'), agentId: z.string(), message: line(2000), restart: z.boolean().default(true) }),
  z.object({ type: z.literal('ReportAgentRecovery'), agentId: z.string() }),
  z.object({ type: z.literal('DismissAgent'), agentId: z.string() }),
  /** An agent came or went; `lastAt`: when it was last known to be there, ms, if that is earlier. */
  z.object({ type: z.literal('ReportPresence'), agentId: z.string(), present: z.boolean(), lastAt: z.int().optional() }),
  /** Another tower of this queue was silent for a whole term: what its agents are at is lost. */
  z.object({ type: z.literal('LoseTower'), tower: z.string().max(80) }),
  z.object({ type: z.literal('ReportProcess'), process: ProcessRef, agentId: z.string(), running: z.boolean() }),

  z.object({ type: z.literal('ArchiveTasks'), taskIds: z.array(z.string()).max(1000) }),
  z.object({ type: z.literal('RecallTask'), task: Task }),
  /** The alarm rang: time limits, parked tasks and restarts that are due. */
  z.object({ type: z.literal('Tick') }),
]);
export type Command = z.infer<typeof Command>;
/** A command as a door may write it, defaults left out. */
export type CommandInput = z.input<typeof Command>;
export type CommandType = Command['type'];

/** What the asker of a command gets back. The same command id gets the same answer again. */
export interface Answer {
  /** The last record that the answer rests on. */
  seq: number;
  taskId?: string;
  number?: number;
  attempt?: number;
  agentId?: string;
  evidenceId?: string;
  /** How many tasks a bulk command changed. */
  count?: number;
  /** Shown to people when a command did less than asked, such as "Start now" behind a dependency. */
  message?: string;
}
