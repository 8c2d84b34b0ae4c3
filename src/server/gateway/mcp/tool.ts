import * as z from 'zod';
import type { Clock } from '../../base/clock';
import type { Log } from '../../base/log';
import { Refusal } from '../../domain/refusal';
import type { Actor } from '../../domain/task';
import type { Who } from '../guard';
import type { Questions } from '../questions';
import type { ReportingParts } from '../reporting';
import type { Route } from '../route';
import { taskRefOf } from '../taskRef';

/** What the tools work with. */
export interface McpParts extends ReportingParts {
  questions: Questions;
  clock: Clock;
  log: Log;
  /** Base address of the REST API. */
  url(): string;
}

/** One call of a tool, read by its schema. */
export interface ToolCall<I = unknown> {
  who: Who;
  by: Actor;
  input: I;
  /** The task it names, or that of a token good for one attempt. */
  ref: string | undefined;
  /** Fires when the caller hangs up. */
  gone: AbortSignal;
}

/** One tool that agents may call. */
export interface Tool {
  name: string;
  title: string;
  about: string;
  input: z.ZodObject;
  /** Set when it changes nothing. */
  reads?: true;
  /** Set when a token good for one attempt is enough. */
  attempt?: NonNullable<Route['attempt']>;
  /** @throws {Refusal} which the caller is told as the answer of the tool. */
  handle(call: ToolCall): Promise<object>;
}

/** Types the handler by the schema beside it. */
export function tool<I extends z.ZodObject>(
  spec: Omit<Tool, 'handle' | 'input'> & { input: I; handle(call: ToolCall<z.output<I>>): Promise<object> },
): Tool {
  return spec;
}

/** How a task, and an attempt of it, are named in the input of a tool. */
export const TaskInput = z.strictObject({
  taskId: z.string().max(40).optional().describe('The id or number of the task; not needed with the token of an attempt.'),
});
export const AttemptInput = TaskInput.extend({
  attempt: z.int().positive().optional().describe('The number of your attempt, as claimed; without it the one under way.'),
});

/** The task that a call is about. @throws {Refusal} when it names none. */
export function refOf({ ref }: Pick<ToolCall, 'ref'>): string {
  if (ref === undefined)
    throw new Refusal('invalid', 'Say which task: taskId is its id or number, as claim_next_task and list_tasks give it.');
  return ref;
}

/** @throws {Refusal} for what names no task. */
export function namedTask(who: Who, input: { taskId?: unknown }): string | undefined {
  if (typeof input.taskId === 'string') return taskRefOf(input.taskId);
  return who.kind === 'attempt' ? who.taskId : undefined;
}

/** Where evidence goes that is too large for a tool call. */
export function uploadHint(url: string, taskId: string): string {
  return `Send its bytes to POST ${url}/api/tasks/${taskId}/evidence?kind=…&name=… with the Authorization header of this connection.`;
}
