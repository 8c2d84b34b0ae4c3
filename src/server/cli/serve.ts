import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { say, type Command } from './command';
import { CliError, Exit } from './failure';

const HELP = [
  '  --storage DIR   where everything is kept; needed',
  '  --folder DIR    a folder whose agents and programs use this tower; may be repeated',
  '  --agents FILE   a JSON array of agents, as in the setting tasktower.agents',
  '  --port N        the port on 127.0.0.1; by default the one it had before',
  '  --cap N         how many tasks run at once; by default 4',
  '  --fsync         writes each change through to the disk',
  'A team tower also takes (docs/users.md):',
  '  --bind ADDRESS  where others reach it; by default 127.0.0.1',
  '  --cert FILE --key FILE   PEM; https and wss',
  '  --url URL       what people call it, such as https://tower.example; may be repeated',
  '  --allow-origin URL       another page that may ask with a token; may be repeated',
  '  --evidence ROLE          the least role that may open evidence; by default viewer',
  '  --max-evidence MIB       the largest piece of evidence; by default 128',
  '  --webhooks FILE          whom to tell when tasks end or need a person (docs/team.md)',
  '  --oidc-issuer URL --oidc-audience NAME [--oidc-role-claim NAME] [--oidc-default-role ROLE]',
  '  [--oidc-client-id ID] [--oidc-scope SCOPES]',
  'Several team towers on one queue (docs/team.md):',
  '  --redis URL     the queue they share; or TASKTOWER_REDIS',
  '  --name NAME     which of them this is; by default the name of the machine',
  '  --queue NAME    which queue of that Redis; by default tasktower',
].join('\n');

/** A tower without an editor, in this process. */
export const serve: Command = {
  usage: '--storage DIR [--folder DIR]…',
  about: 'runs a tower without an editor',
  help: HELP,
  async run(args) {
    // The npm package has the team's tower; the extension brings the one for a single person.
    const script = ['team/serve.js', 'serve.js'].map((name) => join(__dirname, '..', name)).find((path) => existsSync(path));
    if (script === undefined) {
      throw new CliError(
        Exit.refused,
        `The tower itself is not here (${join(__dirname, '..')}). Run the tasktower that comes with the extension.`,
      );
    }
    if (args.length === 0) {
      say(`tasktower serve ${serve.usage}\n\n${HELP}`);
      return Exit.usage;
    }
    process.argv.splice(1, process.argv.length - 1, script, ...args);
    createRequire(__filename)(script);
    // It ends by itself, when it is told to.
    return new Promise(() => undefined);
  },
};
