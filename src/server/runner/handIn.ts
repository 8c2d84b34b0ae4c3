import { openAsBlob } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { errorText, HumanError } from '../base/errors';
import { evidenceLabel, type EvidenceHead } from '../domain/evidence';
import type { AssignParams } from '../protocol/agent';
import type { EvidenceBody } from './driver';

/** How long the tower may be away before a piece is given up, ms. */
const PATIENCE = 60_000;
const RETRY_AFTER = 500;
const Problem = z.object({ detail: z.string() });

/**
 * Sends evidence of an attempt to the tower, again while it is away; it is stored once.
 * @throws {HumanError} when the tower does not take it, with its reason.
 */
export async function handIn(
  { url, token, taskId, attempt }: Pick<AssignParams, 'url' | 'token' | 'taskId' | 'attempt'>,
  key: string,
  head: EvidenceHead,
  body: EvidenceBody,
  signal: AbortSignal,
): Promise<void> {
  const { kind, name, viewport, description, metrics } = head;
  const query = new URLSearchParams({ attempt: String(attempt), kind, name });
  if (viewport) query.set('viewport', `${viewport.width}x${viewport.height}`);
  if (description) query.set('description', description);
  const bytes =
    kind === 'metrics' && metrics
      ? JSON.stringify({ metrics })
      : 'path' in body
        ? await openAsBlob(body.path)
        : new Blob([body.bytes.slice()]);
  const headers = { authorization: `Bearer ${token}`, 'content-type': body.mime, 'idempotency-key': key };
  const until = Date.now() + PATIENCE;
  for (;;) {
    const answer = await fetch(`${url}/api/tasks/${taskId}/evidence?${query.toString()}`, {
      method: 'POST',
      headers,
      body: bytes,
      signal,
    }).catch((error: unknown) => error);
    if (answer instanceof Response && answer.status < 500 && answer.status !== 429) {
      if (answer.ok) return;
      const problem = Problem.safeParse(await answer.json().catch(() => undefined));
      throw new HumanError(`${evidenceLabel(head)} was not taken: ${problem.data?.detail ?? `status ${answer.status}`}`);
    }
    const why = answer instanceof Response ? `status ${answer.status}` : errorText(answer);
    if (signal.aborted || Date.now() > until) throw new HumanError(`${evidenceLabel(head)} could not be sent to the tower: ${why}`);
    await wait(RETRY_AFTER, undefined, { ref: false });
  }
}
