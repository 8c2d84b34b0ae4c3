import { parseArgs, type ParseArgsConfig } from 'node:util';
import { DOOR_FLAGS, doorOf, type DoorPlace } from './doorOptions';
import { parsed, SERVE_FLAGS, serveOptions, type ServeOptions } from './options';
import type { StartOptions } from '../start';

/** The options of a team's tower, which the extension does not bring. */
export const TEAM_FLAGS = { ...SERVE_FLAGS, ...DOOR_FLAGS } as const satisfies NonNullable<ParseArgsConfig['options']>;

/** Everything a team's tower is started with. */
export type TeamOptions = ServeOptions & Required<Pick<StartOptions, 'door' | 'log'>>;

/** Reads the options of a team's tower; the storage folder is made. @throws {HumanError} saying which one is wrong. */
export function teamOptions(args: readonly string[], place: Omit<DoorPlace, 'storage'>): TeamOptions {
  const values = parsed(() => parseArgs({ args: [...args], options: TEAM_FLAGS }).values);
  const options = serveOptions(values);
  return { ...options, log: place.log, door: doorOf(values, { ...place, storage: options.storage }) };
}
