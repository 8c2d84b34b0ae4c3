import * as z from 'zod';
import { AgentStatus } from '../domain/agent';
import { plural } from '../domain/format';
import { TaskOut } from '../protocol/rest';
import { readArguments } from './arguments';
import { taskLine } from './boardText';
import { say, type Command } from './command';
import { Connection, PATIENCE } from './connection';
import { Exit } from './failure';

/** Of each kind. */
const SHOWN = 10;
const Page = z.object({ tasks: z.array(TaskOut), total: z.int() });
const Agents = z.object({
  agents: z.array(z.object({ name: z.string(), status: AgentStatus, tasks: z.array(z.int()), failure: z.string().nullable() })),
});
type Page = z.output<typeof Page>;

/** What goes on, in words. */
export const status: Command = {
  usage: '[--json]',
  about: 'says what runs, waits and needs you',
  help: '  --json   prints JSON',
  async run(args) {
    const { values } = readArguments(args, { json: { type: 'boolean', default: false } });
    const connection = Connection.open();
    const page = (statuses: string, limit = SHOWN): Promise<Page> =>
      connection.ask(Page, { method: 'GET', path: `/api/tasks?status=${statuses}&limit=${limit}`, patience: PATIENCE });
    const needsYou = await page('input_required,review');
    const running = await page('running');
    const waiting = await page('pending,parked');
    const failed = await page('failed', 1);
    const { agents } = await connection.ask(Agents, { method: 'GET', path: '/api/agents' });
    if (values.json) {
      say(JSON.stringify({ needsYou, running, waiting, failed: failed.total, agents }, null, 2));
      return Exit.ok;
    }
    const counts = [`${running.total} running`, `${waiting.total} waiting`, `${needsYou.total} asking you`, `${failed.total} failed`];
    say(counts.join(', '));
    const part = (title: string, { tasks, total }: Page): void => {
      if (total === 0) return;
      say(`\n${title}`);
      for (const task of tasks) say(`  ${taskLine(task)}`);
      if (tasks.length < total) say(`  … and ${plural(total - tasks.length, 'more', 'more')}`);
    };
    part('Needs you', needsYou);
    part('Running', running);
    part('Waiting', waiting);
    const seen = agents.filter(({ status: state }) => state !== 'offline');
    if (seen.length > 0) say('\nAgents');
    for (const { name, status: state, tasks, failure } of seen) {
      say(`  ${[name, [state, ...tasks.map((number) => `#${number}`)].join(' '), failure].filter((text) => text !== null).join(' · ')}`);
    }
    return Exit.ok;
  },
};
