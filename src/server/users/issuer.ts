import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import type { AuthorizationServer } from 'oauth4webapi';
import * as z from 'zod';

/** Signatures with a key pair; a shared secret or none is nobody's proof of who issued a token. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** How long to wait for the issuer, ms. */
export const PATIENCE = 5_000;
/** OpenID Connect Discovery 1.0, §3: as far as it is always used. */
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() }).catchall(z.json());

/** What an issuer says of itself, and the keys that it signs with. */
export interface FoundIssuer {
  server: AuthorizationServer;
  keys: JWTVerifyGetKey;
}

/** An OpenID Connect issuer; what it says of itself is fetched when it is needed. */
export class Issuer {
  private found: Promise<FoundIssuer> | undefined;

  /** @param url as its tokens name it, such as `https://login.example/realms/team`. */
  constructor(readonly url: string) {}

  /** @throws {Error} when it cannot be asked. */
  find(): Promise<FoundIssuer> {
    const found = (this.found ??= this.discover());
    // One that failed is asked for again.
    found.catch(() => (this.found = this.found === found ? undefined : this.found));
    return found;
  }

  forget(): void {
    this.found = undefined;
  }

  private async discover(): Promise<FoundIssuer> {
    const url = `${this.url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), redirect: 'error' });
    if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
    const server = Discovery.parse(await response.json());
    if (server.issuer !== this.url) throw new Error(`It calls itself ${server.issuer}.`);
    return { server, keys: createRemoteJWKSet(new URL(server.jwks_uri), { timeoutDuration: PATIENCE }) };
  }
}
