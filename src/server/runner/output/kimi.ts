import * as z from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import {
  explained,
  logged,
  MAX_JSON_LINE,
  objectIn,
  session,
  tool,
  unread,
  type OutputEnd,
  type OutputReader,
  type Stream,
} from './reader';

const LOGIN = 'Run "kimi login" in a terminal, then retry.';
const Text = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().optional() })).transform((parts) => parts.map(({ text = '' }) => text).join('')),
]);
/** A line of `kimi -p … --output-format stream-json`, as Kimi Code 2.1.0 prints it. */
const Line = z.discriminatedUnion('role', [
  z.looseObject({
    role: z.literal('assistant'),
    content: Text.nullish().catch(undefined),
    tool_calls: z
      .array(z.looseObject({ id: z.string().optional(), function: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }) }))
      .optional()
      .catch(undefined),
  }),
  z.looseObject({ role: z.literal('tool'), tool_call_id: z.string().optional() }),
  z.looseObject({ role: z.literal('meta'), type: z.string(), session_id: z.string().optional() }),
]);

/** Kimi Code, run once for each task. It tells no usage this way. */
export class KimiReader implements OutputReader {
  readonly maxLine = MAX_JSON_LINE;
  private readonly rest = new PlainReader();
  private readonly tools = new Map<string, string>();
  private message = '';
  private isKimi = false;

  line(stream: Stream, text: string): AgentReport[] {
    const line = stream === 'stdout' ? Line.safeParse(objectIn(text)).data : undefined;
    if (!line) return this.rest.line(stream, text);
    this.isKimi = true;
    switch (line.role) {
      case 'meta':
        return line.type === 'session.resume_hint' ? session(line.session_id) : unread(text);
      case 'tool': {
        const name = this.tools.get(line.tool_call_id ?? '');
        return name === undefined ? [] : [tool(name, 'completed')];
      }
      case 'assistant': {
        const { content, tool_calls: calls = [] } = line;
        if (content) this.message = content;
        const called = calls.map(({ id, function: { name, arguments: input } }) => {
          if (id !== undefined) this.tools.set(id, name);
          return tool(name, 'in_progress', typeof input === 'string' ? input : JSON.stringify(input ?? {}));
        });
        return [...(content ? logged(content) : []), ...called];
      }
    }
  }

  end(exit: Exit): OutputEnd {
    if (this.isKimi && exit.code === 0) return { result: this.message };
    return explained(this.rest.end(exit), LOGIN);
  }
}
