import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { errorText, HumanError } from '../../base/errors';

/** Where a secret is read from. */
export const SecretFrom = z.union([
  z.strictObject({ file: z.string().min(1).max(1000) }),
  z.strictObject({ env: z.string().regex(/^[A-Z_][A-Z0-9_]*$/i, 'is not the name of a variable') }),
]);
export type SecretFrom = z.infer<typeof SecretFrom>;

/** Bytes of a key, as Standard Webhooks wants them. */
const LEAST = 24;
const MOST = 64;

/**
 * The keys of a secret: one, or several with space between them while it is replaced, the new one first.
 * @throws {HumanError} when there is none, or one that is not `whsec_` and base64.
 */
export function readKeys(from: SecretFrom, env: NodeJS.ProcessEnv): Buffer[] {
  const words = textOf(from, env).split(/\s+/).filter(Boolean);
  if (words.length === 0) throw new HumanError(`The secret in ${nameOf(from)} is empty. ${HOW}`);
  return words.map((word) => keyOf(word, from));
}

const HOW = 'Make one with: echo "whsec_$(openssl rand -base64 32)"';

function textOf(from: SecretFrom, env: NodeJS.ProcessEnv): string {
  if ('env' in from) return env[from.env] ?? '';
  try {
    return readFileSync(from.file, 'utf8');
  } catch (error) {
    throw new HumanError(`The secret cannot be read: ${errorText(error)}`, { cause: error });
  }
}

function keyOf(word: string, from: SecretFrom): Buffer {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(word) ?? [];
  const key = Buffer.from(base64 ?? '', 'base64');
  if (key.length >= LEAST && key.length <= MOST) return key;
  throw new HumanError(`The secret in ${nameOf(from)} is not "whsec_" and ${LEAST} to ${MOST} bytes in base64. ${HOW}`);
}

function nameOf(from: SecretFrom): string {
  return 'env' in from ? `the variable ${from.env}` : from.file;
}
