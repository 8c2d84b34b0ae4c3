import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import { duration } from '../domain/format';
import { readOutput } from '../domain/outputLine';
import { cleanLine, shorten } from '../domain/text';
import { readArguments } from './arguments';
import { Child, type Exit as ChildExit } from './child';
import { warn, type Command } from './command';
import { Connection } from './connection';
import { CliError, wrongUsage } from './failure';
import { ReportQueue, type Final } from './reportQueue';

/** How long the command waits for its task to be made, ms. */
const CREATE_PATIENCE = 3_000;
/** A command that is gone without a word is lost after this, ms; a silent one is heard of every second. */
const LEASE = 60_000;
const Created = z.object({ id: z.string(), number: z.int(), attempt: z.int() });

interface Reported {
  connection: Connection;
  task: z.output<typeof Created>;
}

/** Runs any program as a task that is reported, not queued. */
export const run: Command = {
  usage: '[--title TEXT] [--agent NAME] -- <command…>',
  about: 'runs a command and shows it as a task, with its output and outcome',
  help: [
    '  --title TEXT    what the task is called; by default the command',
    '  --agent NAME    who does it; by default "Terminal"',
    '',
    'Lines that are JSON with "level" or "progress" (0 to 1) and "step" are understood. Ctrl-C cancels the task, and',
    'a cancel in the editor ends the command. The exit code is that of the command. Without a tower it runs all the same.',
  ].join('\n'),
  async run(args) {
    const at = args.indexOf('--');
    const { values, positionals } = readArguments(at < 0 ? args : args.slice(0, at), {
      title: { type: 'string' },
      agent: { type: 'string' },
    });
    const command = at < 0 ? [] : args.slice(at + 1);
    if (positionals.length > 0 || command.length === 0) throw wrongUsage('Put the command after two dashes: tasktower run -- npm test');
    const title = shorten(cleanLine(values.title ?? command.join(' ')) || 'A command', 200);
    const reported = await create(title, cleanLine(values.agent ?? '') || 'Terminal', command);
    return follow(command, reported);
  },
};

/** Makes the task. Without a tower there is none, and the command runs all the same. */
async function create(title: string, agent: string, command: readonly string[]): Promise<Reported | undefined> {
  try {
    const connection = Connection.open();
    const folder = process.cwd();
    const spec = {
      title,
      prompt: command.join(' '),
      kind: 'command',
      agent: shorten(agent, 80),
      folder,
      status: 'running',
      leaseMs: LEASE,
    };
    const question = { method: 'POST', path: '/api/tasks', body: spec, key: randomUUID(), patience: CREATE_PATIENCE } as const;
    return { connection, task: await connection.ask(Created, question) };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    warn(`the command runs, but is not shown as a task. ${error.message}`);
    return undefined;
  }
}

async function follow(command: readonly string[], reported: Reported | undefined): Promise<number> {
  const started = Date.now();
  const name = basename(command[0] ?? '');
  let last = '';
  let interrupted = false;
  const cancel = (): void => {
    interrupted = true;
    warn('cancelled in the tower; the command is being stopped.');
    void child.stop();
  };
  const reports = reported && new ReportQueue(reported.connection, reported.task.id, cancel);
  const child = new Child(command, { ...process.env, ...(reported && taskEnv(reported)) }, (stream, line) => {
    const { log, progress } = readOutput(line, stream === 'stderr' ? 'warn' : 'info');
    if (progress) reports?.setProgress(progress);
    if (log) reports?.log({ ...log, at: Date.now() });
    if (log?.text.trim()) last = log.text;
  });
  const forward = (signal: NodeJS.Signals): void => {
    interrupted = true;
    child.signal(signal);
  };
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const exit = await child.done;
  for (const signal of signals) process.off(signal, forward);
  if (exit.notStarted !== undefined) warn(exit.notStarted);
  const final = finalOf(exit, name, interrupted, shorten(cleanLine(last), 500), Date.now() - started);
  if (reports && !(await reports.finish(final))) warn('the tower did not answer for a minute; how the command ended is not reported.');
  return exit.code;
}

function finalOf(exit: ChildExit, name: string, interrupted: boolean, last: string, ms: number): Final {
  if (exit.notStarted !== undefined) return { verb: 'error', kind: 'spawn_failed', message: exit.notStarted };
  if (interrupted) return { verb: 'cancelled' };
  if (exit.code === 0) return { verb: 'result', result: `${name} ended well after ${duration(ms)}.${last && `\n\n${last}`}` };
  const how = exit.signal === undefined ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  return { verb: 'error', kind: 'agent_error', message: `${name} ended ${how}${last ? `: ${last}` : '.'}` };
}

/** So that the command itself may report, with `tasktower progress` and the like. */
function taskEnv({ connection: { url, token }, task }: Reported): Record<string, string> {
  return { TASKTOWER_URL: url, TASKTOWER_TOKEN: token, TASKTOWER_TASK_ID: task.id, TASKTOWER_ATTEMPT: String(task.attempt) };
}
