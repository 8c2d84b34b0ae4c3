import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { readArguments } from './arguments';
import { say, type Command } from './command';
import { Connection, REPORT_PATIENCE } from './connection';
import { Exit, wrongUsage } from './failure';

/** Begins a task whose work goes on in a script, which then reports on it. */
export const start: Command = {
  usage: '"<title>" [--agent NAME]',
  about: 'begins a task that a script reports on, and prints its id',
  help: [
    '  -a, --agent NAME   who does it; by default "reporter"',
    '',
    'In a shell: export TASKTOWER_TASK_ID=$(tasktower start "Nightly audit"), then progress, log, evidence and done or fail.',
  ].join('\n'),
  async run(args) {
    const { values, positionals } = readArguments(args, { agent: { type: 'string', short: 'a' } });
    const [title, more] = positionals;
    if (!title?.trim() || more !== undefined) throw wrongUsage('Say what is being done, in quotes: tasktower start "Nightly audit"');
    const spec = { title, status: 'running', folder: process.cwd(), ...(values.agent === undefined ? {} : { agent: values.agent }) };
    const question = { method: 'POST', path: '/api/tasks', body: spec, key: randomUUID(), patience: REPORT_PATIENCE } as const;
    say((await Connection.open().ask(z.object({ id: z.string() }), question)).id);
    return Exit.ok;
  },
};
