import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { Emitter } from '../base/emitter';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { Member, People, Session, SignedIn } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { Role } from '../domain/task';

export interface IssuerPeopleParts {
  /** The issuer as its tokens name it, such as `https://login.example/realms/team`. */
  issuer: string;
  /** What the tokens must be made for. */
  audience: string;
  /** The claim with the roles, dots between its parts: `roles`, `realm_access.roles`. */
  roleClaim: string;
  /** The role of whoever's token names none of ours; undefined = they are refused. */
  defaultRole?: Role;
  evidenceFor: ReadonlySet<Role>;
  log: Log;
  now?: () => number;
}

/** Signatures with a key pair; a shared secret or none is nobody's proof of who issued a token. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
/** How long to wait for the issuer, ms. */
const PATIENCE = 5_000;
/** OpenID Connect Discovery 1.0, §3: as far as it is used. */
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** People whose tokens come from an OpenID Connect issuer; its keys are fetched when they are needed. */
export class IssuerPeople implements People {
  readonly signsIn = false;
  readonly onDidChange = new Emitter<void>().event;
  private keys: Promise<JWTVerifyGetKey> | undefined;
  private readonly now: () => number;

  constructor(private readonly parts: IssuerPeopleParts) {
    this.now = parts.now ?? Date.now;
  }

  async check(token: string): Promise<Member | undefined> {
    if (!token.startsWith('eyJ')) return undefined;
    const { issuer, audience, log } = this.parts;
    try {
      const { payload } = await jwtVerify(token, await this.keySet(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(this.now()),
      });
      return this.memberOf(payload);
    } catch (error) {
      // What is wrong with a token is its bearer's business; that the issuer cannot be asked is ours.
      if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout)
        log.warn(`${issuer} cannot be asked: ${errorText(error)}`);
      return undefined;
    }
  }

  isGood({ until }: Member): boolean {
    return until > this.now();
  }

  signIn(): Promise<SignedIn> {
    return Promise.reject(new Refusal('forbidden', `People sign in at ${this.parts.issuer}. Send its token.`));
  }

  refresh(): Promise<SignedIn> {
    return this.signIn();
  }

  sessions(): Session[] {
    return [];
  }

  end(): boolean {
    return false;
  }

  signOut(): boolean {
    return false;
  }

  look(): void {
    // Whatever changes at the issuer shows in the next token.
  }

  dispose(): void {
    this.keys = undefined;
  }

  private keySet(): Promise<JWTVerifyGetKey> {
    const keys = (this.keys ??= this.discover());
    // One that failed is asked for again.
    keys.catch(() => (this.keys = this.keys === keys ? undefined : this.keys));
    return keys;
  }

  private async discover(): Promise<JWTVerifyGetKey> {
    const { issuer } = this.parts;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), redirect: 'error' });
    if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
    const found = Discovery.parse(await response.json());
    if (found.issuer !== issuer) throw new Error(`It calls itself ${found.issuer}.`);
    return createRemoteJWKSet(new URL(found.jwks_uri), { timeoutDuration: PATIENCE });
  }

  private memberOf(payload: JWTPayload): Member | undefined {
    const { roleClaim, defaultRole, evidenceFor } = this.parts;
    const role = highest(rolesIn(payload, roleClaim)) ?? defaultRole;
    const name = [payload.preferred_username, payload.sub].find((one): one is string => typeof one === 'string' && one !== '');
    if (role === undefined || name === undefined || payload.exp === undefined) return undefined;
    return { name: name.slice(0, 120), role, until: payload.exp * 1000, readsEvidence: evidenceFor.has(role) };
  }
}

/** The roles that a claim names: a list or one word, with or without `tasktower-` before it. */
function rolesIn(payload: JWTPayload, claim: string): Role[] {
  let value: unknown = payload;
  for (const part of claim.split('.'))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part) ? (value as Record<string, unknown>)[part] : undefined;
  return [value].flat().flatMap((word) => Role.safeParse(typeof word === 'string' ? word.replace(/^tasktower-/, '') : word).data ?? []);
}

function highest(roles: readonly Role[]): Role | undefined {
  return [...Role.options].reverse().find((role) => roles.includes(role));
}
