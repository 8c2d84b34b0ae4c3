import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reach } from './reach';

/** How long a browser remembers that the tower speaks TLS, s. */
const REMEMBER = 180 * 86_400;
/** How long a browser remembers what another page may ask, s. */
const PREFLIGHT = 600;

/** Headers for every answer of a tower that browsers reach. */
export function secureHeaders(response: ServerResponse, isSecure: boolean): void {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  if (isSecure) response.setHeader('strict-transport-security', `max-age=${REMEMBER}`);
}

/** Lets a page of an allowed origin read the answer; it sends a token, and no cookie of ours. */
export function allowGuest({ guests }: Reach, { headers: { origin } }: IncomingMessage, response: ServerResponse): void {
  if (guests.size > 0) response.setHeader('vary', 'origin');
  if (origin === undefined || !guests.has(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'content-disposition, retry-after');
}

/** Answers what a browser asks before it lets such a page ask. */
export function answerPreflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'GET, POST, PATCH, DELETE');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, idempotency-key');
  response.setHeader('access-control-max-age', String(PREFLIGHT));
  response.writeHead(204).end();
}
