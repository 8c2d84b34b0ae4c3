import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Clock } from '../base/clock';
import type { People, SignedIn } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { Role } from '../domain/task';
import { cookieOf, cookiesFor, noCookies, REFRESH_COOKIE } from './cookies';
import { HttpError } from './problem';
import { RateLimit } from './rateLimit';
import { route, type Call, type Route } from './route';
import { mayAdminister } from './scopes';

const SignInBody = z.strictObject({
  name: z.string().min(1).max(64),
  password: z.string().min(1).max(200),
  /** What signs in, for the list of sessions; else the name of the browser. */
  label: z.string().max(120).optional(),
});
const RefreshBody = z.strictObject({ refresh: z.string().max(200).optional() });
const You = z.object({ name: z.string(), role: Role, until: z.iso.datetime(), readsEvidence: z.boolean() });
const Tokens = z.object({
  name: z.string(),
  role: Role,
  until: z.iso.datetime().describe('When the access token ends.'),
  access: z.string().optional().describe('Not for a page, which gets cookies.'),
  refresh: z.string().optional().describe('Good once, for the next tokens.'),
});
const SessionOut = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  createdAt: z.iso.datetime(),
  usedAt: z.iso.datetime(),
  current: z.boolean(),
});

/** Signing in and out, and who is signed in. */
export function sessionRoutes(people: People, clock: Clock): Route[] {
  // Guessing is slow for a name, and never takes all of the machine.
  const tries = new RateLimit(clock, 0.2, 10);
  const allTries = new RateLimit(clock, 4, 40);

  const take = (name: string): void => {
    const wait = Math.max(allTries.take('all'), tries.take(name.normalize('NFC').toLowerCase()));
    if (wait > 0) throw new HttpError(429, 'too_fast', `Too many tries. Wait ${Math.ceil(wait)} s, then try again.`);
  };

  const takeAny = (): void => {
    if (allTries.take('all') > 0) throw new HttpError(429, 'too_fast', 'Too many tries. Wait a second, then try again.');
  };

  return [
    route({
      method: 'POST',
      path: '/api/session',
      about: 'Signs a person in. A page gets cookies; another program gets the tokens.',
      own: true,
      body: SignInBody,
      answer: Tokens,
      handle: async ({ body: { name, password, label }, request, response }) => {
        take(name);
        const signed = await refused(() => people.signIn(name, password, label ?? browserOf(request)));
        return tokensOut(signed, request, response);
      },
    }),
    route({
      method: 'POST',
      path: '/api/session/refresh',
      about: 'Gives new tokens for a refresh token, which is good once.',
      own: true,
      body: RefreshBody,
      answer: Tokens,
      handle: async (call) => {
        takeAny();
        try {
          const signed = await refused(() => people.refresh(refreshOf(call) ?? ''));
          return tokensOut(signed, call.request, call.response);
        } catch (error) {
          if (error instanceof HttpError && isPage(call.request)) call.response.setHeader('set-cookie', noCookies());
          throw error;
        }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/session',
      about: 'Signs a person out, and closes what is open in the session.',
      own: true,
      body: RefreshBody,
      answer: z.object({ ended: z.boolean() }),
      handle: async (call) => {
        const refresh = refreshOf(call);
        if (isPage(call.request)) call.response.setHeader('set-cookie', noCookies());
        // An issuer is told, whoever's token it is.
        if (people.browser) takeAny();
        return { ended: refresh !== undefined && people.signOut(refresh) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/session',
      about: 'Says who the asker is, in what role.',
      answer: You,
      handle: async ({ who }) => {
        if (who?.kind !== 'person') throw new Refusal('not_found', 'This token is not that of a person.');
        const { name, role, until, readsEvidence } = who.member ?? { name: 'you', role: 'admin', until: clock.now(), readsEvidence: true };
        return { name, role, readsEvidence, until: new Date(until).toISOString() };
      },
    }),
    route({
      method: 'GET',
      path: '/api/sessions',
      about: "Lists the asker's sessions; an admin's list has everyone's.",
      answer: z.object({ sessions: z.array(SessionOut) }),
      handle: async ({ who }) => {
        const member = who?.kind === 'person' ? who.member : undefined;
        if (!member) mayAdminister(who, 'list sessions');
        const shown = people.sessions().filter(({ name }) => !member || member.role === 'admin' || member.name === name);
        return {
          sessions: shown.map(({ createdAt, usedAt, ...session }) => ({
            ...session,
            createdAt: new Date(createdAt).toISOString(),
            usedAt: new Date(usedAt).toISOString(),
            current: member?.session === session.id,
          })),
        };
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/sessions/:session',
      about: "Ends a session: one of the asker's own, or any for an admin.",
      own: true,
      answer: z.object({ ended: z.boolean() }),
      handle: async ({ who, params: { session = '' } }) => {
        const found = people.sessions().find(({ id }) => id === session);
        const member = who?.kind === 'person' ? who.member : undefined;
        if (!member || found?.name !== member.name) mayAdminister(who, 'end sessions of others');
        if (!found) throw new Refusal('not_found', 'There is no such session.');
        return { ended: people.end(session) };
      },
    }),
  ];
}

/** A wrong password, or a session that is over: the asker is to sign in. */
async function refused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'forbidden') throw new HttpError(401, 'unauthorized', error.message);
    throw error;
  }
}

function refreshOf({ request, body }: Call<z.output<typeof RefreshBody>, unknown>): string | undefined {
  return body.refresh ?? (isPage(request) ? cookieOf(request.headers.cookie, REFRESH_COOKIE) : undefined);
}

/** A page of the tower itself: the guard lets no other one ask here. */
function isPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined;
}

function tokensOut(signed: SignedIn, request: IncomingMessage, response: ServerResponse): z.input<typeof Tokens> {
  const { name, role, access, refresh } = signed;
  const until = new Date(signed.until).toISOString();
  if (!isPage(request)) return { name, role, until, access, refresh };
  response.setHeader('set-cookie', cookiesFor(signed));
  return { name, role, until };
}

/** What a browser calls itself, short. */
function browserOf({ headers }: IncomingMessage): string {
  const agent = headers['user-agent'] ?? '';
  const [browser] = /(Edg|Firefox|Chrome|Safari)\/\d+/.exec(agent) ?? [];
  const [system] = /(Windows|Macintosh|Android|iPhone|iPad|Linux)/.exec(agent) ?? [];
  return [browser?.replace('/', ' '), system].filter(Boolean).join(', ') || agent.slice(0, 60) || 'a program';
}
