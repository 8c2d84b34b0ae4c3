import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** How an issuer is to lie. */
export interface Lie {
  nonce?: string;
  audience?: string;
  state?: string;
  /** Signs with a key that it does not publish. */
  forged?: boolean;
}

const CLIENT = 'tasktower';
const SECRET = 'a secret of the two';
const ROLES: Readonly<Record<string, string[]>> = { vera: ['viewer'], oskar: ['tasktower-operator'], nora: [] };

/** A small OpenID Connect issuer on the loopback address, with the code flow and PKCE; people sign in by a click on their name. */
export class TestIssuer {
  url = '';
  lie: Lie = {};
  /** How long its tokens are good, s. */
  goodFor = 300;
  /** Refresh tokens that it was told to forget. */
  readonly revoked: string[] = [];
  /** How often it was asked for tokens. */
  asked = 0;
  private readonly codes = new Map<string, Record<string, string>>();
  private readonly refreshes = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    private readonly key: CryptoKey,
    private readonly wrong: CryptoKey,
    private readonly jwk: JWK,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.serve(request, response));
  }

  static async start(): Promise<TestIssuer> {
    const [right, wrong] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
    const jwk = { ...(await exportJWK(right.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const issuer = new TestIssuer(server, right.privateKey, wrong.privateKey, jwk);
    issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return issuer;
  }

  /** What `tasktower serve` is told of it; the secret goes by the environment. */
  get options(): string[] {
    return ['--oidc-issuer', this.url, '--oidc-audience', 'tower', '--oidc-client-id', CLIENT];
  }

  get client(): { id: string; secret: string; scope: string } {
    return { id: CLIENT, secret: SECRET, scope: 'openid profile' };
  }

  /** An access token for the tower, as a program of someone's own gets one. */
  tokenOf(name: string): Promise<string> {
    return this.signed(name, 'tower', { roles: ROLES[name] });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const asked = Object.fromEntries(url.searchParams);
    const json = (value: unknown, status = 200): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    switch (url.pathname) {
      case '/.well-known/openid-configuration': {
        const at = (path: string): string => `${this.url}${path}`;
        const endpoints = { authorization_endpoint: at('/authorize'), token_endpoint: at('/token'), revocation_endpoint: at('/revoke') };
        return json({ issuer: this.url, jwks_uri: at('/keys'), ...endpoints });
      }
      case '/keys':
        return json({ keys: [this.jwk] });
      case '/authorize': {
        const links = [...Object.keys(ROLES), ''].map((name) => {
          const query = new URLSearchParams({ ...asked, as: name }).toString().replaceAll('&', '&amp;');
          return `<a href="/approve?${query}">${name || 'Nobody'}</a>`;
        });
        return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<h1>Who are you?</h1>${links.join(' ')}`);
      }
      case '/approve': {
        const back = new URL(asked.redirect_uri ?? '');
        back.searchParams.set('state', this.lie.state ?? asked.state ?? '');
        if (asked.as) {
          const code = randomUUID();
          this.codes.set(code, asked);
          back.searchParams.set('code', code);
        } else back.searchParams.set('error', 'access_denied');
        return void response.writeHead(302, { location: back.href }).end();
      }
      case '/token':
        this.asked++;
        return this.token(request, Object.fromEntries(new URLSearchParams(await text(request))), json);
      case '/revoke':
        this.revoked.push(new URLSearchParams(await text(request)).get('token') ?? '');
        return json({});
      default:
        return json({}, 404);
    }
  }

  private async token(request: IncomingMessage, form: Record<string, string>, json: (value: unknown, status?: number) => void) {
    const who = Buffer.from(request.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString();
    if (who !== `${CLIENT}:${encodeURIComponent(SECRET).replaceAll('%20', '+')}`) return json({ error: 'invalid_client' }, 401);
    const asked = form.grant_type === 'refresh_token' ? undefined : this.codes.get(form.code ?? '');
    this.codes.delete(form.code ?? '');
    const name = asked ? asked.as : this.refreshes.get(form.refresh_token ?? '');
    this.refreshes.delete(form.refresh_token ?? '');
    const hash = createHash('sha256')
      .update(form.code_verifier ?? '')
      .digest('base64url');
    const isProven = asked === undefined || (hash === asked.code_challenge && form.redirect_uri === asked.redirect_uri);
    if (name === undefined || !isProven) return json({ error: 'invalid_grant' }, 400);
    const refresh = randomUUID();
    this.refreshes.set(refresh, name);
    const { nonce = asked?.nonce, audience } = this.lie;
    return json({
      token_type: 'Bearer',
      expires_in: this.goodFor,
      refresh_token: refresh,
      access_token: await this.tokenOf(name),
      id_token: await this.signed(name, audience ?? CLIENT, nonce === undefined ? {} : { nonce }),
    });
  }

  private signed(name: string, audience: string, more: Record<string, unknown>): Promise<string> {
    return new SignJWT({ preferred_username: name, ...more })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(this.url)
      .setAudience(audience)
      .setSubject(`id of ${name}`)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + this.goodFor)
      .sign(this.lie.forged ? this.wrong : this.key);
  }
}
