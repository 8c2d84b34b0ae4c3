import * as z from 'zod';
import type { AgentReport } from '../domain/report';
import { cleanLine, cleanText, shorten, utf8Length } from '../domain/text';

const Said = z.string().optional().catch(undefined);

/**
 * What the hooks of Claude Code (https://docs.claude.com/en/docs/claude-code/hooks) and Kimi Code
 * (https://moonshotai.github.io/kimi-code/en/customization/hooks) hear, as far as it is used. Both write it alike.
 */
export const Hooked = z.looseObject({
  hook_event_name: z.string().max(80).catch(''),
  session_id: z.string().min(1).max(200).optional().catch(undefined),
  cwd: z.string().max(1000).optional().catch(undefined),
  prompt: z.unknown().optional(),
  tool_name: Said,
  tool_input: z.record(z.string(), z.unknown()).optional().catch(undefined),
  error: z.unknown().optional(),
  error_type: Said,
  error_message: Said,
  title: Said,
  message: Said,
  body: Said,
  reason: Said,
  agent_name: Said,
  agent_type: Said,
  last_assistant_message: Said,
});
export type Hooked = z.output<typeof Hooked>;

/** What follows from a hook. */
export interface Step {
  report?: AgentReport;
  /** A session without a task gets one. */
  begins?: boolean;
  /** What the task is called, once it is known. */
  title?: string;
  /** The agent may be told to stop here. */
  stops?: boolean;
}

/** What the tower makes of a hook; nothing of what it does not know. Pure. */
export function stepsOf(heard: Hooked): Step[] {
  switch (heard.hook_event_name) {
    case 'SessionStart':
      return [{ begins: true }];
    case 'UserPromptSubmit': {
      const prompt = textOf(heard.prompt);
      const title = titleOf(prompt);
      return [{ begins: true, stops: true, ...(title ? { title } : {}), ...logs(prompt && `> ${prompt}`) }];
    }
    case 'PreToolUse':
      return [{ begins: true, stops: true, report: tool(heard, 'in_progress') }];
    case 'PostToolUse':
      return [{ stops: true, report: tool(heard, 'completed') }];
    case 'PostToolUseFailure':
      return [{ stops: true, report: tool(heard, 'failed') }];
    case 'Notification':
      return [logs([heard.title, heard.message ?? heard.body].filter(Boolean).join(': '))];
    case 'PermissionRequest':
      return [logs(`asks for permission: ${[heard.tool_name, detailOf(heard)].filter(Boolean).join(' ')}`)];
    case 'SubagentStart':
      return [logs(`subagent ${heard.agent_name ?? heard.agent_type ?? ''} started`)];
    case 'SubagentStop':
      return [logs(`subagent ${heard.agent_name ?? heard.agent_type ?? ''} ended`)];
    case 'PreCompact':
      return [logs('compacts its context')];
    case 'Stop':
      return [{ report: { type: 'result', result: fit(heard.last_assistant_message ?? '') } }];
    case 'StopFailure': {
      const why = [heard.error_type, heard.error_message ?? textOf(heard.error)].filter(Boolean).join(': ');
      return [{ report: { type: 'error', kind: 'agent_error', message: shorten(why || 'The turn ended with an error.', 2_000) } }];
    }
    case 'SessionEnd':
      return [{ report: { type: 'cancelled' } }];
    default:
      return [];
  }
}

/** The first line of a text as a title, or undefined. */
export function titleOf(text: string): string | undefined {
  return shorten(cleanLine(text.trim().split('\n', 1)[0] ?? ''), 200) || undefined;
}

function logs(text: string): Pick<Step, 'report'> {
  const lines = cleanText(text)
    .split('\n')
    .filter((line) => line.trim())
    .slice(0, 200)
    .map((line) => ({ text: shorten(line, 4_000), level: 'info' as const }));
  return lines.length > 0 ? { report: { type: 'log', lines } } : {};
}

function tool(heard: Hooked, status: 'in_progress' | 'completed' | 'failed'): AgentReport {
  const name = shorten(cleanLine(heard.tool_name ?? ''), 200) || 'tool';
  const detail = status === 'failed' ? shorten(cleanLine(textOf(heard.error)), 500) : detailOf(heard);
  return { type: 'tool', name, status, ...(detail ? { detail } : {}) };
}

/** What a tool is used on, in the words of its input. */
function detailOf({ tool_input: input = {} }: Hooked): string {
  const said = [input.description, input.command, input.file_path, input.path, input.pattern, input.url, input.query];
  return shorten(cleanLine(said.find((value) => typeof value === 'string') ?? ''), 500);
}

/** A text, or the texts of content blocks. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((part) => textOf(part)).join('\n');
  const block = z.looseObject({ text: z.string().optional(), message: z.string().optional() }).safeParse(value);
  return block.data?.text ?? block.data?.message ?? '';
}

/** As much of an answer as a result may hold. */
function fit(text: string): string {
  const limit = 200 * 1024;
  return utf8Length(text) <= limit ? text : shorten(text, limit / 4);
}
