import type { IncomingMessage, ServerResponse } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer, type CallToolResult, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import { findTask } from '../../domain/board';
import { read, Refusal } from '../../domain/refusal';
import { PROTOCOL } from '../../protocol/version';
import type { Who } from '../guard';
import { problemOf } from '../problem';
import { actorOf, isAtWork } from '../scopes';
import { evidenceTools } from './evidenceTools';
import { questionTools } from './questionTools';
import { queueTools } from './queueTools';
import { namedTask, type McpParts, type Tool } from './tool';
import { workTools } from './workTools';

const INSTRUCTIONS = `Tasktower is a queue of tasks for AI agents, watched by a person in the editor.
1. claim_next_task gives you work under your name, or says why there is none. Skip it when your task was handed to you.
2. While you work: report_progress now and then, append_log for what a person may want to read; each call keeps the task yours.
3. When an answer says cancel, stop working and call fail_task. When you need a decision, call ask_human and wait for the answer.
4. A task may require proof. Hand it in with attach_evidence before you finish; get_task shows what is still missing.
5. End every task with complete_task (with its result) or fail_task (with the reason), never by going silent.
6. create_task queues further work for others. A call that is refused says why and what to do next.`;

/** Answers one request of either revision of the protocol (2025-11-25 and 2026-07-28). */
export async function serveMcp(
  parts: McpParts,
  who: Who,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const onerror = (error: Error): void => parts.log.debug(`MCP: ${error.message}`);
  const handler = createMcpHandler(() => serverFor(parts, who, gone.signal), { onerror });
  await toNodeHandler(handler, { onerror })(request, response, body);
}

function serverFor(parts: McpParts, who: Who, gone: AbortSignal): McpServer {
  const server = new McpServer(
    { name: 'tasktower', title: 'Tasktower', version: `${PROTOCOL}.0.0` },
    { instructions: INSTRUCTIONS, capabilities: { tools: {} } },
  );
  for (const tool of [...queueTools(parts), ...workTools(parts), ...evidenceTools(parts), ...questionTools(parts)]) {
    // A tool that a token is not good for would only be refused.
    if (who.kind === 'attempt' && !tool.attempt) continue;
    const { name, title, about: description, reads = false } = tool;
    const inputSchema = advertised(tool.input);
    const annotations = { readOnlyHint: reads, destructiveHint: name === 'cancel_task', openWorldHint: false };
    server.registerTool(name, { title, description, inputSchema, annotations }, (input: unknown) => answer(parts, tool, who, input, gone));
  }
  return server;
}

/** A schema that is shown to callers, and read by ourselves: so what is wrong with an input is said in the words of every other door. */
function advertised({ '~standard': standard }: z.ZodObject): StandardSchemaWithJSON {
  return { '~standard': { ...standard, validate: (value: unknown) => ({ value }) } };
}

async function answer(parts: McpParts, tool: Tool, who: Who, raw: unknown, gone: AbortSignal): Promise<CallToolResult> {
  try {
    const { tower, leases } = parts;
    const input = read(tool.input, raw ?? {}, 'The input');
    const ref = namedTask(who, input);
    const task = ref === undefined ? undefined : findTask(tower.board, ref);
    const by = actorOf(who, tool, tower.board, task);
    if (tool.attempt && task && isAtWork(who, task)) leases.renewTask(task.id);
    const value = await tool.handle({ who, by, input, ref, gone });
    return { content: [{ type: 'text', text: JSON.stringify(value, null, 1) }], structuredContent: { ...value } };
  } catch (error) {
    const text = problemOf(error, parts.log).detail;
    const data = error instanceof Refusal && error.data ? { structuredContent: error.data } : {};
    return { isError: true, content: [{ type: 'text', text }], ...data };
  }
}
