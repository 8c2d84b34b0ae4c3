import { errors, jwtVerify, type JWTPayload } from 'jose';
import { Emitter } from '../base/emitter';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { BrowserSignIn, Member, People, Session, SignedIn } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { Role } from '../domain/task';
import { ALGORITHMS, Issuer } from './issuer';
import { IssuerSignIn, type IssuerClient } from './issuerSignIn';

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
  /** What the tower is to the issuer, so that browsers sign in there; without it they bring a token. */
  client?: IssuerClient;
  now?: () => number;
}

/** People whose tokens come from an OpenID Connect issuer; its keys are fetched when they are needed. */
export class IssuerPeople implements People {
  readonly signsIn: boolean;
  readonly browser?: BrowserSignIn;
  readonly onDidChange = new Emitter<void>().event;
  private readonly issuer: Issuer;
  private readonly pages: IssuerSignIn | undefined;
  private readonly now: () => number;

  constructor(private readonly parts: IssuerPeopleParts) {
    const { client, log, now = Date.now } = parts;
    this.now = now;
    this.issuer = new Issuer(parts.issuer);
    this.pages = client && new IssuerSignIn({ issuer: this.issuer, client, check: (token) => this.check(token), log, now });
    this.signsIn = this.pages !== undefined;
    if (this.pages) this.browser = this.pages;
  }

  async check(token: string): Promise<Member | undefined> {
    if (!token.startsWith('eyJ')) return undefined;
    const { issuer, audience, log } = this.parts;
    try {
      const { keys } = await this.issuer.find();
      const { payload } = await jwtVerify(token, keys, {
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

  async refresh(token: string): Promise<SignedIn> {
    const signed = await this.pages?.refresh(token);
    if (signed) return signed;
    throw new Refusal('forbidden', 'This session is over. Sign in again.');
  }

  sessions(): Session[] {
    return [];
  }

  end(): boolean {
    return false;
  }

  signOut(refresh: string): boolean {
    if (!this.pages) return false;
    const { issuer, log } = this.parts;
    this.pages.revoke(refresh).catch((error: unknown) => log.warn(`${issuer} was not told of a sign-out: ${errorText(error)}`));
    return true;
  }

  look(): void {
    // Whatever changes at the issuer shows in the next token.
  }

  dispose(): void {
    this.issuer.forget();
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
