import { hostname } from 'node:os';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { HumanError } from '../base/errors';
import { DOOR_FLAGS, doorOf, type DoorPlace } from './doorOptions';
import { TEAM_EVIDENCE } from '../protocol/version';
import { number, parsed, SERVE_FLAGS, serveOptions, type ServeOptions } from './options';
import type { StartOptions } from '../start';

const MIB = 2 ** 20;

/** The options of a queue that several towers share. */
const QUEUE_FLAGS = { redis: { type: 'string' }, queue: { type: 'string' }, name: { type: 'string' } } as const;

/** The options of a team's tower, which the extension does not bring. */
export const TEAM_FLAGS = {
  ...SERVE_FLAGS,
  ...DOOR_FLAGS,
  ...QUEUE_FLAGS,
  'max-evidence': { type: 'string' },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** Which queue several towers share, and the name of this one. */
export interface QueueOptions {
  url: string;
  queue: string;
  here: string;
}

/** Everything a team's tower is started with. */
export interface TeamOptions {
  serve: ServeOptions & Required<Pick<StartOptions, 'door' | 'maxEvidence'>>;
  /** Without it the storage folder is the queue of one tower. */
  queue?: QueueOptions;
}

/** Reads the options of a team's tower; the storage folder is made. @throws {HumanError} saying which one is wrong. */
export function teamOptions(args: readonly string[], place: Omit<DoorPlace, 'storage'>): TeamOptions {
  const values = parsed(() => parseArgs({ args: [...args], options: TEAM_FLAGS }).values);
  const options = serveOptions(values);
  const maxEvidence = MIB * number('--max-evidence', values['max-evidence'] ?? String(TEAM_EVIDENCE / MIB), 1, 16_384);
  const serve = { ...options, maxEvidence, door: doorOf(values, { ...place, storage: options.storage }) };
  const queue = queueOptions(values);
  return queue ? { serve, queue } : { serve };
}

function queueOptions({ redis, queue, name }: { redis?: string; queue?: string; name?: string }): QueueOptions | undefined {
  // Out of the environment no other user of the machine reads its password.
  const url = redis ?? process.env.TASKTOWER_REDIS;
  if (url === undefined || url === '') {
    if (queue !== undefined || name !== undefined) throw new HumanError('--queue and --name go with --redis.');
    return undefined;
  }
  const here =
    name ??
    hostname()
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-')
      .replace(/^-+/, '')
      .slice(0, 40);
  return { url, queue: word('--queue', queue ?? 'tasktower'), here: word('--name', here) };
}

function word(flag: string, text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,39}$/.test(text)) return text;
  throw new HumanError(`${flag} is a word of small letters, digits and dashes, not "${text}".`);
}
