import { errors, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { BegunSignIn, BrowserSignIn, Member, SignedIn, SignInTrouble } from '../domain/ports';
import { cleanLine, shorten } from '../domain/text';
import { ALGORITHMS, PATIENCE, type Issuer } from './issuer';

/** What browsers take of a cookie is 4096 bytes, with its name and where it goes. */
const MOST = 3_800;
/** A session that is not used for so long is over, ms; the issuer may end it before. */
const SESSION_MS = 30 * 86_400_000;

export interface IssuerClient {
  /** The tower, as the issuer knows it. */
  id: string;
  /** Of a client that is registered with one. */
  secret?: string;
  /** What is asked for, such as `openid profile`. */
  scope: string;
}

export interface IssuerSignInParts {
  issuer: Issuer;
  client: IssuerClient;
  /** Whose token it is, if it is made for this tower. */
  check: (token: string) => Promise<Member | undefined>;
  log: Log;
  now: () => number;
}

/** Signing in at an issuer's page: the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636). */
export class IssuerSignIn implements BrowserSignIn {
  private readonly client: oauth.Client;

  constructor(private readonly parts: IssuerSignInParts) {
    this.client = { client_id: parts.client.id };
  }

  get at(): string {
    return new URL(this.parts.issuer.url).host;
  }

  async begin(returnTo: string): Promise<{ url: string; begun: BegunSignIn }> {
    const { server } = await this.parts.issuer.find();
    if (server.authorization_endpoint === undefined) throw new Error(`${this.at} has no page to sign in.`);
    const begun = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), verifier: oauth.generateRandomCodeVerifier() };
    const url = new URL(server.authorization_endpoint);
    const asked = {
      ...{ client_id: this.client.client_id, redirect_uri: returnTo, response_type: 'code', scope: this.parts.client.scope },
      ...{ state: begun.state, nonce: begun.nonce },
      ...{ code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier), code_challenge_method: 'S256' },
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return { url: url.href, begun };
  }

  async finish({ state, nonce, verifier }: BegunSignIn, address: URL): Promise<SignedIn | SignInTrouble> {
    try {
      const { server, keys } = await this.parts.issuer.find();
      const answer = oauth.validateAuthResponse(server, this.client, address, state);
      const returnTo = `${address.origin}${address.pathname}`;
      const reply = await oauth.authorizationCodeGrantRequest(
        server,
        this.client,
        this.auth(server),
        answer,
        returnTo,
        verifier,
        this.asking,
      );
      const tokens = await oauth.processAuthorizationCodeResponse(server, this.client, reply, {
        expectedNonce: nonce,
        requireIdToken: true,
      });
      const { url: issuer } = this.parts.issuer;
      await jwtVerify(tokens.id_token ?? '', keys, { issuer, audience: this.parts.client.id, algorithms: ALGORITHMS });
      return (await this.signedIn(tokens)) ?? 'role';
    } catch (error) {
      this.parts.log.warn(`A sign-in at ${this.at} came to nothing: ${said(error)}`);
      if (error instanceof oauth.AuthorizationResponseError) return 'denied';
      return isRefusal(error) ? 'stale' : 'away';
    }
  }

  /** @returns undefined when the session is over. @throws {Error} when the issuer does not answer. */
  async refresh(token: string): Promise<SignedIn | undefined> {
    const { server } = await this.parts.issuer.find();
    try {
      const reply = await oauth.refreshTokenGrantRequest(server, this.client, this.auth(server), token, this.asking);
      return await this.signedIn(await oauth.processRefreshTokenResponse(server, this.client, reply), token);
    } catch (error) {
      if (isRefusal(error)) return undefined;
      throw error;
    }
  }

  /** Tells the issuer that a refresh token is not used any more, where it wants to know. */
  async revoke(token: string): Promise<void> {
    const { server } = await this.parts.issuer.find();
    if (server.revocation_endpoint === undefined) return;
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, this.client, this.auth(server), token, this.asking));
  }

  /** The first of the issuer's tokens that lets its bearer in here. */
  private async signedIn(tokens: oauth.TokenEndpointResponse, before?: string): Promise<SignedIn | undefined> {
    const refresh = tokens.refresh_token ?? before;
    for (const access of [tokens.access_token, tokens.id_token]) {
      const member = access === undefined || access.length > MOST ? undefined : await this.parts.check(access);
      if (!member || access === undefined) continue;
      const { name, role, until } = member;
      const renewed = refresh === undefined || refresh.length > MOST ? {} : { refresh, refreshUntil: this.parts.now() + SESSION_MS };
      return { name, role, access, until, ...renewed };
    }
    return undefined;
  }

  private auth({ token_endpoint_auth_methods_supported: ways = ['client_secret_basic'] }: oauth.AuthorizationServer): oauth.ClientAuth {
    const { secret } = this.parts.client;
    if (secret === undefined) return oauth.None();
    return ways.includes('client_secret_basic') ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
  }

  private get asking() {
    const isPlain = this.parts.issuer.url.startsWith('http:');
    return { signal: AbortSignal.timeout(PATIENCE), ...(isPlain ? { [oauth.allowInsecureRequests]: true } : {}) };
  }
}

/** True when the issuer, or what it sent, says no; anything else is a line that is cut. */
function isRefusal(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return false;
  return [oauth.OperationProcessingError, oauth.ResponseBodyError, oauth.WWWAuthenticateChallengeError, errors.JOSEError].some(
    (kind) => error instanceof kind,
  );
}

/** In one line: a stranger may have made up the words. */
function said(error: unknown): string {
  const told = error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError;
  return shorten(cleanLine(told ? `${error.error} ${error.error_description ?? ''}` : errorText(error)), 500);
}
