import { z } from 'zod';
import { agentIdOf } from '../domain/agent';
import type { AgentReports, Claims, Keys, Leases, Tower } from '../domain/ports';
import type { AgentReport } from '../domain/report';
import { Refusal } from '../domain/refusal';
import { taskOf } from '../domain/rules/context';
import type { Attempt, Task } from '../domain/task';
import { ClaimBody, ClaimOut, ErrorBody, LogsBody, ProgressBody, ResultBody, UsageBody } from '../protocol/rest';
import { REPORT_LEASE_MS } from '../protocol/version';
import { route, type Call, type Route } from './route';
import { reportedAttempt } from './scopes';
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

const ReportAnswer = z.object({
  ackSeq: z.int(),
  cancel: z.boolean().describe('A person cancelled, or the attempt has ended: stop working.'),
});

interface Reported {
  attempt?: number | undefined;
  seq?: number | undefined;
  agent?: string | undefined;
}

/** Ask for work, and report on it. Every report renews the lease of its task. */
export function reportRoutes(parts: ReportParts): Route[] {
  const { tower, reports, leases, pull, claims, keys } = parts;

  const reported = (call: Call, { attempt, agent }: Reported): { task: Task; attempt: Attempt } => {
    const task = taskOf(tower.board, taskRef(call));
    return { task, attempt: reportedAttempt(call.who, task, { attempt, agentId: agent === undefined ? undefined : agentIdOf(agent) }) };
  };
  const take = async (call: Call, said: Reported, report: AgentReport): Promise<unknown> => {
    const { task, attempt } = reported(call, said);
    pull.heard(attempt.agentId);
    return reports.report({
      taskId: task.id,
      attempt: attempt.n,
      agentId: attempt.agentId,
      report,
      by: call.by,
      ...defined({ seq: said.seq, commandId: call.commandId }),
    });
  };
  const post = <B extends z.ZodType>(verb: string, about: string, body: B, report: (body: z.output<B>) => AgentReport): Route =>
    route({
      method: 'POST',
      path: `/api/tasks/:id/${verb}`,
      about,
      attempt: 'report',
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
        const agentId = agentIdOf(agent);
        mayClaim(tower, agentId);
        await tower.execute({ type: 'RegisterAgent', profile: { name: agent, skills, capacity } }, call.by);
        pull.heard(agentId);
        const gone = new AbortController();
        call.response.once('close', () => gone.abort());
        const { assignment: work, reason } = await claims.claim(agentId, waitMs, leaseMs, gone.signal);
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
    post('usage', 'Reports tokens and cost so far.', UsageBody, ({ attempt: _, seq: __, agent: ___, ...usage }) => ({
      type: 'usage',
      usage,
    })),
    route({
      method: 'POST',
      path: '/api/tasks/:id/result',
      about: 'Reports the result, with evidence that fits into the body. Ends the attempt.',
      attempt: 'report',
      body: ResultBody,
      answer: ReportAnswer,
      handle: async (call) => {
        const { evidence, result, usage, ...said } = call.body;
        const { task, attempt } = reported(call, said);
        // What comes after the end is not counted, but a late result is kept; and what was stored before is not stored again.
        const known = said.seq !== undefined && said.seq <= (await reports.ackSeq(task.id, attempt.n));
        for (const { text, dataBase64, mime, ...head } of attempt.endedAt === undefined && !known ? evidence : []) {
          const bytes = dataBase64 === undefined ? Buffer.from(text ?? '') : Buffer.from(dataBase64, 'base64');
          const type = mime ?? (dataBase64 === undefined ? 'text/plain' : 'application/octet-stream');
          const { agentId, n } = attempt;
          await reports.addEvidence({ taskId: task.id, attempt: n, agentId, head, mime: type, bytes: once(bytes), by: call.by });
        }
        return take(call, said, { type: 'result', result, ...defined({ usage }) });
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
      attempt: 'report',
      answer: ReportAnswer,
      handle: (call) => take(call, {}, { type: 'cancelled' }),
    }),
  ];
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
