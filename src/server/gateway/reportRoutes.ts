import { z } from 'zod';
import { agentIdOf } from '../domain/agent';
import type { AgentReports, Claims, Keys, Leases, Tower } from '../domain/ports';
import type { AgentReport } from '../domain/report';
import { attemptOf, taskOf } from '../domain/rules/context';
import { openAttempt } from '../domain/task';
import { ClaimBody, ClaimOut, ErrorBody, LogsBody, ProgressBody, ResultBody, UsageBody } from '../protocol/rest';
import { REPORT_LEASE_MS } from '../protocol/version';
import { route, type Call, type Route } from './route';
import { defined, taskRef } from './taskRoutes';

/** What agents without a socket need. */
export interface ReportParts {
  tower: Tower;
  reports: AgentReports;
  leases: Leases;
  /** Presence of agents without a socket. */
  pull: { heard(agentId: string): void };
  claims: Claims;
  keys: Keys;
  url(): string;
}

const ReportAnswer = z.object({ ackSeq: z.int(), cancel: z.boolean().describe('A person cancelled, or the attempt has ended: stop working.') });

interface Reported {
  attempt?: number | undefined;
  seq?: number | undefined;
  agent?: string | undefined;
}

/** Ask for work, and report on it. Every report renews the lease of its task. */
export function reportRoutes(parts: ReportParts): Route[] {
  const { tower, reports, leases, pull, claims, keys } = parts;

  const take = async (call: Call, { attempt, seq }: Reported, report: AgentReport): Promise<unknown> => {
    const task = taskOf(tower.board, taskRef(call));
    const agentId = holder(parts, call, attempt);
    leases.renewTask(task.id);
    pull.heard(agentId);
    const incoming = { taskId: task.id, agentId, report, by: call.by, ...defined({ attempt, seq }) };
    return reports.report(incoming);
  };
  const post = <B extends z.ZodType>(verb: string, about: string, body: B, report: (body: z.output<B>) => AgentReport): Route =>
    route({
      method: 'POST',
      path: `/api/tasks/:id/${verb}`,
      about,
      attempt: true,
      body,
      answer: ReportAnswer,
      handle: (call) => take(call, call.body as Reported, report(call.body)),
    });

  return [
    route({
      method: 'POST',
      path: '/api/tasks/claim',
      about: 'Asks for the next task, for agents without a WebSocket. Without work it answers why.',
      body: ClaimBody,
      answer: ClaimOut,
      handle: async (call) => {
        const { agent, skills, capacity, waitMs, leaseMs = REPORT_LEASE_MS } = call.body;
        await tower.execute({ type: 'RegisterAgent', profile: { name: agent, skills, capacity } }, call.by);
        const agentId = agentIdOf(agent);
        pull.heard(agentId);
        const { assignment: work, reason } = await claims.claim(agentId, waitMs, leaseMs);
        if (work) leases.renewTask(work.taskId);
        const assignment = work && { ...work, url: parts.url(), token: keys.ofAttempt(work.taskId, work.attempt) };
        return defined({ assignment, reason });
      },
    }),
    post('progress', 'Reports progress, 0 to 1, or null while the share is not known.', ProgressBody, ({ progress, step }) => ({
      type: 'progress',
      progress,
      ...defined({ step }),
    })),
    post('logs', 'Appends log lines.', LogsBody, ({ lines }) => ({ type: 'log', lines })),
    post('usage', 'Reports tokens and cost so far.', UsageBody, ({ attempt: _, seq: __, agent: ___, ...usage }) => ({ type: 'usage', usage })),
    route({
      method: 'POST',
      path: '/api/tasks/:id/result',
      about: 'Reports the result, with evidence that fits into the body. Ends the attempt.',
      attempt: true,
      body: ResultBody,
      answer: ReportAnswer,
      handle: async (call) => {
        const { evidence, result, usage, ...reported } = call.body;
        const taskId = taskOf(tower.board, taskRef(call)).id;
        const agentId = holder(parts, call, reported.attempt);
        for (const { text, dataBase64, mime, ...head } of evidence) {
          const bytes = dataBase64 === undefined ? Buffer.from(text ?? '') : Buffer.from(dataBase64, 'base64');
          const type = mime ?? (dataBase64 === undefined ? 'text/plain' : 'application/octet-stream');
          const piece = { taskId, agentId, head, mime: type, bytes: once(bytes), by: call.by, ...defined({ attempt: reported.attempt }) };
          await reports.addEvidence(piece);
        }
        return take(call, reported, { type: 'result', result, ...defined({ usage }) });
      },
    }),
    post('error', 'Reports that the attempt failed. Ends it.', ErrorBody, ({ error, message, kind, retryAt, usage }) => ({
      type: 'error',
      kind,
      message: message ?? error ?? 'The agent reported an error without a message.',
      ...defined({ retryAt, usage }),
    })),
    route({
      method: 'POST',
      path: '/api/tasks/:id/cancelled',
      about: 'Reports that the agent has stopped, after a cancel.',
      attempt: true,
      answer: ReportAnswer,
      handle: (call) => take(call, {}, { type: 'cancelled' }),
    }),
  ];
}

/** Who works on the attempt that a report is about. @throws {Refusal} when it has ended or belongs to someone else. */
export function holder({ tower }: Pick<ReportParts, 'tower'>, call: Call, n: number | undefined): string {
  const task = taskOf(tower.board, taskRef(call));
  const known = n === undefined ? openAttempt(task) : task.attempts[n - 1];
  return known?.agentId ?? attemptOf(task, n ?? task.attempts.length, call.by).agentId;
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
