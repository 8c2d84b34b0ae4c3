import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';

/** Makes access tokens as a tower does, by the secret of its storage folder, and wrong ones. */
export class TokenForge {
  private readonly secret: Buffer;
  private readonly claims: Record<string, unknown>;

  /** @param access a good token, whose session the others name. */
  constructor(storage: string, access: string) {
    this.secret = Buffer.from(readFileSync(join(storage, 'users', 'secret'), 'utf8').trim(), 'base64url');
    const { sid, sub } = JSON.parse(decoded(access.split('.')[1])) as Record<string, unknown>;
    const now = Math.floor(Date.now() / 1000);
    this.claims = { iss: 'tasktower', aud: 'tasktower', sub, sid, iat: now, exp: now + 600 };
  }

  /** One that is made right, but for what is given. */
  signed(change: Record<string, unknown> = {}, key: Uint8Array = this.key(), header: Record<string, unknown> = {}): Promise<string> {
    const jwt = new SignJWT({ ...this.claims, ...change });
    return jwt.setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header }).sign(key);
  }

  /** Tokens that are wrong for one reason each, by that reason. */
  readonly wrong: Readonly<Record<string, () => Promise<string>>> = {
    'no algorithm': async () => new UnsecuredJWT(this.claims).encode(),
    'a wrong key': () => this.signed({}, new Uint8Array(32)),
    'the key of refresh tokens': () => this.signed({}, this.key('refresh')),
    // By hand, as no library signs so with a key that short.
    'another algorithm': async () => {
      const [, body] = (await this.signed()).split('.');
      const said = `${Buffer.from(JSON.stringify({ alg: 'HS512', typ: 'at+jwt' })).toString('base64url')}.${body}`;
      return `${said}.${createHmac('sha512', this.key()).update(said).digest('base64url')}`;
    },
    'a wrong audience': () => this.signed({ aud: 'another' }),
    'a wrong issuer': () => this.signed({ iss: 'another' }),
    'another type': () => this.signed({}, this.key(), { typ: 'JWT' }),
    'no end': () => this.signed({ exp: undefined }),
    'an end in the past': () => this.signed({ exp: Math.floor(Date.now() / 1000) - 1 }),
    'a session that is none': () => this.signed({ sid: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    "another person's session": () => this.signed({ sub: 'oskar' }),
    'a changed body': async () => {
      const { sub } = this.claims;
      const [head, body, mac] = (await this.signed({ sub: 'nobody' })).split('.');
      return [head, Buffer.from(decoded(body).replace('nobody', String(sub))).toString('base64url'), mac].join('.');
    },
  };

  private key(purpose = 'access'): Uint8Array {
    return createHmac('sha256', this.secret).update(purpose).digest();
  }
}

function decoded(part = ''): string {
  return Buffer.from(part, 'base64url').toString();
}
