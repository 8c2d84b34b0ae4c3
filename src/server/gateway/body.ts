import type { IncomingMessage } from 'node:http';
import { Refusal } from '../domain/refusal';
import { MAX_FRAME } from '../protocol/version';

/** How long a body may take, ms. */
const PATIENCE = 15_000;

/** The JSON body of a request; `{}` when it has none. @throws {Refusal} when it is too large, too slow or not JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => request.destroy(new Refusal('invalid', `The body did not arrive within ${PATIENCE / 1000} s.`)), PATIENCE);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_FRAME) throw new Refusal('too_large', `The body is larger than ${MAX_FRAME} bytes. Hand in large things as evidence.`);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  if (size === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal('invalid', 'The body is not JSON.');
  }
}
