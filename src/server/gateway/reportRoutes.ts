import * as z from 'zod';
import type { Keys } from '../domain/ports';
import type { AgentReport } from '../domain/report';
import { ClaimBody, ClaimOut, ErrorBody, LogsBody, ProgressBody, ResultBody, UsageBody } from '../protocol/rest';
import { claimWork, reportedOn, takeInline, takeReport, type Reported, type ReportingParts } from './reporting';
import { route, type Call, type Route } from './route';
import { mayActAs } from './scopes';
import { defined, taskRef } from './taskRoutes';

/** What agents without a socket need. */
export interface ReportParts extends ReportingParts {
  keys: Keys;
  url(): string;
}

const ReportAnswer = z.object({
  ackSeq: z.int(),
  cancel: z.boolean().describe('A person cancelled, or the attempt has ended: stop working.'),
});

/** Ask for work, and report on it. Every report renews the lease of its task. */
export function reportRoutes(parts: ReportParts): Route[] {
  const { tower, reports, keys } = parts;

  const take = (call: Call, said: Reported, report: AgentReport): Promise<unknown> => takeReport(parts, call, taskRef(call), said, report);
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
        const gone = new AbortController();
        call.response.once('close', () => gone.abort());
        mayActAs(call.who, call.body.agent);
        const { assignment: work, reason } = await claimWork(parts, call.body, call.by, gone.signal);
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
        const on = reportedOn(tower, call, taskRef(call), said);
        const { task, attempt } = on;
        // What comes after the end is not counted, but a late result is kept; and what was stored before is not stored again.
        const known = said.seq !== undefined && said.seq <= (await reports.ackSeq(task.id, attempt.n));
        if (attempt.endedAt === undefined && !known) for (const piece of evidence) await takeInline(reports, on, piece, call.by);
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
