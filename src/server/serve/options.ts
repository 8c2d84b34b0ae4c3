import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import * as z from 'zod';
import { errorText, HumanError } from '../base/errors';
import { AgentConfig } from '../domain/agent';
import type { StartOptions } from '../start';

/** The options of every tower that runs without an editor. */
export const SERVE_FLAGS = {
  storage: { type: 'string' },
  folder: { type: 'string', multiple: true },
  agents: { type: 'string' },
  port: { type: 'string' },
  cap: { type: 'string' },
  fsync: { type: 'boolean' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** What `SERVE_FLAGS` give. */
export interface ServeValues {
  storage?: string | undefined;
  folder?: string[] | undefined;
  agents?: string | undefined;
  port?: string | undefined;
  cap?: string | undefined;
  fsync?: boolean | undefined;
}

/** What of a tower's start the options decide. */
export type ServeOptions = Pick<StartOptions, 'storage' | 'folders' | 'agents' | 'port' | 'cap' | 'fsync'>;

/** Reads the options of an embedded tower; the storage folder is made. @throws {HumanError} saying which option is wrong. */
export function embeddedOptions(args: readonly string[]): ServeOptions {
  return serveOptions(parsed(() => parseArgs({ args: [...args], options: SERVE_FLAGS }).values));
}

/** The values of options, or in people's words what is wrong with them. @throws {HumanError} */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new HumanError(errorText(error).split(/\. To specify/)[0] ?? '');
  }
}

/** What the shared options mean; the storage folder is made. @throws {HumanError} saying which one is wrong. */
export function serveOptions({ storage, folder = [], agents, port = '0', cap = '4', fsync = false }: ServeValues): ServeOptions {
  if (storage === undefined) throw new HumanError('Say where to keep the data: --storage DIR');
  mkdirSync(storage, { recursive: true, mode: 0o700 });
  return {
    storage: resolve(storage),
    folders: folder.map((one) => resolve(one)),
    agents: agents === undefined ? [] : readAgents(agents),
    port: number('--port', port, 0, 65_535),
    cap: number('--cap', cap, 1, 10_000),
    fsync,
  };
}

function readAgents(path: string): AgentConfig[] {
  const read = z.array(AgentConfig).safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new HumanError(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}. See docs/agents.md.`);
}

/** A whole number in bounds. @throws {HumanError} */
export function number(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new HumanError(`${flag} is a number from ${least} to ${most}, not "${text}".`);
}
