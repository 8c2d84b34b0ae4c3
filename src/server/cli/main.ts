#!/usr/bin/env node
import { errorText } from '../base/errors';
import { PROTOCOL } from '../protocol/version';
import { say, warn, type Command } from './command';
import { CliError, Exit, wrongUsage } from './failure';
import { hook } from './hook';
import { queueCommands } from './queue';
import { reportCommands } from './reports';
import { run } from './run';
import { serve } from './serve';
import { start } from './start';
import { status } from './status';
import { user } from './user';

const COMMANDS = new Map<string, Command>(Object.entries({ ...queueCommands, status, run, start, ...reportCommands, hook, serve, user }));
const EXIT_CODES = 'Exit codes: 0 well, 1 the tower refused, 2 wrong usage, 3 no tower, 4 failed, 5 cancelled, 6 needs a person.';

function overview(): string {
  const rows = [...COMMANDS].map(([name, { about }]) => `  ${name.padEnd(9)} ${about}`);
  const more =
    '"tasktower <command> --help" says more. The tower is the one of TASKTOWER_URL and TASKTOWER_TOKEN,\nelse the one that has this folder open.';
  return ['tasktower <command>', '', ...rows, '', more, EXIT_CODES].join('\n');
}

async function main([word, ...args]: readonly string[]): Promise<number> {
  if (word === undefined || word === 'help' || word === '--help' || word === '-h') {
    say(overview());
    return word === undefined ? Exit.usage : Exit.ok;
  }
  if (word === '--version' || word === '-v') {
    say(`tasktower ${process.env.TASKTOWER_VERSION ?? 'unknown'} (protocol ${PROTOCOL})`);
    return Exit.ok;
  }
  const command = COMMANDS.get(word);
  if (!command) throw wrongUsage(`There is no command "${word}". See tasktower --help.`);
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  if (own.includes('--help') || own.includes('-h')) {
    say([`tasktower ${word} ${command.usage}`, command.about, '', command.help].join('\n').trimEnd());
    return Exit.ok;
  }
  return command.run(args);
}

// Whoever reads our output may stop reading, as in `tasktower list | head`.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    warn(error instanceof CliError ? error.message : `an error that it should not make: ${errorText(error)}`);
    process.exitCode = error instanceof CliError ? error.exit : Exit.refused;
  },
);
