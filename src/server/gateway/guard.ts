import type { Keys } from '../domain/ports';

/** Whose token a request carries. */
export type Who = NonNullable<ReturnType<Keys['check']>>;

/** What the guard looks at, before any handler or socket exists. */
export interface Knock {
  method: string;
  url: string;
  host: string | undefined;
  origin: string | undefined;
  authorization: string | undefined;
}

export type Admission = { who: Who } | { status: 400 | 401 | 403; detail: string };

/** Where anyone on this machine may look without a token. */
const OPEN = new Set(['/api/health']);

/** Decides who comes in. Pure but for the comparison of tokens. */
export function admit(knock: Knock, port: number, check: Keys['check']): Admission | { who: undefined } {
  // Only these names can be meant; another one is a web page that made its own name point here (DNS rebinding).
  if (knock.host !== `127.0.0.1:${port}` && knock.host !== `localhost:${port}`) {
    return { status: 403, detail: `The Host must be 127.0.0.1:${port}.` };
  }
  // Agents are no browsers: any Origin, "null" too, is a web page.
  if (knock.origin !== undefined) return { status: 403, detail: 'Requests from web pages are refused.' };
  const [path = '', query = ''] = knock.url.split('?', 2);
  if (/(^|&)(access_)?token=/i.test(query)) {
    return { status: 400, detail: 'A token in the address ends up in logs. Send it as "Authorization: Bearer …".' };
  }
  if (knock.method === 'GET' && OPEN.has(path)) return { who: undefined };
  const token = /^Bearer ([\w.~+/-]{1,200}=*)$/.exec(knock.authorization ?? '')?.[1];
  if (token === undefined) return { status: 401, detail: 'The token is missing. Send it as "Authorization: Bearer …"; it is in the address file.' };
  const who = check(token);
  return who ? { who } : { status: 401, detail: 'The token is wrong. Read the address file again.' };
}
