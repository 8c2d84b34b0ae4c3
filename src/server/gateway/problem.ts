import type { ServerResponse } from 'node:http';
import { errorCode, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import { Refusal, type RefusalCode } from '../domain/refusal';

/** An error as `application/problem+json` (RFC 9457) tells it. */
export interface Problem {
  status: number;
  code: string;
  detail: string;
  data?: Record<string, unknown>;
}

const STATUS: Record<RefusalCode, number> = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  forbidden: 403,
  unavailable: 503,
  too_large: 413,
};
const TITLES: Record<number, string> = {
  400: 'Not understood',
  401: 'Who are you?',
  403: 'Not allowed',
  404: 'Not found',
  408: 'Too slow',
  409: 'Not now',
  413: 'Too large',
  429: 'Too fast',
  431: 'Too large',
  503: 'Not available',
  507: 'No room',
};

/** An error of HTTP itself rather than of the rules. */
export class HttpError extends Error {
  constructor(
    readonly status: 401 | 404 | 408 | 429 | 503,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What went wrong, without anything a stranger should not read. */
export function problemOf(error: unknown, log: Log): Problem {
  if (error instanceof Refusal)
    return { status: STATUS[error.code], code: error.code, detail: error.message, ...(error.data ? { data: error.data } : {}) };
  if (error instanceof HttpError) return { status: error.status, code: error.code, detail: error.message };
  if (error instanceof HumanError) {
    const status = errorCode(error.cause) === 'ENOSPC' ? 507 : 503;
    return { status, code: 'unavailable', detail: error.message, ...(error.phrase ? { data: { phrase: error.phrase } } : {}) };
  }
  log.error('A request failed.', error);
  return { status: 500, code: 'internal', detail: 'Tasktower hit an error. Nothing queued is lost; see its log.' };
}

/** The short name of a status. */
export function titleOf(status: number): string {
  return TITLES[status] ?? 'Error';
}

/** Answers with a problem; the connection goes on unless the body was not read. */
export function sendProblem(response: ServerResponse, { status, code, detail, data }: Problem, headers: Record<string, string> = {}): void {
  if (response.headersSent) return void response.destroy();
  const body = Buffer.from(JSON.stringify({ ...data, type: 'about:blank', title: titleOf(status), status, code, detail }));
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
