import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { Evidence, evidenceLabel, EvidenceHead, type Evidence as Piece } from '../domain/evidence';
import type { AgentReports, EvidenceStore, Leases, Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { read } from '../domain/refusal';
import { taskName, type Task } from '../domain/task';
import { EvidenceQuery } from '../protocol/rest';
import { readJson } from './body';
import { holder } from './reportRoutes';
import { route, type Call, type Route } from './route';
import { defined, taskRef } from './taskRoutes';

/** Types a browser may show in place; anything else is a download. */
const SHOWN = new Set(['image/png', 'image/jpeg', 'image/webp', 'text/plain', 'application/json']);
const EvidenceOut = Evidence.omit({ addedAt: true }).extend({ attempt: z.int(), addedAt: z.iso.datetime() });
const MetricsBody = z.looseObject({ metrics: EvidenceHead.shape.metrics.unwrap() });

interface EvidenceParts {
  tower: Tower;
  reports: AgentReports;
  evidence: EvidenceStore;
  leases: Leases;
}

/** Evidence in and out; its bytes go by HTTP, never through a socket. */
export function evidenceRoutes(parts: EvidenceParts): Route[] {
  const { tower, reports, evidence, leases } = parts;
  const list = async (call: Call): Promise<unknown> => {
    const { task } = await tower.query({ type: 'TaskDetails', taskId: taskRef(call) });
    mayRead(call, task);
    return { evidence: pieces(task).map(({ attempt, piece }) => ({ ...piece, attempt, addedAt: new Date(piece.addedAt).toISOString() })) };
  };
  const listed = (path: string): Route =>
    route({ method: 'GET', path, about: 'Lists the evidence of a task.', attempt: true, answer: z.object({ evidence: z.array(EvidenceOut) }), handle: list });

  return [
    listed('/api/tasks/:id/evidence'),
    listed('/api/evidence/:id'),
    route({
      method: 'POST',
      path: '/api/tasks/:id/evidence',
      about: 'Hands in evidence; the body is its bytes. For `kind=metrics` it is JSON with an array `metrics`.',
      attempt: true,
      bytes: true,
      query: EvidenceQuery,
      status: 201,
      answer: z.object({ evidenceId: z.string() }),
      handle: async (call) => {
        const { attempt, agent: _, ...head } = call.query;
        const { id: taskId } = (await tower.query({ type: 'TaskDetails', taskId: taskRef(call) })).task;
        leases.renewTask(taskId);
        const agentId = holder({ tower }, call, attempt);
        const piece = { taskId, agentId, by: call.by, ...defined({ attempt, commandId: call.commandId }) };
        const answer =
          head.kind === 'metrics'
            ? await reports.addEvidence({ ...piece, ...(await metricsOf(call, defined(head) as EvidenceHead)) })
            : await reports.addEvidence({
                ...piece,
                head: { ...defined(head), kind: head.kind, name: head.name },
                mime: call.request.headers['content-type']?.split(';', 1)[0] ?? 'application/octet-stream',
                bytes: call.request,
              });
        return { evidenceId: answer.evidenceId };
      },
    }),
    route({
      method: 'GET',
      path: '/api/evidence/:id/:evidenceId',
      about: 'The bytes of one piece of evidence.',
      handle: async (call) => {
        const { task } = await tower.query({ type: 'TaskDetails', taskId: taskRef(call) });
        mayRead(call, task);
        const found = pieces(task).find(({ piece }) => piece.id === call.params.evidenceId);
        const path = found && evidence.path(found.piece.sha256);
        if (!found || path === undefined) throw new Refusal('not_found', `${taskName(task)} has no such evidence.`);
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

/** A program may read the evidence of what programs created; a person's tasks are the person's. */
function mayRead({ who }: Call, task: Task): void {
  if (who?.kind === 'person' || (who?.kind === 'attempt' && who.taskId === task.id)) return;
  if (who?.kind === 'client' && task.createdBy.kind !== 'person') return;
  throw new Refusal('forbidden', 'This token may not read the evidence of that task. Open it in the editor.');
}

function sendFile({ response }: Call, path: string, piece: Piece): void {
  const shown = SHOWN.has(piece.mime);
  const name = evidenceLabel(piece).replace(/[^\w.@-]/g, '_');
  response.writeHead(200, {
    'content-type': shown ? piece.mime : 'application/octet-stream',
    'content-length': piece.bytes,
    'content-disposition': `${shown ? 'inline' : 'attachment'}; filename="${name}"`,
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  });
  const stream = createReadStream(path);
  stream.on('error', () => response.destroy());
  stream.pipe(response);
}
