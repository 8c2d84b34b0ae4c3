import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Command } from './command';
import { CliError, Exit } from './failure';

/** Who may sign in to a team's tower. */
export const user: Command = {
  usage: 'add|password|role|remove|list|sessions|sign-out [NAME] [--role ROLE] --storage DIR',
  about: 'keeps who may sign in to a team tower',
  help: [
    '  add NAME --role admin|operator|viewer   asks for a password, or reads it from standard input',
    '  password NAME                           gives a new one, and signs NAME out',
    '  role NAME --role ROLE                   changes what NAME may do',
    '  remove NAME                             NAME may no longer sign in',
    '  list, sessions [NAME], sign-out NAME    who may sign in, who is, and ending that',
    '  --storage DIR                           where the tower keeps its data; or TASKTOWER_STORAGE',
  ].join('\n'),
  async run(args) {
    const script = join(__dirname, '..', 'team', 'user.js');
    if (!existsSync(script))
      throw new CliError(Exit.refused, 'Users belong to a team tower. Run the tasktower of the npm package or of the container.');
    process.argv.splice(1, process.argv.length - 1, script, ...args);
    createRequire(__filename)(script);
    // It ends by itself.
    return new Promise(() => undefined);
  },
};
