import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Session } from '../domain/ports';
import { makeFile } from './newFile';
import { usersFolder } from './userBook';

/** A session that is not used for this long is over, ms. */
export const SESSION_MS = 30 * 86_400_000;
/** Within this time of a look, ms, a change of another process may not show in the time of the folder. */
const UNSURE_MS = 1_000;
const FILE = /^([\w-]{22})\.(\d{1,9})\.json$/;
const TOKEN = /^ttu_([\w-]{22})\.(\d{1,9})\.([\w-]{43})$/;
const Stored = z.object({ name: z.string(), label: z.string(), createdAt: z.int(), usedAt: z.int() });

/** What came of a refresh token. */
export type Rotation = { session: Session; refresh: string } | 'reused' | 'unknown';

/**
 * Who is signed in: a file for each session, `users/sessions/<id>.<n>.json`, where `n` counts its refresh tokens. The next file is created
 * exclusively, so that of several uses of a token, in whatever process, one alone gets the next.
 */
export class SessionBook {
  private readonly folder: string;
  private readonly key: Buffer;
  private known = new Map<string, Session & { n: number }>();
  private seen = -1;
  private lookedAt = 0;

  /** @param secret signs refresh tokens: a made-up one ends nobody's session. */
  constructor(
    storage: string,
    secret: Buffer,
    private readonly now: () => number,
  ) {
    this.folder = join(usersFolder(storage), 'sessions');
    this.key = createHmac('sha256', secret).update('refresh').digest();
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.look();
  }

  /** Newest first. */
  get all(): Session[] {
    return [...this.known.values()].map(({ n: _, ...session }) => session).sort((a, b) => b.createdAt - a.createdAt);
  }

  find(id: string): Session | undefined {
    return this.known.get(id);
  }

  /** Begins a session. @returns it and its first refresh token. */
  begin(name: string, label: string): { session: Session; refresh: string } {
    const now = this.now();
    const session = { id: randomBytes(16).toString('base64url'), name, label: label.slice(0, 120), createdAt: now, usedAt: now };
    this.write(session, 1);
    return { session, refresh: this.tokenOf(session.id, 1) };
  }

  /** Takes a refresh token and gives the next. One that was used before may have been stolen: its session is ended. */
  rotate(token: string): Rotation {
    const named = this.read(token);
    if (!named) return 'unknown';
    this.look(true);
    const session = this.known.get(named.id);
    if (!session || session.usedAt + SESSION_MS < this.now()) return 'unknown';
    const { n, ...facts } = session;
    if (n === named.n && this.write({ ...facts, usedAt: this.now() }, n + 1)) {
      rmSync(this.pathOf(named.id, n), { force: true });
      return { session: { ...facts, usedAt: this.now() }, refresh: this.tokenOf(named.id, n + 1) };
    }
    this.end(named.id);
    return 'reused';
  }

  /** The session of a refresh token, used or not; undefined when the token is made up. */
  sessionOf(token: string): string | undefined {
    return this.read(token)?.id;
  }

  /** @returns false when there is no such session. */
  end(id: string): boolean {
    this.look(true);
    for (const [found] of this.files().filter(([, session]) => session === id)) rmSync(join(this.folder, found), { force: true });
    return this.known.delete(id);
  }

  /** Reads what another process changed. @returns true when something may have. */
  look(always = false): boolean {
    const { mtimeMs } = statSync(this.folder);
    const now = performance.now();
    if (!always && mtimeMs === this.seen && now - this.lookedAt > UNSURE_MS) return false;
    const before = [...this.known.keys()].join();
    this.seen = mtimeMs;
    this.lookedAt = now;
    const found = new Map<string, Session & { n: number }>();
    for (const [file, id, n] of this.files()) {
      const session = this.sessionIn(file, id);
      if (session && session.usedAt + SESSION_MS < this.now()) rmSync(join(this.folder, file), { force: true });
      else if (session && (found.get(id)?.n ?? 0) < n) found.set(id, { ...session, n });
    }
    this.known = found;
    return [...found.keys()].join() !== before;
  }

  private files(): [file: string, id: string, n: number][] {
    return readdirSync(this.folder).flatMap((file) => {
      const match = FILE.exec(file);
      return match?.[1] ? [[file, match[1], Number(match[2])] as [string, string, number]] : [];
    });
  }

  private sessionIn(file: string, id: string): Session | undefined {
    try {
      return { id, ...Stored.parse(JSON.parse(readFileSync(join(this.folder, file), 'utf8'))) };
    } catch {
      // Ended meanwhile, or half written when a machine went down: whoever it was signs in again.
      return undefined;
    }
  }

  /** @returns false when that file is there already. */
  private write({ id, ...facts }: Session, n: number): boolean {
    // An empty one that a full disk left would count as a token that was used.
    if (!makeFile(this.pathOf(id, n), JSON.stringify(facts))) return false;
    this.known.set(id, { id, ...facts, n });
    return true;
  }

  private pathOf(id: string, n: number): string {
    return join(this.folder, `${id}.${n}.json`);
  }

  private read(token: string): { id: string; n: number } | undefined {
    const match = TOKEN.exec(token);
    if (!match?.[1]) return undefined;
    const named = { id: match[1], n: Number(match[2]) };
    return timingSafeEqual(Buffer.from(token), Buffer.from(this.tokenOf(named.id, named.n))) ? named : undefined;
  }

  private tokenOf(id: string, n: number): string {
    return `ttu_${id}.${n}.${createHmac('sha256', this.key).update(`${id}.${n}`).digest('base64url')}`;
  }
}
