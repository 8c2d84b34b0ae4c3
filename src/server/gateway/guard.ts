import type { Keys, TokenHolder } from '../domain/ports';

/** Whose token a request carries. */
export type Who = TokenHolder;

/** What the guard looks at, before any handler or socket exists. */
export interface Knock {
  method: string;
  url: string;
  host: string | undefined;
  origin: string | undefined;
  authorization: string | undefined;
}

export interface Turned {
  status: 400 | 401 | 403;
  code: 'invalid' | 'unauthorized' | 'forbidden';
  detail: string;
}
export type Admission = { who: Who | undefined } | Turned;

/** Where anyone on this machine may look without a token. */
const OPEN = new Set(['/api/health']);

/** Decides who comes in; `who` is undefined for what needs no token. Pure but for the comparison of tokens. */
export function admit(knock: Knock, port: number, check: Keys['check']): Admission {
  // Only these names can be meant; another one is a web page that made its own name point here (DNS rebinding).
  if (knock.host !== `127.0.0.1:${port}` && knock.host !== `localhost:${port}`) {
    return { status: 403, code: 'forbidden', detail: `The Host must be 127.0.0.1:${port}.` };
  }
  // Agents are no browsers: any Origin, "null" too, is a web page.
  if (knock.origin !== undefined) return { status: 403, code: 'forbidden', detail: 'Requests from web pages are refused.' };
  const { path, query } = splitUrl(knock.url);
  if ([...new URLSearchParams(query).keys()].some((name) => /^(access_)?token$/i.test(name))) {
    return { status: 400, code: 'invalid', detail: 'A token in the address ends up in logs. Send it as "Authorization: Bearer …".' };
  }
  // Such a client sends no token of ours, and would take a 401 for a wrong one.
  if (/^\/socket\.io(\/|$)/.test(path)) {
    return {
      status: 400,
      code: 'invalid',
      detail: 'Tasktower does not speak Socket.IO. Open a WebSocket at /agent; see docs/protocol.md.',
    };
  }
  if (knock.method === 'GET' && OPEN.has(path)) return { who: undefined };
  const token = tokenOf(knock.authorization);
  const who = token === undefined ? undefined : check(token);
  if (who) return { who };
  const detail =
    token === undefined
      ? 'The token is missing. Send it as "Authorization: Bearer …"; it is in the address file.'
      : 'The token is wrong. Read the address file again.';
  return { status: 401, code: 'unauthorized', detail };
}

/** The token of an Authorization header. */
export function tokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]{1,200}=*)$/i.exec(authorization ?? '')?.[1];
}

/** One name for each token, however its header is written; all who need none share one. */
export function callerOf(who: Who | undefined): string {
  if (who?.kind === 'attempt') return `${who.taskId}/${who.attempt}`;
  return who?.kind === 'client' && who.agent !== undefined ? `client ${who.agent}` : (who?.kind ?? 'anyone');
}

/** The path and the query string of a request. */
export function splitUrl(url: string): { path: string; query: string } {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
