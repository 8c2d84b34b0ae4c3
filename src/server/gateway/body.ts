import type { IncomingMessage } from 'node:http';
import { Refusal } from '../domain/refusal';
import { MAX_FRAME } from '../protocol/version';
import { HttpError } from './problem';

/** How long a JSON body may take, ms. */
const PATIENCE = 15_000;

/** The JSON body of a request; `{}` when it has none. @throws {Refusal} too large or not JSON. @throws {HttpError} too slow. */
export async function readJson(request: IncomingMessage, patience = PATIENCE): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_FRAME) throw tooLarge();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new HttpError(408, 'too_slow', `The body did not arrive within ${patience / 1000} s. Send it again.`)),
      patience,
    );
  });
  try {
    const bytes = await Promise.race([collect(request), late]);
    return bytes.length === 0 ? {} : parse(bytes);
  } finally {
    clearTimeout(timer);
  }
}

/** The bytes of a request. Its connection outlives whoever stops reading, so that it can be told why. */
export function bytesOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => request.iterator({ destroyOnReturn: false }) };
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(request)) {
    size += chunk.length;
    if (size > MAX_FRAME) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refusal('invalid', 'The body is not JSON.');
  }
}

function tooLarge(): Refusal {
  return new Refusal('too_large', `The body is larger than ${MAX_FRAME} bytes. Hand in large things as evidence.`);
}
