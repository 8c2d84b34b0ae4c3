import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../base/errors';
import type { Keys } from '../domain/ports';

const Stored = z.object({ client: z.string().min(20), person: z.string().min(20), runner: z.string().min(20), secret: z.string().min(20) });
type Stored = z.infer<typeof Stored>;
const ATTEMPT = /^tta_([0-9A-HJKMNP-TV-Z]{26})\.(\d{1,9})\.[\w-]{43}$/;

/** The tokens of a storage folder, in `keys.json` (mode 0600), made once and kept until rotated. */
export class FileKeys implements Keys {
  private constructor(private readonly stored: Stored) {}

  /** Reads the keys of `storage`, or makes them; an unreadable file is replaced, which only ends old tokens. */
  static open(storage: string): FileKeys {
    const found = FileKeys.read(storage);
    if (found) return found;
    const path = join(storage, 'keys.json');
    const made = newKeys();
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(made), { mode: 0o600 });
    renameSync(temporary, path);
    return new FileKeys(made);
  }

  /** The keys that are there, or undefined. */
  static read(storage: string): FileKeys | undefined {
    const found = readKeys(join(storage, 'keys.json'));
    return found && new FileKeys(found);
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

  ofAttempt(taskId: string, attempt: number): string {
    const mac = createHmac('sha256', this.stored.secret).update(`${taskId}.${attempt}`).digest('base64url');
    return `tta_${taskId}.${attempt}.${mac}`;
  }

  check(token: string): ReturnType<Keys['check']> {
    if (same(token, this.stored.client)) return { kind: 'client' };
    if (same(token, this.stored.person)) return { kind: 'person' };
    if (same(token, this.stored.runner)) return { kind: 'runner' };
    const match = ATTEMPT.exec(token);
    if (!match?.[1]) return undefined;
    const [taskId, attempt] = [match[1], Number(match[2])];
    return same(token, this.ofAttempt(taskId, attempt)) ? { kind: 'attempt', taskId, attempt } : undefined;
  }
}

function newKeys(): Stored {
  const token = (): string => randomBytes(32).toString('base64url');
  return { client: token(), person: token(), runner: token(), secret: token() };
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
