import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Emitter } from '../base/emitter';
import { errorCode, HumanError } from '../base/errors';
import { agentIdOf } from '../domain/agent';
import type { Keys, NamedToken } from '../domain/ports';
import { phrase } from '../domain/phrase';

/** What a program is called whose token is not that of an agent. */
export const NOBODY = 'client';

const Stored = z.object({
  client: z.string().min(20),
  person: z.string().min(20),
  runner: z.string().min(20),
  secret: z.string().min(20),
  /** Tokens that were given to one agent each; only their hash is kept. */
  named: z.array(z.object({ name: z.string(), sha256: z.string(), createdAt: z.int() })).default([]),
});
type Stored = z.infer<typeof Stored>;
const ATTEMPT = /^tta_([0-9A-HJKMNP-TV-Z]{26})\.(\d{1,9})\.[\w-]{43}$/;

/**
 * The tokens of a storage folder, in `keys.json` (mode 0600), made once and kept until rotated.
 * Any window may change the file; whoever runs the tower notices at the next request or look.
 */
export class FileKeys implements Keys {
  private readonly changed = new Emitter<void>();
  /** The file was changed: what does not check out any more is to be closed. */
  readonly onDidChange = this.changed.event;
  private seen: string;

  private constructor(
    private stored: Stored,
    private readonly path?: string,
  ) {
    this.seen = markOf(path);
  }

  /** Reads the keys of `storage`, or makes them; an unreadable file is replaced, which only ends old tokens. */
  static open(storage: string): FileKeys {
    const found = FileKeys.read(storage);
    if (found) return found;
    const made = newKeys();
    write(pathIn(storage), made);
    return new FileKeys(made, pathIn(storage));
  }

  /** The keys that are there, or undefined. */
  static read(storage: string): FileKeys | undefined {
    const found = readKeys(pathIn(storage));
    return found && new FileKeys(found, pathIn(storage));
  }

  /** Keys of a tower without doors. */
  static unsaved(): FileKeys {
    return new FileKeys(newKeys());
  }

  get client(): string {
    return this.stored.client;
  }

  get person(): string {
    return this.stored.person;
  }

  get runner(): string {
    return this.stored.runner;
  }

  /** The tokens that were given to one agent each, newest first. */
  get named(): NamedToken[] {
    return this.stored.named.map(({ name, createdAt }) => ({ name, createdAt })).reverse();
  }

  /** Makes a token for the agent of that name alone, in place of an earlier one of the name. @param now ms since 1970. @returns the token, which is kept nowhere. @throws {HumanError} on a name that no agent has. */
  issue(name: string, now: number): string {
    // It would own what programs with the token of the address file have created.
    if (agentIdOf(name) === NOBODY)
      throw new HumanError(phrase('No agent is called "{0}", as programs without a name are. Choose another name.', name));
    const token = `ttn_${secret()}`;
    const others = this.latest().named.filter((one) => agentIdOf(one.name) !== agentIdOf(name));
    this.save({ ...this.stored, named: [...others, { name, sha256: sha256(token), createdAt: now }] });
    return token;
  }

  /** Ends the token of an agent. @throws {HumanError} when it has none. */
  revoke(name: string): void {
    const { named } = this.latest();
    const left = named.filter((one) => one.name !== name);
    if (left.length === named.length) throw new HumanError(`${name} has no token of its own.`);
    this.save({ ...this.stored, named: left });
  }

  /** Ends the tokens of windows, programs and named agents. Those of attempts end with their attempt, and our runner keeps its own. */
  rotate(): void {
    const { runner, secret } = this.latest();
    this.save({ ...newKeys(), runner, secret });
  }

  ofAttempt(taskId: string, attempt: number): string {
    const mac = createHmac('sha256', this.stored.secret).update(`${taskId}.${attempt}`).digest('base64url');
    return `tta_${taskId}.${attempt}.${mac}`;
  }

  check(token: string): ReturnType<Keys['check']> {
    this.look();
    if (same(token, this.stored.client)) return { kind: 'client' };
    if (same(token, this.stored.person)) return { kind: 'person' };
    if (same(token, this.stored.runner)) return { kind: 'runner' };
    const hash = sha256(token);
    const named = this.stored.named.find((one) => same(one.sha256, hash));
    if (named) return { kind: 'client', agent: named.name };
    const match = ATTEMPT.exec(token);
    if (!match?.[1]) return undefined;
    const [taskId, attempt] = [match[1], Number(match[2])];
    return same(token, this.ofAttempt(taskId, attempt)) ? { kind: 'attempt', taskId, attempt } : undefined;
  }

  /** Reads the file again if another window changed it. */
  look(): void {
    const mark = markOf(this.path);
    if (mark === this.seen || this.path === undefined) return;
    const found = readKeys(this.path);
    this.seen = mark;
    // A file that is gone or broken ends nobody: whoever starts next makes a new one.
    if (!found || JSON.stringify(found) === JSON.stringify(this.stored)) return;
    this.stored = found;
    this.changed.fire();
  }

  private latest(): Stored {
    this.look();
    return this.stored;
  }

  private save(stored: Stored): void {
    if (this.path !== undefined) write(this.path, stored);
    this.stored = stored;
    this.seen = markOf(this.path);
    this.changed.fire();
  }
}

function pathIn(storage: string): string {
  return join(storage, 'keys.json');
}

/** Tells one version of a file from another; each is a file of its own. */
function markOf(path: string | undefined): string {
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : '';
}

function write(path: string, stored: Stored): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(stored), { mode: 0o600 });
  renameSync(temporary, path);
}

function newKeys(): Stored {
  return { client: `ttc_${secret()}`, person: `ttp_${secret()}`, runner: `ttr_${secret()}`, secret: secret(), named: [] };
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Compares hashes, so that neither the time nor the length tells anything. */
function same(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function readKeys(path: string): Stored | undefined {
  try {
    return Stored.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
