import * as z from 'zod';
import { HumanError } from '../base/errors';
import { Role } from '../domain/task';
import { reach, textOf } from './reach';
import { phrase, phraseOf, type Phrase } from '../domain/phrase';

/** A token with less time left than this is renewed, ms. */
export const RENEW_MS = 60_000;
const PATIENCE_MS = 10_000;

/** What is kept of someone who is signed in to a team tower. Without `refresh` the token is another issuer's. */
export const KeptSession = z.object({
  name: z.string(),
  role: Role,
  access: z.string(),
  /** When `access` ends, ms since 1970. */
  until: z.number(),
  refresh: z.string().optional(),
  /** What `seen` told of them. */
  readsEvidence: z.boolean().optional(),
});
export type KeptSession = z.infer<typeof KeptSession>;

/** Where a session is kept, for all windows of an editor. */
export interface Vault {
  read(): Promise<KeptSession | undefined>;
  write(session: KeptSession | undefined): Promise<void>;
  /** One window at a time: a refresh token is good once. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
}

/** Nobody is signed in any more. */
export class SignedOut extends HumanError {
  override readonly name = 'SignedOut';
}

const TokensIn = z.object({ name: z.string(), role: Role, access: z.string(), until: z.iso.datetime(), refresh: z.string() });
const YouIn = z.object({ name: z.string(), role: Role, until: z.iso.datetime(), readsEvidence: z.boolean() });
const ProblemIn = z.object({ detail: z.string() });

/** Someone's session at a team tower. */
export class TeamSession {
  constructor(
    readonly url: string,
    private readonly vault: Vault,
  ) {}

  /** Signs in with a name and a password. @throws {HumanError} what the tower refuses. */
  static async signIn(url: string, name: string, password: string, label: string): Promise<KeptSession> {
    return keptOf(TokensIn.parse(await ask(url, '/api/session', { body: { name, password, label } })));
  }

  /** Signs in with a token of another issuer. @throws {HumanError} when the tower does not take it. */
  static async withToken(url: string, access: string): Promise<KeptSession> {
    const { name, role, until } = YouIn.parse(await ask(url, '/api/session', { token: access }));
    return { name, role, access, until: Date.parse(until) };
  }

  /** A session with a token that is good for a while. @throws {SignedOut} @throws {HumanError} when the tower does not answer. */
  token(isRefused = false): Promise<KeptSession> {
    return this.vault.exclusive(async () => {
      const kept = await this.vault.read();
      if (!kept) throw over(this.url);
      if (!isRefused && kept.until - Date.now() > RENEW_MS) return kept;
      if (kept.refresh === undefined) {
        if (!isRefused && kept.until > Date.now()) return kept;
        throw over(this.url);
      }
      try {
        const next = keptOf(TokensIn.parse(await ask(this.url, '/api/session/refresh', { body: { refresh: kept.refresh } })));
        await this.vault.write(next);
        return next;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await this.vault.write(undefined);
        throw over(this.url);
      }
    });
  }

  /** The session in the role of the moment; undefined when the tower does not take its token. @throws {HumanError} when it does not answer. */
  async seen(kept: KeptSession): Promise<KeptSession | undefined> {
    try {
      const { name, role, readsEvidence } = YouIn.parse(await ask(this.url, '/api/session', { token: kept.access }));
      return { ...kept, name, role, readsEvidence };
    } catch (error) {
      if (error instanceof Refused) return undefined;
      throw error;
    }
  }

  /** Ends the session. */
  async signOut(): Promise<void> {
    const kept = await this.vault.read();
    await this.vault.write(undefined);
    if (kept?.refresh !== undefined) await ask(this.url, '/api/session', { body: { refresh: kept.refresh }, method: 'DELETE' });
  }
}

/** The tower answers that this is not the right password or token. */
class Refused extends HumanError {
  override readonly name = 'Refused';
}

function over(url: string): SignedOut {
  return new SignedOut(phrase('You are signed out of {0}. Sign in again with "Tasktower: Connect to a Tower...".', url));
}

function keptOf({ until, ...tokens }: z.infer<typeof TokensIn>): KeptSession {
  return { ...tokens, until: Date.parse(until) };
}

async function ask(
  url: string,
  path: string,
  { body, token, method = body ? 'POST' : 'GET' }: { body?: object; token?: string; method?: string },
) {
  const answer = await reach(url, path, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await textOf(answer);
  if (answer.ok) return JSON.parse(text) as unknown;
  throw answer.status === 401 ? new Refused(detailOf(text, answer.status)) : new HumanError(detailOf(text, answer.status));
}

/** What a tower says of what it refused. */
export function detailOf(text: string, status: number): string | Phrase {
  try {
    const problem: unknown = JSON.parse(text);
    return phraseOf(problem) ?? ProblemIn.parse(problem).detail;
  } catch {
    return phrase('The tower answers {0}.', status);
  }
}
