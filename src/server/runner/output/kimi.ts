import { z } from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Exit } from '../agentProcess';
import { kindOfWords } from '../failureWords';
import { PlainReader } from './plain';
import { logged, objectIn, tool, type OutputEnd, type OutputReader, type Stream } from './reader';

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
  z.looseObject({ role: z.literal('meta'), type: z.string(), session_id: z.string().max(200).optional() }),
]);

/** Kimi Code, run once for each task. It tells no usage this way. */
export class KimiReader implements OutputReader {
  private readonly rest = new PlainReader();
  private readonly tools = new Map<string, string>();
  private message = '';
  private isKimi = false;

  line(stream: Stream, text: string): AgentReport[] {
    const line = stream === 'stdout' ? Line.safeParse(objectIn(text)).data : undefined;
    if (!line) return this.rest.line(stream, text);
    this.isKimi = true;
    if (line.role === 'meta')
      return line.type === 'session.resume_hint' && line.session_id ? [{ type: 'session', id: line.session_id }] : [];
    if (line.role === 'tool') {
      const name = this.tools.get(line.tool_call_id ?? '');
      return name === undefined ? [] : [tool(name, 'completed')];
    }
    if (line.content) this.message = line.content;
    const calls = (line.tool_calls ?? []).map(({ id, function: { name, arguments: input } }) => {
      if (id !== undefined) this.tools.set(id, name);
      return tool(name, 'in_progress', typeof input === 'string' ? input : JSON.stringify(input ?? {}));
    });
    return [...(line.content ? logged(line.content) : []), ...calls];
  }

  end(exit: Exit): OutputEnd {
    const end = this.rest.end(exit);
    if (exit.code === 0) return this.isKimi ? { result: this.message } : end;
    if (end.error && kindOfWords(end.error.message) === 'auth_required')
      return {
        error: { type: 'error', kind: 'auth_required', message: `${end.error.message} Run "kimi login" in a terminal, then retry.` },
      };
    return end;
  }
}
