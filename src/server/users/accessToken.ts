import { createHmac, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';

/** How long an access token is good, ms. */
export const ACCESS_MS = 15 * 60_000;
const ISSUER = 'tasktower';
const AUDIENCE = 'tasktower';
const ALGORITHM = 'HS256';
/** RFC 9068 §2.1. */
const TYPE = 'at+jwt';

/** What an access token says. */
export interface Access {
  name: string;
  session: string;
  /** ms since 1970. */
  until: number;
}

/** Access tokens of ours: signed JSON Web Tokens (RFC 7519), good for 15 minutes. */
export class AccessTokens {
  private readonly key: Uint8Array;

  constructor(
    secret: Buffer,
    private readonly now: () => number,
  ) {
    this.key = createHmac('sha256', secret).update('access').digest();
  }

  async issue(name: string, session: string): Promise<{ access: string; until: number }> {
    const at = Math.floor(this.now() / 1000);
    const until = at + ACCESS_MS / 1000;
    const access = await new SignJWT({ sid: session })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(name)
      .setJti(randomUUID())
      .setIssuedAt(at)
      .setExpirationTime(until)
      .sign(this.key);
    return { access, until: until * 1000 };
  }

  /** What a token says, or undefined when it is not one of ours, was changed, or is over. */
  async read(token: string): Promise<Access | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
        currentDate: new Date(this.now()),
      });
      const { sub, sid, exp } = payload;
      return typeof sub === 'string' && typeof sid === 'string' && exp !== undefined
        ? { name: sub, session: sid, until: exp * 1000 }
        : undefined;
    } catch {
      return undefined;
    }
  }
}
