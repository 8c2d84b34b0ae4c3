import { z } from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Usage } from '../../domain/task';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import { failedWith, logged, objectIn, tool, type OutputEnd, type OutputReader, type Stream } from './reader';

const Block = z.looseObject({
  type: z.string(),
  text: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  id: z.string().optional().catch(undefined),
  tool_use_id: z.string().optional().catch(undefined),
  is_error: z.boolean().optional().catch(undefined),
  input: z.unknown().optional(),
});
const Message = z.looseObject({
  content: z.union([z.array(Block), z.string().transform((text) => [Block.parse({ type: 'text', text })])]),
});
const count = z.int().nonnegative().optional().catch(undefined);
const Tokens = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
});
/** A line of `claude -p --output-format stream-json --verbose`: https://docs.claude.com/en/docs/claude-code/sdk/sdk-headless. */
const Line = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('system'),
    subtype: z.string().optional(),
    session_id: z.string().optional(),
    model: z.string().optional(),
  }),
  z.looseObject({ type: z.literal('assistant'), message: Message }),
  z.looseObject({ type: z.literal('user'), message: Message }),
  z.looseObject({
    type: z.literal('result'),
    subtype: z.string().optional(),
    is_error: z.boolean().optional(),
    result: z.string().optional(),
    total_cost_usd: z.number().nonnegative().optional().catch(undefined),
    usage: Tokens.optional().catch(undefined),
  }),
]);
type Result = Extract<z.infer<typeof Line>, { type: 'result' }>;

/** Claude Code, run once for each task. */
export class ClaudeReader implements OutputReader {
  private readonly rest = new PlainReader();
  private readonly tools = new Map<string, string>();
  private model: string | undefined;
  private ended: Result | undefined;

  line(stream: Stream, text: string): AgentReport[] {
    const line = stream === 'stdout' ? Line.safeParse(objectIn(text)).data : undefined;
    if (!line) return this.rest.line(stream, text);
    switch (line.type) {
      case 'system':
        if (line.model !== undefined) this.model = line.model;
        return line.subtype === 'init' && line.session_id ? [{ type: 'session', id: line.session_id }] : [];
      case 'assistant':
        return line.message.content.flatMap((block) => this.said(block));
      case 'user':
        return line.message.content.flatMap(({ type, tool_use_id: id = '', is_error: isError }) => {
          const name = this.tools.get(id);
          return type === 'tool_result' && name !== undefined ? [tool(name, isError ? 'failed' : 'completed')] : [];
        });
      case 'result':
        this.ended = line;
        return [];
    }
  }

  end(exit: Exit): OutputEnd {
    const { ended } = this;
    if (!ended) return this.rest.end(exit);
    const usage = usageOf(ended, this.model);
    const text = ended.result ?? '';
    if (ended.is_error || ended.subtype?.startsWith('error')) {
      const words =
        text || (ended.subtype === 'error_max_turns' ? 'It made as many turns as it may before the work was done.' : (ended.subtype ?? ''));
      return { error: failedWith(words, 'Claude Code failed without a word.'), usage };
    }
    return { result: text, usage };
  }

  private said({ type, text, name, id, input }: z.infer<typeof Block>): AgentReport[] {
    if (type === 'text' && text) return logged(text);
    if (type !== 'tool_use' || name === undefined) return [];
    if (id !== undefined) this.tools.set(id, name);
    return [tool(name, 'in_progress', JSON.stringify(input ?? {}))];
  }
}

/** Anthropic counts cached tokens beside `input_tokens`; ours holds them. */
function usageOf({ usage = {}, total_cost_usd: costUsd }: Result, model: string | undefined): Usage {
  const {
    input_tokens: fresh,
    output_tokens: outputTokens,
    cache_creation_input_tokens: written = 0,
    cache_read_input_tokens: read = 0,
  } = usage;
  return {
    ...(fresh === undefined ? {} : { inputTokens: fresh + written + read, cachedTokens: read }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(costUsd === undefined ? {} : { costUsd }),
    ...(model ? { model: model.slice(0, 120) } : {}),
  };
}
