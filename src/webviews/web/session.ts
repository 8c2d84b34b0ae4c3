import * as l10n from '@vscode/l10n';
import { phraseOf } from '../../server/domain/phrase';
import { spoken } from '../../server/domain/spoken';

/** Who is signed in on this page. */
export interface Me {
  name: string;
  role: 'viewer' | 'operator' | 'admin';
  /** When the token ends, ms since 1970. */
  until: number;
  readsEvidence: boolean;
}

/** A token with less time left than this is renewed, ms. */
const SOON_MS = 120_000;
/** Other tabs share the tokens, and a refresh token is good once: one tab at a time looks. */
const LOCK = 'tasktower-session';

/** Whoever is signed in, with a token that is good for a while; undefined = nobody. @throws when the tower does not answer. */
export function signedIn(): Promise<Me | undefined> {
  return navigator.locks.request(LOCK, async () => {
    const me = await ask();
    if (me && me.until - Date.now() > SOON_MS) return me;
    const renewed = await send('POST', '/api/session/refresh', {});
    // Where a proxy brings the token there is nothing to renew.
    return renewed.ok ? ask() : me;
  });
}

/** @returns why not, in the tower's words; undefined = they are in. */
export async function signIn(name: string, password: string): Promise<string | undefined> {
  const answer = await send('POST', '/api/session', { name, password });
  return answer.ok ? undefined : detailOf(answer);
}

/** The host of the page where people sign in; undefined = here. */
export async function signsInAt(): Promise<string | undefined> {
  const answer = await send('GET', '/api/session/issuer');
  return answer.ok ? (((await answer.json()) as { at: string | null }).at ?? undefined) : undefined;
}

/** Ends the session, here and in other tabs. */
export async function signOut(): Promise<void> {
  await send('DELETE', '/api/session', {});
  goToSignIn();
}

/** Leaves for the page to sign in, which comes back here. */
export function goToSignIn(): void {
  if (location.pathname === '/sign-in') return;
  location.assign(`/sign-in?to=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Asks the tower. */
export function send(method: string, path: string, body?: unknown): Promise<Response> {
  const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return fetch(path, { method, credentials: 'same-origin', cache: 'no-store', ...init });
}

/** What a tower says of what it refused. */
export async function detailOf(answer: Response): Promise<string> {
  try {
    const problem = (await answer.json()) as { detail?: string };
    return phraseOf(problem) ? spoken(problem) : (problem.detail ?? l10n.t('The tower answers {0}.', answer.status));
  } catch {
    return l10n.t('The tower answers {0}.', answer.status);
  }
}

async function ask(): Promise<Me | undefined> {
  const answer = await send('GET', '/api/session');
  if (answer.status === 401) return undefined;
  if (!answer.ok) throw new Error(await detailOf(answer));
  const { until, ...me } = (await answer.json()) as Omit<Me, 'until'> & { until: string };
  return { ...me, until: Date.parse(until) };
}
