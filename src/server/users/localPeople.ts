import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Emitter } from '../base/emitter';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { Member, People, Session, SignedIn } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import type { Role } from '../domain/task';
import { AccessTokens } from './accessToken';
import { makeFile } from './newFile';
import { hashPassword, isPassword } from './password';
import { SessionBook, SESSION_MS } from './sessionBook';
import { UserBook, usersFolder, type User } from './userBook';
import { phrase } from '../domain/phrase';

export interface LocalPeopleParts {
  /** The storage folder, absolute. */
  storage: string;
  /** The roles that may open and download evidence. */
  evidenceFor: ReadonlySet<Role>;
  log: Log;
  /** The wall clock, ms since 1970. */
  now?: () => number;
}

const WRONG = phrase('Name or password is wrong.');

/** People who sign in to this tower with a name and a password. */
export class LocalPeople implements People {
  readonly signsIn = true;
  private readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly users: UserBook;
  private readonly book: SessionBook;
  private readonly tokens: AccessTokens;
  private readonly now: () => number;
  /** One password at a time: each takes 32 MiB and a third of a second. */
  private turn: Promise<unknown> = Promise.resolve();
  /** What a name that nobody has is compared with, so that the time does not tell. */
  private readonly nobody = hashPassword(randomBytes(16).toString('hex'));
  private trouble: string | undefined;

  /** @throws {HumanError} when the file of users cannot be read. */
  constructor(private readonly parts: LocalPeopleParts) {
    const { storage, now = Date.now } = parts;
    const secret = secretOf(storage);
    this.now = now;
    this.users = new UserBook(storage);
    this.book = new SessionBook(storage, secret, now);
    this.tokens = new AccessTokens(secret, now);
  }

  async check(token: string): Promise<Member | undefined> {
    const access = token.startsWith('eyJ') ? await this.tokens.read(token) : undefined;
    if (!access) return undefined;
    this.look();
    const user = this.userOf(access.session);
    if (user?.name !== access.name) return undefined;
    return this.memberOf(user, access.session, access.until);
  }

  isGood({ name, role, session, until }: Member): boolean {
    const user = session === undefined ? undefined : this.userOf(session);
    return user?.name === name && user.role === role && until > this.now();
  }

  async signIn(name: string, password: string, label: string): Promise<SignedIn> {
    const turn = this.turn.then(() => this.compare(name, password));
    this.turn = turn.catch(() => undefined);
    const user = await turn;
    if (!user) throw new Refusal('forbidden', WRONG);
    return this.signedIn(user, this.book.begin(user.name, label));
  }

  async refresh(token: string): Promise<SignedIn> {
    this.look();
    const rotation = this.book.rotate(token);
    if (rotation === 'reused') {
      this.parts.log.warn('A refresh token was used a second time; its session was ended.');
      this.changed.fire();
      throw new Refusal('forbidden', phrase('This session was ended, as its token was used twice. Sign in again.'));
    }
    const user = rotation === 'unknown' ? undefined : this.userOf(rotation.session.id);
    if (rotation === 'unknown' || !user) throw new Refusal('forbidden', phrase('This session is over. Sign in again.'));
    return this.signedIn(user, rotation);
  }

  sessions(): Session[] {
    this.look();
    return this.book.all.filter(({ id }) => this.userOf(id));
  }

  end(session: string): boolean {
    const ended = this.book.end(session);
    if (ended) this.changed.fire();
    return ended;
  }

  signOut(refresh: string): boolean {
    const session = this.book.sessionOf(refresh);
    return session !== undefined && this.end(session);
  }

  look(): void {
    try {
      const changes = [this.users.look(), this.book.look()];
      this.trouble = undefined;
      if (changes.includes(true)) this.changed.fire();
    } catch (error) {
      // Those who are in stay in until someone has put it right.
      if (this.trouble === undefined) this.parts.log.error(errorText(error));
      this.trouble = errorText(error);
    }
  }

  private async compare(name: string, password: string): Promise<User | undefined> {
    this.look();
    const user = this.users.find(name);
    const isRight = await isPassword(password, user?.password ?? (await this.nobody));
    return isRight ? user : undefined;
  }

  private async signedIn(user: User, { session, refresh }: { session: Session; refresh: string }): Promise<SignedIn> {
    const { access, until } = await this.tokens.issue(user.name, session.id);
    return { name: user.name, role: user.role, access, until, refresh, refreshUntil: session.usedAt + SESSION_MS };
  }

  /** The user whose session it is, unless it is over. */
  private userOf(id: string): User | undefined {
    const session = this.book.find(id);
    const user = session && this.users.find(session.name);
    return user && session.createdAt >= user.since && session.usedAt + SESSION_MS > this.now() ? user : undefined;
  }

  private memberOf({ name, role }: User, session: string, until: number): Member {
    return { name, role, session, until, readsEvidence: this.parts.evidenceFor.has(role) };
  }

  dispose(): void {
    this.changed.dispose();
  }
}

/** What signs the tokens of a storage folder, in `users/secret` (mode 0600), made once. */
function secretOf(storage: string): Buffer {
  const path = join(usersFolder(storage), 'secret');
  mkdirSync(usersFolder(storage), { recursive: true, mode: 0o700 });
  makeFile(path, randomBytes(32).toString('base64url'));
  const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
  if (secret.length >= 32) return secret;
  throw new Error(`${path} is too short to sign with. Delete it; everyone signs in anew.`);
}
