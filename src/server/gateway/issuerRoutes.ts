import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Clock } from '../base/clock';
import { Refusal } from '../domain/refusal';
import { cookieOf, cookiesFor, SIGN_IN_COOKIE, signInCookie } from './cookies';
import { HttpError } from './problem';
import { RateLimit } from './rateLimit';
import type { OpenDoor } from './reach';
import { route, type Route } from './route';

/** How long a person may take at the issuer's page, ms. */
const PATIENCE = 10 * 60_000;
const CALLBACK = '/api/session/callback';
/** What the browser keeps while its person signs in elsewhere. */
const Kept = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string() });

/** Signing in at the page of an issuer: out to it, and back. */
export function issuerRoutes(door: OpenDoor, clock: Clock): Route[] {
  // Whoever begins, or comes back, has the tower ask the issuer.
  const tries = new RateLimit(clock, 4, 40);
  const take = (): void => {
    if (tries.take('all') > 0) throw new HttpError(429, 'too_fast', 'Too many tries. Wait a second, then try again.');
  };
  const browser = (): NonNullable<OpenDoor['people']['browser']> => {
    if (door.people.browser) return door.people.browser;
    throw new Refusal('not_found', 'People sign in here with a name and a password.');
  };

  return [
    route({
      method: 'GET',
      path: '/api/session/issuer',
      about: 'Says where people sign in, when that is not here.',
      answer: z.object({ at: z.string().nullable() }),
      handle: async () => ({ at: door.people.browser?.at ?? null }),
    }),
    route({
      method: 'GET',
      path: '/api/session/begin',
      about: "Sends a browser to the issuer's page to sign in.",
      query: z.object({ to: z.string().max(2_000).optional() }),
      handle: async ({ query: { to = '/' }, request, response }) => {
        take();
        const origin = originOf(door, request);
        const target = pathOf(to, origin);
        try {
          const { url, begun } = await browser().begin(`${origin}${CALLBACK}`);
          const kept = Buffer.from(JSON.stringify({ ...begun, to: target })).toString('base64url');
          response.writeHead(302, { location: url, 'set-cookie': signInCookie(kept, clock.now() + PATIENCE), 'cache-control': 'no-store' });
        } catch (error) {
          if (error instanceof Refusal) throw error;
          response.writeHead(302, { location: signInPage('away', target), 'cache-control': 'no-store' });
        }
        response.end();
        return undefined;
      },
    }),
    route({
      method: 'GET',
      path: CALLBACK,
      about: "Where a browser comes back to from the issuer's page.",
      query: z.looseObject({}),
      handle: async ({ request, response }) => {
        take();
        const address = new URL(request.url ?? '', originOf(door, request));
        const kept = keptIn(cookieOf(request.headers.cookie, SIGN_IN_COOKIE));
        const signed = kept ? await browser().finish(kept, address) : 'stale';
        const over = signInCookie('', 0);
        if (typeof signed === 'string')
          response.writeHead(302, { location: signInPage(signed, kept?.to), 'set-cookie': over, 'cache-control': 'no-store' });
        else
          response.writeHead(302, {
            location: pathOf(kept?.to ?? '/', address.origin),
            'set-cookie': [...cookiesFor(signed), over],
            'cache-control': 'no-store',
          });
        response.end();
        return undefined;
      },
    }),
  ];
}

/** What the asker calls this tower; the guard let no other name in. */
function originOf({ urls, tls }: OpenDoor, { headers: { host = '' } }: IncomingMessage): string {
  const named = urls.find((url) => new URL(url).host === host);
  return named === undefined ? `${tls ? 'https' : 'http'}://${host}` : new URL(named).origin;
}

/** A page of this tower, and nowhere else. */
function pathOf(to: string, origin: string): string {
  const url = to.startsWith('/') && URL.canParse(to, origin) ? new URL(to, origin) : undefined;
  return url?.origin === origin ? `${url.pathname}${url.search}` : '/';
}

function signInPage(why: string, to = '/'): string {
  return `/sign-in?${new URLSearchParams({ to, why }).toString()}`;
}

function keptIn(cookie: string | undefined): z.infer<typeof Kept> | undefined {
  try {
    return Kept.safeParse(JSON.parse(Buffer.from(cookie ?? '', 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}
