import type { TokenHolder } from '../domain/ports';
import { ACCESS_COOKIE, cookieOf } from './cookies';
import type { Reach } from './reach';

/** Whose token a request carries. */
export type Who = TokenHolder;

/** What the guard looks at, before any handler or socket exists. */
export interface Knock {
  method: string;
  url: string;
  host: string | undefined;
  origin: string | undefined;
  authorization: string | undefined;
  cookie?: string | undefined;
  /** `Sec-Fetch-Site`: where a browser says that a request comes from; no page can set it. */
  site?: string | undefined;
}

export interface Turned {
  status: 400 | 401 | 403;
  code: 'invalid' | 'unauthorized' | 'forbidden';
  detail: string;
}
/** `token`: what `who` came in with. */
export type Admission = { who: Who | undefined; token?: string } | Turned;

/** Where anyone on this machine may look without a token. */
const OPEN = new Set(['/api/health', '/api/health/ready']);
/** Where someone comes in who has no token yet, or one that is over. */
const ENTRIES = new Set([
  ...['POST /api/session', 'POST /api/session/refresh', 'DELETE /api/session'],
  ...['GET /api/session/issuer', 'GET /api/session/begin', 'GET /api/session/callback'],
]);

/** Decides who comes in; `who` is undefined for what needs no token. Pure but for the look at the token. */
export async function admit(knock: Knock, reach: Reach, check: (token: string) => Promise<Who | undefined>): Promise<Admission> {
  // Only these names can be meant; another one is a web page that made its own name point here (DNS rebinding).
  if (knock.host === undefined || !reach.hosts.has(knock.host)) {
    return { status: 403, code: 'forbidden', detail: `The Host must be ${[...reach.hosts][0]}.` };
  }
  // Agents are no browsers: any Origin, "null" too, is a web page, and comes in only where one is allowed.
  const isOwn = knock.origin !== undefined && reach.origins.has(knock.origin);
  if (knock.origin !== undefined && !isOwn && !reach.guests.has(knock.origin))
    return { status: 403, code: 'forbidden', detail: 'Requests from web pages are refused.' };
  // A browser asks without a token whether such a page may ask with one.
  if (knock.method === 'OPTIONS' && knock.origin !== undefined && !isOwn) return { who: undefined };
  const { path, query } = splitUrl(knock.url);
  if ([...new URLSearchParams(query).keys()].some((name) => /^(access_)?token$/i.test(name))) {
    return { status: 400, code: 'invalid', detail: 'A token in the address ends up in logs. Send it as "Authorization: Bearer …".' };
  }
  // Such a client sends no token of ours, and would take a 401 for a wrong one.
  if (/^\/socket\.io(\/|$)/.test(path)) {
    return {
      status: 400,
      code: 'invalid',
      detail: 'Tasktower does not speak Socket.IO. Open a WebSocket at /agent; see docs/from-the-plan.md.',
    };
  }
  if (knock.method === 'GET' && (OPEN.has(path) || reach.pages.has(path))) return { who: undefined };
  // A page reads its own cookie nowhere, so the browser must say that the page is ours: it does for every request but a plain GET.
  const isOurPage = isOwn || (knock.origin === undefined && knock.method === 'GET' && knock.site === 'same-origin');
  const token = tokenOf(knock.authorization) ?? (isOurPage && reach.origins.size > 0 ? cookieOf(knock.cookie, ACCESS_COOKIE) : undefined);
  if (reach.signsIn && ENTRIES.has(`${knock.method} ${path}`)) {
    // What changes a cookie is not asked for by another page.
    if (knock.origin !== undefined && !isOwn) return { status: 403, code: 'forbidden', detail: 'Sign in on the page of the tower itself.' };
    return { who: undefined };
  }
  const who = token === undefined ? undefined : await check(token);
  if (who && token !== undefined) return { who, token };
  const detail =
    token === undefined
      ? `The token is missing. Send it as "Authorization: Bearer …"; ${reach.signsIn ? 'sign in to get one' : 'it is in the address file'}.`
      : reach.signsIn
        ? 'The token is wrong or over. Sign in again.'
        : 'The token is wrong. Read the address file again.';
  return { status: 401, code: 'unauthorized', detail };
}

/** The token of an Authorization header. */
export function tokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]{1,8192}=*)$/i.exec(authorization ?? '')?.[1];
}

/** One name for each token, however its header is written, and for each person; all who need none share one. */
export function callerOf(who: Who | undefined): string {
  if (who?.kind === 'attempt') return `${who.taskId}/${who.attempt}`;
  if (who?.kind === 'person' && who.member) return `person ${who.member.name}`;
  return who?.kind === 'client' && who.agent !== undefined ? `client ${who.agent}` : (who?.kind ?? 'anyone');
}

/** The path and the query string of a request. */
export function splitUrl(url: string): { path: string; query: string } {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
