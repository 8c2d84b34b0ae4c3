import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import * as z from 'zod';
import { Evidence, evidenceLabel, EvidenceHead, type Evidence as Piece } from '../domain/evidence';
import type { AgentReports, EvidenceStore, MakeBundle, Tower } from '../domain/ports';
import { agentIdOf } from '../domain/agent';
import { read, Refusal } from '../domain/refusal';
import { taskOf } from '../domain/rules/context';
import { taskName, type Task } from '../domain/task';
import { EvidenceQuery } from '../protocol/rest';
import { bytesOf, readJson } from './body';
import { route, type Call, type Route } from './route';
import { mayReadEvidence, reportedAttempt } from './scopes';
import { defined, taskRef } from './taskRoutes';
import { phrase } from '../domain/phrase';

/** Types a browser may show in place; anything else is a download. */
const SHOWN = new Map([
  ['image/png', 'image/png'],
  ['image/jpeg', 'image/jpeg'],
  ['image/webp', 'image/webp'],
  ['text/plain', 'text/plain; charset=utf-8'],
]);
const EvidenceOut = Evidence.omit({ addedAt: true }).extend({ attempt: z.int(), addedAt: z.iso.datetime() });
const VerdictBody = z
  .strictObject({
    note: z
      .string()
      .max(16 * 1024)
      .optional(),
  })
  .optional();
const MetricsBody = z.looseObject({ metrics: EvidenceHead.shape.metrics.unwrap() });

interface EvidenceParts {
  tower: Tower;
  reports: AgentReports;
  evidence: EvidenceStore;
  bundle: MakeBundle;
}

/** Evidence in and out; its bytes go by HTTP, never through a socket. */
export function evidenceRoutes(parts: EvidenceParts): Route[] {
  const { tower, reports, evidence } = parts;
  const list = async (call: Call): Promise<unknown> => {
    const { task } = await tower.query({ type: 'TaskDetails', taskId: taskRef(call) });
    mayReadEvidence(call.who, task);
    return { evidence: pieces(task).map(({ attempt, piece }) => ({ ...piece, attempt, addedAt: new Date(piece.addedAt).toISOString() })) };
  };
  const listed = (path: string): Route =>
    route({
      method: 'GET',
      path,
      about: 'Lists the evidence of a task.',
      attempt: 'read',
      answer: z.object({ evidence: z.array(EvidenceOut) }),
      handle: list,
    });

  const judged = (verb: 'accept' | 'reject', verdict: 'accepted' | 'rejected'): Route =>
    route({
      method: 'POST',
      path: `/api/evidence/:id/:evidenceId/${verb}`,
      about: `A person's verdict: ${verdict}.${verb === 'accept' ? ' A screenshot becomes the baseline of its name.' : ''}`,
      body: VerdictBody,
      handle: async (call) => {
        const task = taskOf(tower.board, taskRef(call));
        const found = pieces(task).find(({ piece }) => piece.id === call.params.evidenceId);
        if (!found) throw new Refusal('not_found', phrase('{0} has no such evidence.', taskName(task)));
        const note = call.body?.note;
        const ask = { type: 'JudgeEvidence' as const, taskId: task.id, attempt: found.attempt, evidenceIds: [found.piece.id], verdict };
        return tower.execute({ ...ask, ...(note ? { note } : {}) }, call.by, call.commandId);
      },
    });

  return [
    listed('/api/tasks/:id/evidence'),
    listed('/api/evidence/:id'),
    route({
      method: 'POST',
      path: '/api/tasks/:id/evidence',
      about: 'Hands in evidence; the body is its bytes. For `kind=metrics` it is JSON with an array `metrics`.',
      attempt: 'report',
      bytes: true,
      query: EvidenceQuery,
      status: 201,
      answer: z.object({ evidenceId: z.string() }),
      handle: async (call) => {
        const { attempt: named, agent, ...head } = call.query;
        const task = taskOf(tower.board, taskRef(call));
        const { n, agentId } = reportedAttempt(call.who, task, { attempt: named, agentId: agent && agentIdOf(agent) });
        const piece = { taskId: task.id, attempt: n, agentId, by: call.by, ...defined({ commandId: call.commandId }) };
        const answer =
          head.kind === 'metrics'
            ? await reports.addEvidence({ ...piece, ...(await metricsOf(call, defined(head) as EvidenceHead)) })
            : await reports.addEvidence({
                ...piece,
                head: { ...defined(head), kind: head.kind, name: head.name },
                mime: call.request.headers['content-type']?.split(';', 1)[0] ?? 'application/octet-stream',
                bytes: bytesOf(call.request),
              });
        return { evidenceId: answer.evidenceId };
      },
    }),
    route({
      method: 'GET',
      path: '/api/evidence/:id/bundle.zip',
      about: 'All the proof of a task as a ZIP with a page that opens anywhere.',
      handle: async (call) => {
        const { task } = await tower.query({ type: 'TaskDetails', taskId: taskRef(call) });
        mayReadEvidence(call.who, task);
        const zip = await parts.bundle(task.id);
        const { response } = call;
        response.writeHead(200, {
          'content-type': 'application/zip',
          'content-disposition': `attachment; filename="task-${task.number}.zip"`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'private, no-store',
        });
        pipeline(zip, response, () => undefined);
        return undefined;
      },
    }),
    judged('accept', 'accepted'),
    judged('reject', 'rejected'),
    route({
      method: 'GET',
      path: '/api/evidence/:id/:evidenceId',
      about: 'The bytes of one piece of evidence.',
      attempt: 'read',
      handle: async (call) => {
        const { task } = await tower.query({ type: 'TaskDetails', taskId: taskRef(call) });
        mayReadEvidence(call.who, task);
        const found = pieces(task).find(({ piece }) => piece.id === call.params.evidenceId);
        const path = found && evidence.path(found.piece.sha256);
        if (!found) throw new Refusal('not_found', phrase('{0} has no such evidence.', taskName(task)));
        if (path === undefined)
          throw new Refusal(
            'not_found',
            phrase('The file of {0} is no longer kept; tasktower.evidence says how long.', evidenceLabel(found.piece)),
          );
        sendFile(call, path, found.piece);
        return undefined;
      },
    }),
  ];
}

async function metricsOf(call: Call, head: EvidenceHead): Promise<{ head: EvidenceHead; mime: string; bytes: AsyncIterable<Uint8Array> }> {
  const body = read(MetricsBody, await readJson(call.request), 'The metrics');
  const bytes = (async function* (): AsyncIterable<Uint8Array> {
    yield Buffer.from(JSON.stringify(body, null, 2));
  })();
  return { head: { ...head, metrics: body.metrics }, mime: 'application/json', bytes };
}

function pieces(task: Task): { attempt: number; piece: Piece }[] {
  return task.attempts.flatMap(({ n, evidence }) => evidence.map((piece) => ({ attempt: n, piece })));
}

function sendFile({ response }: Call, path: string, piece: Piece): void {
  const shown = SHOWN.get(piece.mime);
  const name = evidenceLabel(piece).replace(/[^\w.@-]/g, '_');
  response.writeHead(200, {
    'content-type': shown ?? 'application/octet-stream',
    'content-length': piece.bytes,
    'content-disposition': `${shown ? 'inline' : 'attachment'}; filename="${name}"`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  });
  pipeline(createReadStream(path), response, () => undefined);
}
