import * as z from 'zod';
import type { AgentReport } from '../../domain/report';
import type { Usage } from '../../domain/task';
import type { Exit } from '../agentProcess';
import { ClaudeLine, Todos, type ClaudeBlock, type ClaudeResult } from './claudeLine';
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

const LOGIN = 'Run "claude" in a terminal and enter /login, then retry.';
const Own = z.looseObject({ type: z.string(), session_id: z.string() });

/** Claude Code, run once for each task. */
export class ClaudeReader implements OutputReader {
  readonly maxLine = MAX_JSON_LINE;
  private readonly rest = new PlainReader();
  private readonly tools = new Map<string, string>();
  private model: string | undefined;
  private isClaude = false;
  /** What it said last, for a result that is empty. */
  private message = '';
  /** When the limit that it is at returns, ISO 8601. */
  private limitedUntil: string | undefined;
  private ended: ClaudeResult | undefined;

  line(stream: Stream, text: string): AgentReport[] {
    const object = stream === 'stdout' ? objectIn(text) : undefined;
    const line = ClaudeLine.safeParse(object).data;
    if (!line) return Own.safeParse(object).success ? unread(text) : this.rest.line(stream, text);
    this.isClaude = true;
    switch (line.type) {
      case 'system':
        if (line.subtype === 'api_retry') return logged(`trying again after status ${line.error_status ?? 'unknown'}`, 'warn');
        if (line.subtype !== 'init') return unread(text);
        this.model = line.model;
        return session(line.session_id);
      case 'assistant': {
        const said = line.message.content.flatMap(({ type, text = '' }) => (type === 'text' ? text : ''));
        if (line.parent_tool_use_id == null && said.join('').trim()) this.message = said.join('').trim();
        return line.message.content.flatMap((block) => this.said(block));
      }
      case 'user':
        return line.message.content.flatMap(({ type, tool_use_id: id = '', is_error: isError }) => {
          const name = this.tools.get(id);
          return type === 'tool_result' && name !== undefined ? [tool(name, isError ? 'failed' : 'completed')] : [];
        });
      case 'rate_limit_event': {
        const { status, resetsAt } = line.rate_limit_info;
        this.limitedUntil = status === 'rejected' && resetsAt !== undefined ? new Date(resetsAt * 1000).toISOString() : undefined;
        return [];
      }
      case 'stream_event':
        return [];
      case 'result':
        this.ended = line;
        return [];
    }
  }

  end(exit: Exit): OutputEnd {
    const { ended } = this;
    if (!ended) {
      if (!this.isClaude || exit.code !== 0) return explained(this.rest.end(exit), LOGIN);
      if (this.message) return { result: this.message };
      return { error: failedWith('Claude Code ended without a result.', LOGIN, { kind: 'protocol_error' }) };
    }
    const usage = usageOf(ended, this.model);
    if (!ended.is_error && !ended.subtype?.startsWith('error')) return { result: ended.result || this.message, usage };
    const words = ended.result || (ended.errors ?? []).join(' ') || endedHow(ended.subtype);
    const kind = kindOfStatus(ended.api_error_status);
    return { error: failedWith(words, LOGIN, { ...(kind ? { kind } : {}), retryAt: this.limitedUntil }), usage };
  }

  private said({ type, text, thinking, name, id, input }: ClaudeBlock): AgentReport[] {
    if (type === 'text' && text) return logged(text.trim());
    if (type === 'thinking' && thinking) return logged(thinking.trim(), 'debug');
    if (type !== 'tool_use' || name === undefined) return [];
    const todos = name === 'TodoWrite' ? Todos.safeParse(input).data?.todos : undefined;
    if (todos) return plan(todos.map(({ content, status }) => ({ text: content, status })));
    if (id !== undefined) this.tools.set(id, name);
    return [tool(name, 'in_progress', JSON.stringify(input ?? {}))];
  }
}

function kindOfStatus(status: number | undefined): 'auth_required' | 'limit' | undefined {
  if (status === 429) return 'limit';
  return status === 401 ? 'auth_required' : undefined;
}

function endedHow(subtype: string | undefined): string {
  switch (subtype) {
    case 'error_max_turns':
      return 'Claude Code made as many turns as it may before the work was done.';
    case 'error_max_budget_usd':
      return 'Claude Code spent what it may before the work was done.';
    default:
      return `Claude Code failed without a word (${subtype ?? 'no reason'}).`;
  }
}

/** Anthropic counts cached tokens beside `input_tokens`; ours holds them. */
function usageOf({ usage = {}, total_cost_usd: costUsd }: ClaudeResult, model: string | undefined): Usage {
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
