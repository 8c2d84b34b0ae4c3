import * as z from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Usage } from '../../domain/task';
import type { Exit } from '../agentProcess';
import { PlainReader } from './plain';
import {
  explained,
  failedWith,
  logged,
  MAX_JSON_LINE,
  objectIn,
  plan,
  session,
  tool,
  unread,
  type OutputEnd,
  type OutputReader,
  type Stream,
} from './reader';

const LOGIN = 'Run "codex login" in a terminal, then retry.';
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
  error: z.looseObject({ message: Text }).nullish().catch(undefined),
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
/** An event of `codex exec --json`: codex-rs/exec/src/exec_events.rs of https://github.com/openai/codex. */
const Line = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('thread.started'), thread_id: z.string() }),
  z.looseObject({ type: z.literal('turn.started') }),
  z.looseObject({ type: z.enum(['item.started', 'item.updated', 'item.completed']), item: Item }),
  z.looseObject({
    type: z.literal('turn.completed'),
    usage: z.looseObject({ input_tokens: count, cached_input_tokens: count, output_tokens: count }).optional().catch(undefined),
  }),
  z.looseObject({ type: z.literal('turn.failed'), error: z.looseObject({ message: z.string() }) }),
  z.looseObject({ type: z.literal('error'), message: z.string() }),
]);
const Own = z.looseObject({ type: z.string().regex(/^[a-z_]+\.[a-z_.]+$/) });

/** Codex, run once for each task. */
export class CodexReader implements OutputReader {
  readonly maxLine = MAX_JSON_LINE;
  private readonly rest = new PlainReader();
  private message = '';
  private failure: string | undefined;
  private usage: Usage = {};
  private isCodex = false;
  private isComplete = false;

  line(stream: Stream, text: string): AgentReport[] {
    const object = stream === 'stdout' ? objectIn(text) : undefined;
    const line = Line.safeParse(object).data;
    if (!line) return this.isCodex && Own.safeParse(object).success ? unread(text) : this.rest.line(stream, text);
    this.isCodex = true;
    switch (line.type) {
      case 'thread.started':
        return session(line.thread_id);
      case 'turn.started':
        return [];
      case 'turn.completed':
        // Errors before it were those of connections that it got back.
        this.failure = undefined;
        this.isComplete = true;
        this.usage = usageOf(line.usage ?? {});
        return [];
      case 'turn.failed':
        this.failure = line.error.message;
        return [];
      case 'error':
        this.failure = line.message;
        return logged(line.message, 'warn');
      case 'item.started':
        return item(line.item, 'in_progress');
      case 'item.updated':
        return line.item.type === 'todo_list' ? item(line.item, 'in_progress') : [];
      case 'item.completed':
        if (line.item.type === 'agent_message') this.message = line.item.text ?? '';
        return item(line.item, hasFailed(line.item) ? 'failed' : 'completed');
    }
  }

  end(exit: Exit): OutputEnd {
    const { usage, failure, message } = this;
    // Its exit code may be 0 all the same.
    if (failure !== undefined) return { error: failedWith(failure, LOGIN), usage };
    if (!this.isCodex || exit.code !== 0) return { ...explained(this.rest.end(exit), LOGIN), usage };
    if (this.isComplete || message) return { result: message, usage };
    return { error: failedWith('Codex ended without completing its turn.', LOGIN, { kind: 'protocol_error' }), usage };
  }
}

type Status = 'in_progress' | 'completed' | 'failed';

function hasFailed({ status, exit_code: code, error }: z.infer<typeof Item>): boolean {
  return status === 'failed' || status === 'declined' || (code ?? 0) !== 0 || error != null;
}

function item(it: z.infer<typeof Item>, status: Status): AgentReport[] {
  const isDone = status !== 'in_progress';
  switch (it.type) {
    case 'agent_message':
      return isDone ? logged(it.text ?? '') : [];
    case 'reasoning':
      return isDone ? logged(it.text ?? '', 'debug') : [];
    case 'command_execution':
      return [tool(it.command ?? 'command', status), ...(isDone && it.aggregated_output ? logged(it.aggregated_output, 'debug') : [])];
    case 'file_change':
      return [tool('file change', status, (it.changes ?? []).map(({ path, kind }) => `${kind ?? 'change'} ${path}`).join(', '))];
    case 'mcp_tool_call':
      return [tool([it.server, it.tool].filter(Boolean).join('.'), status, it.error?.message)];
    case 'web_search':
      return [tool('web search', status, it.query)];
    case 'todo_list':
      return plan((it.items ?? []).map(({ text, completed }) => ({ text, status: completed ? 'completed' : 'pending' })));
    case 'error':
      return logged(it.message ?? '', 'warn');
    default:
      return isDone ? unread(JSON.stringify(it)) : [];
  }
}

/** The whole of the thread, cached tokens included. */
function usageOf({ input_tokens: input, cached_input_tokens: cached, output_tokens: output }: Record<string, unknown>): Usage {
  return {
    ...(typeof input === 'number' ? { inputTokens: input } : {}),
    ...(typeof cached === 'number' ? { cachedTokens: cached } : {}),
    ...(typeof output === 'number' ? { outputTokens: output } : {}),
  };
}
