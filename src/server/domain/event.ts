import * as z from 'zod';
import { Agent } from './agent';
import { AgentProfile, ProcessRef } from './command';
import { Budget } from './budget';
import { Comparison } from './comparison';
import { Cost } from './cost';
import { Evidence, Verdict } from './evidence';
import { Day, MetBudget } from './spent';
import { Actor, Attempt, Commit, Outcome, Priority, Question, Task, TaskError, TaskPatch, Usage } from './task';

/** The version of the record format; `migrations.ts` lifts older ones. */
export const RECORD_VERSION = 1;

/** What becomes of a task when an attempt ends; policy decided it once, before it was written. */
export const Then = z.object({
  status: z.enum(['pending', 'parked', 'review', 'completed', 'failed', 'cancelled']),
  notBefore: z.int().optional(),
  parkedFor: z.enum(['quota', 'backoff']).optional(),
});
export type Then = z.infer<typeof Then>;

const task = { taskId: z.string() };
const attempt = { taskId: z.string(), attempt: z.int().positive() };

/** Everything that can have happened. */
export const TowerEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('TaskCreated'), task: Task, prompt: z.string() }),
  z.object({ type: z.literal('TaskEdited'), ...task, patch: TaskPatch }),
  z.object({ type: z.literal('TaskReordered'), ...task, rank: z.number(), priority: Priority }),
  z.object({ type: z.literal('TaskPutFirst'), ...task }),
  z.object({ type: z.literal('TaskUnparked'), ...task }),
  z.object({ type: z.literal('TaskCancelled'), ...task }),
  z.object({ type: z.literal('TaskRetried'), ...task, note: z.string().optional(), agent: z.string().nullable().optional() }),
  z.object({ type: z.literal('TaskSignedOff'), ...task, verdict: z.enum(['accepted', 'rejected']), note: z.string().optional() }),
  z.object({ type: z.literal('TaskDismissed'), ...task }),
  z.object({ type: z.literal('TaskPurged'), ...task }),
  z.object({ type: z.literal('TasksArchived'), taskIds: z.array(z.string()) }),
  z.object({ type: z.literal('TaskRecalled'), task: Task }),

  z.object({ type: z.literal('AttemptStarted'), ...task, attempt: Attempt }),
  z.object({ type: z.literal('AttemptAccepted'), ...attempt }),
  z.object({ type: z.literal('InputAsked'), ...attempt, question: Question }),
  z.object({ type: z.literal('InputAnswered'), ...attempt, questionId: z.string(), answer: z.string(), optionId: z.string().optional() }),
  z.object({ type: z.literal('MessageSent'), ...attempt, text: z.string() }),
  z.object({ type: z.literal('CancelAsked'), ...attempt, reason: z.string().optional() }),
  z.object({ type: z.literal('UsageReported'), ...attempt, usage: Usage, cost: Cost.optional() }),
  z.object({ type: z.literal('EvidenceAdded'), ...attempt, evidence: Evidence }),
  z.object({ type: z.literal('CommitNoted'), ...attempt, commit: Commit }),
  z.object({ type: z.literal('SessionNoted'), ...attempt, session: z.string() }),
  z.object({ type: z.literal('EvidenceCompared'), ...attempt, evidenceId: z.string(), comparison: Comparison }),
  z.object({
    type: z.literal('EvidenceJudged'),
    ...attempt,
    evidenceIds: z.array(z.string()),
    verdict: Verdict,
    note: z.string().optional(),
    /** Whether the workspace owes a baseline, or owes taking one back. */
    baseline: z.enum(['owed', 'undo']).optional(),
  }),
  z.object({
    type: z.literal('BaselineRecorded'),
    ...attempt,
    evidenceId: z.string(),
    state: z.enum(['kept', 'undone']),
    before: z.string().nullable().optional(),
  }),
  /** The work is reported done; what it must prove is being checked. */
  z.object({ type: z.literal('CheckStarted'), ...attempt }),
  z.object({ type: z.literal('ResultReported'), ...attempt, result: z.string(), late: z.boolean() }),
  z.object({ type: z.literal('AttemptEnded'), ...attempt, outcome: Outcome, error: TaskError.optional(), then: Then }),

  z.object({ type: z.literal('AgentRegistered'), agent: Agent }),
  /** Made room for a new one on the board; the history keeps what it did. */
  z.object({ type: z.literal('AgentForgotten'), agentId: z.string() }),
  z.object({ type: z.literal('AgentsConfigured'), agents: z.array(AgentProfile) }),
  z.object({ type: z.literal('AgentWanted'), agentId: z.string(), wanted: z.enum(['started', 'stopped']) }),
  z.object({ type: z.literal('AgentStartedAnew'), agentId: z.string() }),
  z.object({ type: z.literal('AgentFailed'), agentId: z.string(), message: z.string(), crashes: z.int(), restartAt: z.int().optional() }),
  /** The pause after a crash is over. */
  z.object({ type: z.literal('AgentRestarted'), agentId: z.string() }),
  z.object({ type: z.literal('AgentRecovered'), agentId: z.string() }),
  z.object({ type: z.literal('AgentPassedOver'), agentId: z.string(), until: z.int(), declines: z.int() }),
  z.object({ type: z.literal('AgentLimited'), agentId: z.string(), until: z.int() }),
  z.object({ type: z.literal('AgentBroken'), agentId: z.string(), message: z.string() }),
  z.object({ type: z.literal('AgentMended'), agentId: z.string() }),
  /**
   * It came or went: its work of the day is told from this. `lastAt`: when it was last known to be there, ms, if that is earlier.
   * `tower`: the one it came to, where several share a queue.
   */
  z.object({
    type: z.literal('AgentPresent'),
    agentId: z.string(),
    present: z.boolean(),
    lastAt: z.int().optional(),
    tower: z.string().optional(),
  }),
  z.object({ type: z.literal('AgentDismissed'), agentId: z.string() }),
  z.object({ type: z.literal('ProcessStarted'), process: ProcessRef, agentId: z.string() }),
  z.object({ type: z.literal('ProcessEnded'), process: ProcessRef, agentId: z.string() }),

  z.object({
    type: z.literal('QueueConfigured'),
    cap: z.int(),
    reviewCap: z.int().optional(),
    accountCaps: z.record(z.string(), z.int()).optional(),
    breaker: z.int().optional(),
    budget: Budget.optional(),
  }),
  z.object({ type: z.literal('ApprovalSet'), on: z.boolean() }),
  z.object({ type: z.literal('QueuePaused'), state: z.enum(['paused', 'draining']) }),
  z.object({ type: z.literal('QueueResumed') }),
  /** What is told from here on is spent on this day. */
  z.object({ type: z.literal('DayBegan'), ...Day.shape }),
  z.object({ type: z.literal('BudgetMet'), ...MetBudget.shape }),
]);
export type TowerEvent = z.infer<typeof TowerEvent>;

/** One line of the journal: what one command made happen. */
export const TowerRecord = z.object({
  v: z.literal(RECORD_VERSION),
  seq: z.int().positive(),
  at: z.int(),
  by: Actor,
  commandId: z.string(),
  events: z.array(TowerEvent).min(1),
});
export type TowerRecord = z.infer<typeof TowerRecord>;

/** The tasks an event is about. */
export function tasksOf(event: TowerEvent): readonly string[] {
  if ('taskId' in event) return [event.taskId];
  if ('taskIds' in event) return event.taskIds;
  return event.type === 'TaskCreated' || event.type === 'TaskRecalled' ? [event.task.id] : [];
}
