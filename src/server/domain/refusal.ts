import type * as z from 'zod';
import { phrase, type Phrase } from './phrase';

/** Why a command was not carried out; each door maps it to its own code. */
export type RefusalCode = 'invalid' | 'not_found' | 'conflict' | 'forbidden' | 'unavailable' | 'too_large';

/** A command that the rules refuse. The message is for people and names the next step. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** Facts a program may want beside the text, such as the sequence number expected; `phrase` is the text with its arguments apart. */
  readonly data?: Record<string, unknown>;

  constructor(
    readonly code: RefusalCode,
    said: string | Phrase,
    data?: Record<string, unknown>,
  ) {
    super(String(said));
    if (typeof said === 'object') this.data = { ...data, phrase: said };
    else if (data) this.data = data;
  }
}

/** The tower stops in this window; whichever runs next can carry out the same command. */
export class TowerStopped extends Refusal {
  constructor(said = phrase('The tower of this window has stopped. Try again in the window that is open.')) {
    super('unavailable', said, { stopped: true });
  }
}

/** Another tower has taken over the storage folder: nothing was answered, and this one becomes a follower. */
export class SteppedDown extends TowerStopped {
  constructor() {
    super(phrase('Another window has taken over this storage folder. Try again there, or reload this window.'));
  }
}

/** Another tower of the queue wrote the next record first. What it wrote is on the board by now: decide again. */
export class Behind extends Error {
  override readonly name = 'Behind';

  constructor() {
    super('Another tower wrote first.');
  }
}

/** Reads `value` by `schema`. @throws {Refusal} naming the field that is wrong. */
export function read<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new Refusal('invalid', `${what}${path ? `: ${path}` : ''}: ${issue ? messageOf(issue) : 'not understood'}`.slice(0, 500));
}

/** What is wrong; of a value with several forms, what the form says that explains itself. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  return issue.errors.flat().find(({ code }) => code === 'custom')?.message ?? issue.message;
}
