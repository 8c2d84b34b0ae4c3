import { setTimeout as pause } from 'node:timers/promises';
import { isFinal, type Status } from '../domain/task';
import { TaskOut } from '../protocol/rest';
import { readArguments, taskPath, taskRef } from './arguments';
import { taskLine } from './boardText';
import { say, type Command } from './command';
import { Connection, REPORT_PATIENCE } from './connection';
import { Exit, wrongUsage } from './failure';

/** How often a task that is waited for is looked at, ms. */
const LOOK_EVERY = 500;
/** What the exit code of a command that waits says. */
export const WAIT_CODES = 'the exit code is 0 completed, 4 failed, 5 cancelled, 6 needs a person.';

/** Waits for a task that is there already. */
export const wait: Command = {
  usage: '<#12>',
  about: 'waits until a task has ended, or needs a person',
  help: `      --json           prints the task as JSON\n\nAt its end ${WAIT_CODES}`,
  async run(args) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean', default: false } });
    const [word, more] = positionals;
    if (word === undefined || more !== undefined) throw wrongUsage('Name one task by its number, such as 12.');
    return tellEnd(await settled(Connection.open(), taskRef(word)), values.json);
  },
};

/** The task once nothing goes on without a person. */
export async function settled(connection: Connection, ref: string): Promise<TaskOut> {
  for (;;) {
    const now = await connection.ask(TaskOut, { method: 'GET', path: taskPath(ref), patience: REPORT_PATIENCE });
    if (isFinal(now.status) || now.status === 'review' || now.status === 'input_required') return now;
    await pause(LOOK_EVERY);
  }
}

/** Prints how a task ended. @returns the exit code that says it. */
export function tellEnd(task: TaskOut, json: boolean): number {
  say(json ? JSON.stringify(task, null, 2) : [taskLine(task), task.result ?? ''].filter(Boolean).join('\n'));
  return exitOf(task.status);
}

function exitOf(status: Status): number {
  if (status === 'completed') return Exit.ok;
  if (status === 'failed') return Exit.failed;
  return status === 'cancelled' ? Exit.cancelled : Exit.needsPerson;
}
