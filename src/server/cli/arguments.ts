import { parseArgs, type ParseArgsConfig } from 'node:util';
import { errorCode, errorText } from '../base/errors';
import { TaskRef } from '../domain/task';
import { wrongUsage } from './failure';

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads the words of a command. @throws {CliError} for an option that it does not have. */
export function readArguments<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!errorCode(error)?.startsWith('ERR_PARSE_ARGS')) throw error;
    throw wrongUsage(
      `${errorText(error)
        .split(/\. To specify/)[0]
        ?.replace(/\.?$/, '.')}`,
    );
  }
}

/** One of a few words. @throws {CliError} */
export function oneOf<T extends string>(values: readonly T[], word: string, what: string): T {
  const found = values.find((value) => value === word);
  if (found === undefined) throw wrongUsage(`${what} is one of ${values.join(', ')}, not "${word}".`);
  return found;
}

/** A task as `#12`, `12` or its id. @throws {CliError} */
export function taskRef(word: string): string {
  const ref = TaskRef.safeParse(/^\d{1,9}$/.test(word) ? `#${word}` : word);
  if (!ref.success) throw wrongUsage(`"${word}" names no task. Say its number, such as #12.`);
  return ref.data;
}

/** The address of a task. */
export function taskPath(ref: string, verb = ''): string {
  return `/api/tasks/${encodeURIComponent(ref.replace(/^#/, ''))}${verb && `/${verb}`}`;
}

/** Progress as `0.4` or `40%`, 0..1. @throws {CliError} */
export function share(word: string): number {
  const [, digits = ''] = /^(\d+(?:\.\d+)?)%$/.exec(word) ?? [];
  const value = digits ? Number(digits) / 100 : /^\d*\.?\d+$/.test(word) ? Number(word) : NaN;
  if (!(value >= 0 && value <= 1)) throw wrongUsage(`"${word}" is no progress. Say 0 to 1, or a percentage such as 40%.`);
  return value;
}

/** All that standard input holds. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
