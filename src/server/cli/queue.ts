import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { errorText } from '../base/errors';
import { Priority, Status } from '../domain/task';
import { TaskOut } from '../protocol/rest';
import { oneOf, readArguments, readStdin, taskPath, taskRef } from './arguments';
import { taskLine } from './boardText';
import { say, type Command } from './command';
import { Connection, PATIENCE, REPORT_PATIENCE, type Question } from './connection';
import { Exit, wrongUsage } from './failure';
import { settled, tellEnd, wait, WAIT_CODES } from './wait';

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const json = { type: 'boolean', default: false } as const;

const task: Command = {
  usage: '"<title>" [-]',
  about: 'queues a task',
  help: [
    '  --prompt TEXT        what the agent is told; "-" reads it from standard input',
    '  --prompt-file FILE   the same, from a file',
    `  -p, --priority P     ${Priority.options.join(', ')}`,
    '  -a, --agent NAME     only this agent may do it',
    '  -s, --skill SKILL    its agent needs this skill; may be repeated',
    '  -r, --require PROOF  what it must prove, such as tests:pass; may be repeated',
    '      --after #12      waits for that task; may be repeated',
    '      --field NAME=V   what else its agent wants to know, such as num_agents=5; may be repeated',
    '      --continue #12   goes on from that finished task, by the same agent',
    '  -w, --wait           waits until it has ended',
    '      --json           prints the task as JSON',
    '',
    `With --wait ${WAIT_CODES}`,
  ].join('\n'),
  async run(args) {
    const { values, positionals } = readArguments(args, {
      ...{ prompt: text, 'prompt-file': text, priority: { ...text, short: 'p' }, agent: { ...text, short: 'a' } },
      ...{ skill: { ...texts, short: 's' }, require: { ...texts, short: 'r' }, after: texts, field: texts, continue: text },
      ...{ wait: { type: 'boolean', short: 'w' }, json },
    });
    const [title, dash, more] = positionals;
    if (!title?.trim()) throw wrongUsage('Say what is to be done: tasktower task "Audit the login page"');
    if (more !== undefined || (dash !== undefined && dash !== '-')) throw wrongUsage('Put the title in quotes.');
    const prompt = await promptOf(dash ?? values.prompt, values['prompt-file']);
    const connection = Connection.open();
    const body = {
      ...{ title, ...(prompt === undefined ? {} : { prompt }), ...(values.agent === undefined ? {} : { agent: values.agent }) },
      ...(values.priority === undefined ? {} : { priority: oneOf(Priority.options, values.priority, 'The priority') }),
      ...{ skills: values.skill ?? [], requires: values.require ?? [], after: (values.after ?? []).map(taskRef) },
      ...{ fields: Object.fromEntries((values.field ?? []).map(fieldOf)) },
      ...(values.continue === undefined ? {} : { continues: taskRef(values.continue) }),
    };
    const question = { method: 'POST', path: '/api/tasks', body, key: randomUUID(), patience: REPORT_PATIENCE } as const;
    const made = await connection.ask(TaskOut, question);
    if (!values.wait) {
      say(values.json ? JSON.stringify(made, null, 2) : taskLine(made));
      return Exit.ok;
    }
    if (!values.json) say(taskLine(made));
    return tellEnd(await settled(connection, made.id), values.json);
  },
};

/** `num_agents=5` as name and value: numbers and truth values as such. */
function fieldOf(word: string): [string, string | number | boolean] {
  const [, name, value = ''] = /^([a-z]\w{0,39})=(.*)$/is.exec(word) ?? [];
  if (name === undefined) throw wrongUsage(`Write a field as name=value, not "${word}".`);
  if (/^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return [name, Number(value)];
  return [name, value === 'true' ? true : value === 'false' ? false : value];
}

async function promptOf(word: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (word !== undefined && file !== undefined) throw wrongUsage('Give the prompt once: --prompt or --prompt-file.');
  if (file === undefined) return word === '-' ? readStdin() : word;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw wrongUsage(`The prompt cannot be read: ${errorText(error)}.`);
  }
}

const list: Command = {
  usage: '[--status S]…',
  about: 'lists tasks: what is unfinished first, then the newest',
  help: [
    `  --status S     ${Status.options.join(', ')}; may be repeated`,
    '  --agent NAME   only the tasks of this agent',
    '  --limit N      at most so many; by default 50',
    '  --json         prints JSON',
  ].join('\n'),
  async run(args) {
    const { values } = readArguments(args, { status: texts, agent: text, limit: { ...text, default: '50' }, json });
    if (!/^[1-9]\d{0,2}$/.test(values.limit)) throw wrongUsage('Say the limit as a number, 1 to 500.');
    const query = new URLSearchParams({ limit: values.limit });
    if (values.status) query.set('status', values.status.map((status) => oneOf(Status.options, status, 'The status')).join(','));
    if (values.agent !== undefined) query.set('agent', values.agent);
    const Page = z.object({ tasks: z.array(TaskOut), total: z.int() });
    const page = await Connection.open().ask(Page, { method: 'GET', path: `/api/tasks?${query.toString()}`, patience: PATIENCE });
    if (values.json) say(JSON.stringify(page, null, 2));
    else for (const row of page.tasks) say(taskLine(row));
    if (!values.json && page.tasks.length < page.total) say(`… and ${page.total - page.tasks.length} more (--limit)`);
    return Exit.ok;
  },
};

type Values = Record<string, string | undefined>;

/** A command about one task. */
function change(
  about: string,
  help: string,
  options: Record<string, typeof text>,
  ask: (ref: string, values: Values) => Question,
): Command {
  return {
    usage: '<#12>',
    about,
    help,
    async run(args) {
      const { values, positionals } = readArguments(args, options);
      const [word, more] = positionals;
      if (word === undefined || more !== undefined) throw wrongUsage('Name one task by its number, such as 12.');
      const question = ask(taskRef(word), values);
      say(taskLine(await Connection.open().ask(TaskOut, { ...question, key: randomUUID(), patience: PATIENCE })));
      return Exit.ok;
    },
  };
}

/** What is asked of the queue. */
export const queueCommands = {
  task,
  wait,
  list,
  cancel: change('cancels a task that a program created', '', {}, (ref) => ({ method: 'DELETE', path: taskPath(ref) })),
  retry: change('queues a finished task again', '  --note TEXT   goes to the agent', { note: text }, (ref, { note }) => ({
    method: 'POST',
    path: taskPath(ref, 'retry'),
    body: note === undefined ? {} : { note },
  })),
};
