import { z } from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Usage } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import { failedWith, logged, objectIn, tool, type OutputEnd, type OutputReader, type Stream } from './reader';

const Text = z.string().optional().catch(undefined);
const Item = z.looseObject({
  type: z.string(),
  text: Text,
  message: Text,
  command: Text,
  aggregated_output: Text,
  exit_code: z.int().nullish().catch(undefined),
  status: Text,
  server: Text,
  tool: Text,
  query: Text,
  changes: z
    .array(z.looseObject({ path: z.string(), kind: Text }))
    .optional()
    .catch(undefined),
  items: z
    .array(z.looseObject({ text: z.string(), completed: z.boolean().optional() }))
    .optional()
    .catch(undefined),
});
const count = z.int().nonnegative().optional().catch(undefined);
/** An event of `codex exec --json`: https://developers.openai.com/codex/noninteractive. */
const Line = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('thread.started'), thread_id: z.string().max(200) }),
  z.looseObject({ type: z.enum(['item.started', 'item.updated', 'item.completed']), item: Item }),
  z.looseObject({
    type: z.literal('turn.completed'),
    usage: z.looseObject({ input_tokens: count, cached_input_tokens: count, output_tokens: count }).optional(),
  }),
  z.looseObject({ type: z.literal('turn.failed'), error: z.looseObject({ message: z.string() }) }),
  z.looseObject({ type: z.literal('error'), message: z.string() }),
  z.looseObject({ type: z.literal('turn.started') }),
]);

/** Codex, run once for each task. */
export class CodexReader implements OutputReader {
  private readonly rest = new PlainReader();
  private message = '';
  private failure: string | undefined;
  private usage: Usage = {};
  private isCodex = false;

  line(stream: Stream, text: string): AgentReport[] {
    const line = stream === 'stdout' ? Line.safeParse(objectIn(text)).data : undefined;
    if (!line) return this.rest.line(stream, text);
    this.isCodex = true;
    switch (line.type) {
      case 'thread.started':
        return [{ type: 'session', id: line.thread_id }];
      case 'turn.completed':
        this.add(line.usage ?? {});
        return [];
      case 'turn.failed':
        this.failure = line.error.message;
        return [];
      case 'error':
        this.failure ??= line.message;
        return logged(line.message, 'error');
      case 'turn.started':
        this.failure = undefined;
        return [];
      default:
        return this.item(line.item, line.type === 'item.completed');
    }
  }

  end(exit: Exit): OutputEnd {
    if (!this.isCodex) return this.rest.end(exit);
    const { usage } = this;
    if (this.failure !== undefined) return { error: failedWith(this.failure, 'Codex failed without a word.'), usage };
    return exit.code === 0 ? { result: this.message, usage } : { ...this.rest.end(exit), usage };
  }

  private item(item: z.infer<typeof Item>, isDone: boolean): AgentReport[] {
    const status = !isDone ? 'in_progress' : item.status === 'failed' || (item.exit_code ?? 0) !== 0 ? 'failed' : 'completed';
    switch (item.type) {
      case 'agent_message':
        if (isDone) this.message = item.text ?? '';
        return isDone ? logged(item.text ?? '') : [];
      case 'reasoning':
        return isDone ? logged(item.text ?? '', 'debug') : [];
      case 'command_execution':
        return [
          tool(item.command ?? 'command', status),
          ...(isDone && item.aggregated_output ? logged(item.aggregated_output, 'debug') : []),
        ];
      case 'file_change':
        return [tool('file change', status, (item.changes ?? []).map(({ path, kind }) => `${kind ?? 'change'} ${path}`).join(', '))];
      case 'mcp_tool_call':
        return [tool([item.server, item.tool].filter(Boolean).join('.'), status)];
      case 'web_search':
        return [tool('web search', status, item.query)];
      case 'todo_list':
        return plan(item.items ?? []);
      case 'error':
        return logged(item.message ?? '', 'warn');
      default:
        return [];
    }
  }

  private add({ input_tokens: input, cached_input_tokens: cached, output_tokens: output }: Record<string, unknown>): void {
    const sum = (before: number | undefined, value: unknown): number | undefined =>
      typeof value === 'number' ? (before ?? 0) + value : before;
    const [inputTokens, cachedTokens, outputTokens] = [
      sum(this.usage.inputTokens, input),
      sum(this.usage.cachedTokens, cached),
      sum(this.usage.outputTokens, output),
    ];
    this.usage = {
      ...(inputTokens === undefined ? {} : { inputTokens }),
      ...(cachedTokens === undefined ? {} : { cachedTokens }),
      ...(outputTokens === undefined ? {} : { outputTokens }),
    };
  }
}

function plan(items: readonly { text: string; completed?: boolean | undefined }[]): AgentReport[] {
  const entries = items.flatMap(({ text, completed }) => {
    const short = shorten(cleanLine(text), 500);
    return short ? [{ text: short, status: completed ? ('completed' as const) : ('pending' as const) }] : [];
  });
  if (entries.length === 0) return [];
  const done = entries.filter(({ status }) => status === 'completed').length;
  return [
    { type: 'plan', entries: entries.slice(0, 200) },
    { type: 'progress', progress: done / entries.length },
  ];
}
