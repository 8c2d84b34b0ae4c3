import * as z from 'zod';
import { WantedAgent } from '../domain/agent';
import { ProcessRef } from '../domain/command';
import { AgentReport } from '../domain/report';
import { Fields, Limits, Priority, Question } from '../domain/task';
import { line, text } from '../domain/text';

/** The `/agent` socket: JSON-RPC 2.0, both ends may ask. */

const attempt = { taskId: z.string().max(40), attempt: z.int().positive() };
const AttemptRef = z.object(attempt);

export const HelloParams = z.object({
  protocol: z.int().describe('The protocol version the client speaks.'),
  name: line(80).describe('Who this is. One session an agent: a later hello with the same name supersedes the first.'),
  skills: z
    .array(z.string().max(40))
    .max(50)
    .default([])
    .describe('What it can do. A task that names skills goes only to an agent with all of them.'),
  capacity: z.int().min(1).max(64).default(1).describe('How many tasks it works on at once.'),
  resume: z.array(AttemptRef).max(64).default([]).describe('Attempts it is still working on, after a lost connection.'),
});
export type HelloParams = z.infer<typeof HelloParams>;

export const HelloResult = z.object({
  protocol: z.int(),
  agentId: z.string(),
  heartbeatMs: z.int().describe('The tower sends a WebSocket ping this often.'),
  leaseMs: z.int().describe('An attempt is lost when no frame comes for this long.'),
  resumed: z.array(z.object({ ...attempt, ackSeq: z.int(), cancel: z.boolean() })).describe('Go on with these, from `ackSeq` + 1.'),
  ended: z.array(AttemptRef).describe('Stop working on these: they have ended, or belong to someone else.'),
});
export type HelloResult = z.infer<typeof HelloResult>;

export const AssignParams = z.object({
  ...attempt,
  number: z.int(),
  title: z.string(),
  prompt: z.string(),
  priority: Priority,
  kind: z.string(),
  folder: z.string().optional().describe('The working folder, an absolute path.'),
  requires: z.array(z.string()).describe('The proof asked for, in the grammar of requirements.'),
  limits: Limits,
  fields: Fields.describe('What else the creator of the task gave, by name.'),
  note: z.string().optional().describe('What a person asked for when rejecting the attempt before.'),
  session: z.string().optional().describe('The session of yours to go on with, as you reported it in an earlier attempt.'),
  url: z.string().describe('Base URL of the REST API.'),
  token: z.string().describe('A token good for this attempt alone: report and hand in evidence with it.'),
});
export type AssignParams = z.infer<typeof AssignParams>;

export const AssignResult = z.object({ accepted: z.boolean(), reason: line(500).optional() });
export type AssignResult = z.infer<typeof AssignResult>;

export const TaskEventParams = z.object({
  ...attempt,
  seq: z.int().positive().optional().describe('1, 2, 3, … within the attempt. Required for all but progress.'),
  event: AgentReport,
});
export type TaskEventParams = z.infer<typeof TaskEventParams>;

export const TaskEventResult = z.object({ ackSeq: z.int(), cancel: z.boolean() });
export type TaskEventResult = z.infer<typeof TaskEventResult>;

export const InputParams = z.object({ ...attempt, question: Question });
export const InputResult = z.object({ answer: z.string(), optionId: z.string().optional() });
export type InputResult = z.infer<typeof InputResult>;

export const CancelParams = z.object({ ...attempt, reason: z.string().optional() });
export const MessageParams = z.object({ ...attempt, text: text(64 * 1024) });
export const StatusParams = z.object({ status: z.enum(['ready', 'error']), message: line(2000).optional() });

/** Requests of an agent to the tower. */
export const AgentRequests = {
  'agent/hello': { params: HelloParams, result: HelloResult, about: 'First call. Says who the agent is.' },
  'task/event': {
    params: TaskEventParams,
    result: TaskEventResult,
    about: 'Reports progress, logs, results. Progress may be a notification without `seq`.',
  },
  'task/input': { params: InputParams, result: InputResult, about: 'Asks a person. Answered when a person answers.' },
  'agent/status': { params: StatusParams, result: z.object({}), about: 'Says that the agent is well, or what is wrong.' },
} as const;

/** Requests of the tower to an agent. */
export const TowerRequests = {
  'task/assign': { params: AssignParams, result: AssignResult, about: 'Here is work. Answer within 10 s, then start.' },
  'task/cancel': { params: CancelParams, result: z.object({}), about: 'Stop this attempt, then report `cancelled`.' },
  'task/message': { params: MessageParams, result: z.object({}), about: 'A person says something to a running attempt.' },
} as const;

/** The runner's own calls: it is told which agents to run and says how their processes are. */
export const RunnerHello = z.object({ protocol: z.int(), process: ProcessRef });
export const RunnerAgent = WantedAgent;
export type RunnerAgent = z.infer<typeof RunnerAgent>;
/** The whole wanted state; the runner starts and stops until it is so. */
export const RunnerApply = z.object({ agents: z.array(RunnerAgent) });
export const RunnerReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('starting'), agentId: z.string() }),
  z.object({ type: z.literal('stopped'), agentId: z.string() }),
  z.object({ type: z.literal('recovered'), agentId: z.string() }),
  z.object({ type: z.literal('failed'), agentId: z.string(), message: line(2000), restart: z.boolean().default(true) }),
  z.object({ type: z.literal('processStarted'), agentId: z.string(), process: ProcessRef }),
  z.object({ type: z.literal('processEnded'), agentId: z.string(), process: ProcessRef }),
  z.object({ type: z.literal('output'), agentId: z.string(), lines: z.array(z.string().max(4096)).max(1000) }),
]);
export type RunnerReport = z.infer<typeof RunnerReport>;
export const RunnerRequests = {
  'runner/hello': { params: RunnerHello, result: RunnerApply },
  'runner/report': { params: RunnerReport, result: z.object({}) },
} as const;
