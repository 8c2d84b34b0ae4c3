import * as z from 'zod';
import { oneOf, readArguments, readStdin } from './arguments';
import { say, type Command } from './command';
import { Connection } from './connection';
import { Exit, wrongUsage } from './failure';

/** An agent waits for its hooks, so the tower has this long to answer, ms. */
const LIMIT = 2_000;
const Answer = z.record(z.string(), z.unknown());

/** Hands on what an agent tells its hooks. Never fails: an agent must not stand still because no tower is there. */
export const hook: Command = {
  usage: '<claude | kimi>',
  about: 'for the hooks of an agent: tells the tower what they hear on standard input',
  help: 'See docs/hooks.md. Always ends with 0, and says nothing when there is no tower.',
  async run(args) {
    const { positionals } = readArguments(args, {});
    const [word, more] = positionals;
    if (word === undefined || more !== undefined) throw wrongUsage('Say whose hook it is: claude or kimi.');
    const agent = oneOf(['claude', 'kimi'], word, 'The agent');
    // A task of the tower reports for itself.
    if (process.env.TASKTOWER_TASK_ID) return Exit.ok;
    try {
      const body: unknown = JSON.parse(await readStdin());
      const question = { method: 'POST', path: `/api/hooks/${agent}`, body, signal: AbortSignal.timeout(LIMIT) } as const;
      const answer = await Connection.open().ask(Answer, question);
      if (Object.keys(answer).length > 0) say(JSON.stringify(answer));
    } catch {
      return Exit.ok;
    }
    return Exit.ok;
  },
};
