import { parseArgs, type ParseArgsConfig } from 'node:util';
import { parsed, SERVE_FLAGS, serveOptions, type ServeOptions } from './options';

/** The options of a team's tower, which the extension does not bring. */
export const TEAM_FLAGS = { ...SERVE_FLAGS } as const satisfies NonNullable<ParseArgsConfig['options']>;

/** Everything a team's tower is started with. */
export type TeamOptions = ServeOptions;

/** Reads the options of a team's tower; the storage folder is made. @throws {HumanError} saying which one is wrong. */
export function teamOptions(args: readonly string[]): TeamOptions {
  const values = parsed(() => parseArgs({ args: [...args], options: TEAM_FLAGS }).values);
  return serveOptions(values);
}
