import type * as z from 'zod';
import { agentIdOf } from '../domain/agent';
import type { Answer } from '../domain/command';
import type { AgentReports, ClaimAnswer, Claims, Leases, ReportAnswer, Tower } from '../domain/ports';
import type { AgentReport } from '../domain/report';
import { Refusal } from '../domain/refusal';
import { taskOf } from '../domain/rules/context';
import type { Actor, Attempt, Task } from '../domain/task';
import type { ClaimBody, InlineEvidence } from '../protocol/rest';
import { REPORT_LEASE_MS } from '../protocol/version';
import type { Call } from './route';
import { reportedAttempt } from './scopes';
import { defined } from './taskRoutes';

/** What it takes to hand out work and take in reports of agents without a socket. */
export interface ReportingParts {
  tower: Tower;
  reports: AgentReports;
  leases: Leases;
  /** Presence of agents without a socket. */
  pull: { heard(agentId: string): void };
  claims: Claims;
}

/** What a report says of whose work it is about. */
export interface Reported {
  attempt?: number | undefined;
  seq?: number | undefined;
  agent?: string | undefined;
}

/** Who reports, through which door. */
export type Reporter = Pick<Call, 'who' | 'by'> & { commandId?: string | undefined };

/** The attempt that a report is about. @throws {Refusal} when there is none, or it is someone else's. */
export function reportedOn(tower: Tower, { who }: Pick<Reporter, 'who'>, ref: string, { attempt, agent }: Reported): ReportedOn {
  const task = taskOf(tower.board, ref);
  return { task, attempt: reportedAttempt(who, task, { attempt, agentId: agent === undefined ? undefined : agentIdOf(agent) }) };
}
export interface ReportedOn {
  task: Task;
  attempt: Attempt;
}

/** Takes in a report about a task. @throws {Refusal} */
export async function takeReport(
  { tower, reports, pull }: Pick<ReportingParts, 'tower' | 'reports' | 'pull'>,
  reporter: Reporter,
  ref: string,
  said: Reported,
  report: AgentReport,
): Promise<ReportAnswer> {
  const { task, attempt } = reportedOn(tower, reporter, ref, said);
  pull.heard(attempt.agentId);
  return reports.report({
    taskId: task.id,
    attempt: attempt.n,
    agentId: attempt.agentId,
    report,
    by: reporter.by,
    ...defined({ seq: said.seq, commandId: reporter.commandId }),
  });
}

/** Stores a piece of evidence whose bytes came with the report. @throws {Refusal} */
export function takeInline(reports: AgentReports, { task, attempt }: ReportedOn, piece: InlineEvidence, by: Actor): Promise<Answer> {
  const { text, dataBase64, mime, ...head } = piece;
  const bytes = dataBase64 === undefined ? Buffer.from(text ?? '') : Buffer.from(dataBase64, 'base64');
  const type = mime ?? (dataBase64 === undefined ? 'text/plain' : 'application/octet-stream');
  return reports.addEvidence({ taskId: task.id, attempt: attempt.n, agentId: attempt.agentId, head, mime: type, bytes: once(bytes), by });
}

/** The next task for an agent that asks, or why there is none. @throws {Refusal} when work reaches that agent another way. */
export async function claimWork(
  { tower, leases, pull, claims }: Pick<ReportingParts, 'tower' | 'leases' | 'pull' | 'claims'>,
  { agent, skills, capacity, waitMs, leaseMs = REPORT_LEASE_MS }: z.output<typeof ClaimBody>,
  by: Actor,
  gone: AbortSignal,
): Promise<ClaimAnswer> {
  const agentId = agentIdOf(agent);
  mayClaim(tower, agentId);
  await tower.execute({ type: 'RegisterAgent', profile: { name: agent, skills, capacity } }, by);
  pull.heard(agentId);
  const answer = await claims.claim(agentId, waitMs, leaseMs, gone);
  if (answer.assignment) leases.renewTask(answer.assignment.taskId);
  return answer;
}

/** @throws {Refusal} when work reaches that agent another way. */
function mayClaim({ board, live }: Tower, agentId: string): void {
  const agent = board.agents.get(agentId);
  if (agent?.managed && agent.run === 'task') throw new Refusal('forbidden', `${agent.name} is started by Tasktower. Choose another name.`);
  if (live.agents.get(agentId)?.presence === 'online') {
    throw new Refusal('conflict', `${agentId} is connected by WebSocket and is given its work there. Choose another name.`);
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
