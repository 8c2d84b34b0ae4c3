import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AddressGuard } from './addressGuard';
import { MEDIA_TYPE } from './cloudEvent';

/** Bytes of an answer that are read; what it says is never used. */
const ANSWER = 16 * 1024;

/** How a receiver answered. */
export interface Answered {
  status: number;
  /** What it asked for in `Retry-After`, ms. */
  retryAfter?: number;
}

/** One message. */
export interface Message {
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** How messages go out. */
export interface Line {
  guard: AddressGuard;
  /** How long one may take, ms. */
  timeout: number;
  /** Ends what is under way. */
  signal: AbortSignal;
}

/**
 * Sends a message. Redirects are answers like any other and not followed.
 * @throws {Error} when there is no answer in time, or the address is none that may be called.
 */
export async function post({ url, body, headers }: Message, { guard, timeout, signal }: Line): Promise<Answered> {
  const target = new URL(url);
  guard.checkHost(target);
  const bytes = Buffer.from(body);
  const options = {
    method: 'POST',
    agent: false as const,
    lookup: guard.lookup,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    headers: { ...headers, 'content-type': MEDIA_TYPE, 'content-length': bytes.length, 'user-agent': 'Tasktower' },
  };
  return new Promise((resolve, reject) => {
    const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, options, (response) => {
      const { statusCode: status = 0, headers: heard } = response;
      const retryAfter = retryAfterOf(heard['retry-after']);
      resolve({ status, ...(retryAfter === undefined ? {} : { retryAfter }) });
      let read = 0;
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read > ANSWER) response.destroy();
      });
      response.on('error', () => undefined);
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

/** Seconds or a date (RFC 9110, 10.2.3) in ms from now. */
function retryAfterOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return ms > 0 ? ms : undefined;
}
