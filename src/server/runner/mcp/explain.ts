import {
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
  UnsupportedProtocolVersionError,
} from '@modelcontextprotocol/client';
import { errorCode, errorText } from '../../base/errors';
import type { ErrorKind } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { ErrorReport } from './connection';

/** The longest message of an error, characters. */
const MAX_MESSAGE = 4_000;

/** An error as its report, in one line. */
export function failed(kind: ErrorKind, message: string): ErrorReport {
  return { type: 'error', kind, message: shorten(cleanLine(message), MAX_MESSAGE) };
}

/** What an error of the SDK means to people. @param server how the server is named in messages. */
export function explainError(error: unknown, server: string): ErrorReport {
  if (error instanceof UnsupportedProtocolVersionError || isVersion(error))
    return failed('protocol_error', `${server} speaks another version of MCP: ${errorText(error)}`);
  if (error instanceof UnauthorizedError) return unauthorized(server, error);
  if (error instanceof SdkHttpError) {
    if (error.status === 401 || error.status === 403) return unauthorized(server, error);
    const kind = error.status === 429 ? 'limit' : error.status >= 500 ? 'agent_error' : 'protocol_error';
    return failed(kind, `${server} answered ${error.status}: ${errorText(error)}`);
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout)
    return failed('protocol_error', `${server} does not answer as an MCP server does. Check "command" or "url" in tasktower.agents.`);
  if (error instanceof ProtocolError) return failed('agent_error', errorText(error));
  const code = systemCode(error);
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND')
    return failed('spawn_failed', `${server} cannot be reached (${code}). Start it, or check "url" in tasktower.agents.`);
  return failed('agent_error', `${server}: ${errorText(error)}${code === undefined ? '' : ` (${code})`}`);
}

function unauthorized(server: string, error: Error): ErrorReport {
  return failed('auth_required', `${server} wants a login: ${errorText(error)}. Name its key with "keyFrom" in tasktower.agents.`);
}

/** The SDK has no class of its own for a 2025 server with a version it does not know. */
function isVersion(error: unknown): boolean {
  return error instanceof Error && /protocol version/i.test(error.message);
}

/** The code of the system (`ECONNREFUSED`) behind an error, however deep. */
function systemCode(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = errorCode(cause);
    if (code !== undefined && /^E[A-Z]+$/.test(code)) return code;
  }
  return undefined;
}
