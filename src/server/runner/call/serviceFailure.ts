import { errorCode, errorText } from '../../base/errors';
import type { FinalReport } from '../../domain/report';
import { LONGEST_LIMIT } from '../../domain/policy';
import type { ErrorKind } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import { retryAtOf as retryAtOfWords } from '../failureWords';

const MAX_MESSAGE = 2_000;
const NOT_THERE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

/** The work cannot go on; `report` says why. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly report: FinalReport;

  constructor(kind: ErrorKind, message: string, retryAt?: number) {
    super(message);
    const at = retryAt === undefined ? {} : { retryAt: new Date(retryAt).toISOString() };
    this.report = { type: 'error', kind, message: shorten(cleanLine(message), MAX_MESSAGE), ...at };
  }
}

/** What a connection that failed means. `began` = the answer had begun. */
export function connectionFailure(error: unknown, name: string, url: string, began: boolean): ServiceFailure {
  if (error instanceof ServiceFailure) return error;
  const code = errorCode(error);
  if (code !== undefined && NOT_THERE.has(code) && !began)
    return new ServiceFailure(
      'spawn_failed',
      `${name} does not answer at ${url} (${code}). Start it, or check its url in tasktower.agents.`,
    );
  if (code?.startsWith('HPE_')) return new ServiceFailure('protocol_error', `${name} does not speak HTTP at its url (${code}).`);
  if (began) return new ServiceFailure('agent_error', `${name} dropped the connection in mid-answer. Retry when it is well again.`);
  return new ServiceFailure('agent_error', `${name} closed the connection without an answer (${code ?? errorText(error)}).`);
}

/** What an answer that is no success means. `text` is its body. */
export function statusFailure(name: string, status: number, headers: Headers, text: string, now: number): ServiceFailure {
  const said = detailOf(text);
  const says = said ? `: ${said}` : '.';
  if (status === 401 || status === 403)
    return new ServiceFailure(
      'auth_required',
      `${name} wants a key (status ${status})${says} Set one with "Tasktower: Set API Key", named by keyFrom.`,
    );
  if (status === 429) return new ServiceFailure('limit', `${name} has reached a limit${says}`, retryAtOf(headers, now, said));
  return new ServiceFailure('agent_error', `${name} answered with status ${status}${says}`);
}

/** The words of an error body: `{detail}` of FastAPI, `{error: {message}}` of OpenAI, or the text itself. */
export function detailOf(text: string): string {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const error = value.error;
    const found = [value.detail, typeof error === 'object' && error !== null && 'message' in error ? error.message : error, value.message];
    const first = found.find((one) => typeof one === 'string' && one !== '');
    if (typeof first === 'string') return shorten(cleanLine(first), 500);
    return value.detail === undefined ? shorten(cleanLine(text), 500) : shorten(cleanLine(JSON.stringify(value.detail)), 500);
  } catch {
    return shorten(cleanLine(text.slice(0, 4_000).replace(/<[^>]*>/g, ' ')), 500);
  }
}

/**
 * When a limit returns, ms since 1970: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), `x-ratelimit-reset` in seconds from now
 * or since 1970, the `x-ratelimit-reset-*` of OpenAI, or what the `words` say. Undefined when it is more than 40 days away.
 */
export function retryAtOf(headers: Headers, now: number, words = ''): number | undefined {
  const fromWords = retryAtOfWords(words, now);
  const times = [
    secondsOrDate(headers.get('retry-after'), now),
    secondsOrDate(headers.get('x-ratelimit-reset'), now),
    span(headers.get('x-ratelimit-reset-requests') ?? headers.get('x-ratelimit-reset-tokens'), now),
    fromWords === undefined ? undefined : Date.parse(fromWords),
  ];
  const at = times.find((one) => one !== undefined && one < now + LONGEST_LIMIT);
  return at === undefined ? undefined : Math.max(at, now);
}

function secondsOrDate(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  if (!/^\d+(\.\d+)?$/.test(text)) return Number.isFinite(Date.parse(text)) ? Date.parse(text) : undefined;
  const ms = Number(text) * 1_000;
  // Counted from 1970 when from now on it would be decades.
  return ms > 1e12 ? ms : now + ms;
}

function span(reset: string | null, now: number): number | undefined {
  const parts = [...(reset ?? '').slice(0, 100).matchAll(/([\d.]+)(ms|[hms])/g)];
  if (parts.length === 0) return undefined;
  const unit: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  return now + parts.reduce((total, [, amount, name]) => total + Number(amount) * (unit[name ?? ''] ?? 0), 0);
}

const STUB = /\b(?:not (?:yet )?implemented|is a stub|coming soon)\b/i;

/** @throws {ServiceFailure} when a short answer only says that there is nothing behind it: that is no result. */
export function refuseStub(name: string, text: string): void {
  if (text.length < 400 && STUB.test(text)) throw new ServiceFailure('agent_error', `${name} has nothing behind this: ${cleanLine(text)}`);
}
