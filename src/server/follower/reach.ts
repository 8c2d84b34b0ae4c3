import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { errorCode, errorText, HumanError } from '../base/errors';
import { phrase } from '../domain/phrase';

/** What TLS says of a certificate whose authority is not known. */
const UNKNOWN_AUTHORITY: ReadonlySet<string | undefined> = new Set([
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
]);

/** The longest answer that is read as text, bytes. */
const MAX_TEXT = 1024 * 1024;

export interface Asked {
  method?: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/**
 * Asks a tower over HTTP. Not with `fetch`: in an editor that one takes the authorities of the system alone, and not those of `NODE_EXTRA_CA_CERTS`.
 * @throws {HumanError} when there is no answer.
 */
export async function reach(url: string, path: string, { body, ...options }: Asked): Promise<Response> {
  try {
    const target = new URL(`${url}${path}`);
    const request = (target.protocol === 'https:' ? https : http).request(target, options);
    // Once there is an answer, its reader hears of it.
    request.on('error', () => undefined).end(body);
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    return new Response(Readable.toWeb(answer) as globalThis.ReadableStream, { status: answer.statusCode ?? 0 });
  } catch (error) {
    const cause = { cause: error };
    if (UNKNOWN_AUTHORITY.has(errorCode(error)))
      throw new HumanError(
        phrase(
          "The certificate of {0} is of an authority that is not known here. Put that authority into the system's store, or name its file in NODE_EXTRA_CA_CERTS where the editor starts, and start the editor anew.",
          url,
        ),
        cause,
      );
    // Tried at several addresses, it says nothing but a code.
    const why = errorText(error instanceof Error ? (error.cause ?? error) : error) || errorCode(error);
    throw new HumanError(phrase('No tower answers at {0} ({1}). Check the address and the network.', url, String(why)), cause);
  }
}

/** The text of an answer. @throws {HumanError} when it is longer than any that a tower gives. */
export async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_TEXT) throw new HumanError(phrase('What answers there is no tower: it says too much. Check the address.'));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
