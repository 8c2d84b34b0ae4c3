import { createHmac } from 'node:crypto';

/**
 * The headers with which a receiver checks who sent a message, and when.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * @param keys any of them proves it: while a secret is replaced there are two.
 * @param now ms since 1970.
 */
export function signatureHeaders(id: string, body: string, keys: readonly Buffer[], now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
