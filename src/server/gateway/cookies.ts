import type { SignedIn } from '../domain/ports';

/** The cookies of a page that is signed in; no script can read them, and no other site can have them sent. */
export const ACCESS_COOKIE = 'tasktower-access';
export const REFRESH_COOKIE = 'tasktower-refresh';
/** What a browser has of a sign-in elsewhere that is under way. */
export const SIGN_IN_COOKIE = 'tasktower-sign-in';
/** The refresh token goes where it is used, and nowhere else. */
const REFRESH_PATH = '/api/session';

/** A cookie of a `Cookie` header (RFC 6265 §4.2), if it can be a token. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return /^[\w.~+/-]{1,4096}=*$/.exec(pair.slice(at + 1).trim())?.[0];
  }
  return undefined;
}

/** The `Set-Cookie` headers of who has signed in; the cookies end when the tokens do. */
export function cookiesFor({ access, until, refresh = '', refreshUntil = 0 }: SignedIn): string[] {
  return [cookie(ACCESS_COOKIE, access, '/', until), cookie(REFRESH_COOKIE, refresh, REFRESH_PATH, refreshUntil)];
}

/** The `Set-Cookie` headers that take both away. */
export function noCookies(): string[] {
  return [cookie(ACCESS_COOKIE, '', '/', 0), cookie(REFRESH_COOKIE, '', REFRESH_PATH, 0)];
}

/** The `Set-Cookie` header of a sign-in elsewhere; it must come along from there, which a strict one does not. */
export function signInCookie(value: string, until: number): string {
  return cookie(SIGN_IN_COOKIE, value, `${REFRESH_PATH}/callback`, until, 'Lax');
}

function cookie(name: string, value: string, path: string, until: number, site: 'Strict' | 'Lax' = 'Strict'): string {
  return `${name}=${value}; Path=${path}; Expires=${new Date(until).toUTCString()}; HttpOnly; Secure; SameSite=${site}`;
}
