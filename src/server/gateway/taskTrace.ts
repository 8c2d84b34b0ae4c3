import { createHash } from 'node:crypto';
import type { Board } from '../domain/board';
import { isFinal, type Attempt, type Task } from '../domain/task';

/** Kinds and status codes of spans, as OTLP numbers them. */
const INTERNAL = 1;
const CLIENT = 3;
const FAILED = 2;

type Value = string | number | undefined;

/** A span as OTLP writes it in JSON. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  status: { code?: number; message?: string };
}
export interface Attribute {
  key: string;
  value: { stringValue: string } | { intValue: string } | { doubleValue: number };
}

/** What `/v1/traces` of an OTLP collector takes. */
export interface Trace {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { scope: { name: string }; spans: Span[] }[] }[];
}

/**
 * A task as a trace in OTLP/JSON: a span for the task once it has ended, and within it one for each ended attempt. Ids are the same each time.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * @see https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-agent-spans.md
 */
export function taskTrace(board: Board, task: Task): Trace {
  const ended = isFinal(task.status) ? [taskSpan(task)] : [];
  const spans = [...ended, ...task.attempts.flatMap((attempt) => attemptSpan(board, task, attempt) ?? [])];
  const resource = { attributes: attributesOf({ 'service.name': 'tasktower' }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'tasktower' }, spans }] }] };
}

function taskSpan(task: Task): Span {
  return {
    ...place(task.id, 'task', task.createdAt, task.since),
    // Of all that a task is called, its kind alone is the same for many.
    name: `invoke_workflow ${task.kind}`,
    kind: INTERNAL,
    attributes: attributesOf({
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.workflow.name': task.kind,
      'error.type': task.status === 'failed' ? task.error?.kind : undefined,
      'tasktower.task.id': task.id,
      'tasktower.task.number': task.number,
      'tasktower.task.title': task.title,
      'tasktower.task.status': task.status,
      'tasktower.task.external_id': task.externalId,
    }),
    status: task.status === 'failed' ? failed(task.error?.message) : {},
  };
}

function attemptSpan(board: Board, task: Task, attempt: Attempt): Span | undefined {
  const { n, agentId, startedAt, endedAt, outcome, error, usage, cost, session, waitedMs } = attempt;
  if (endedAt === undefined) return undefined;
  const agent = board.agents.get(agentId)?.name ?? agentId;
  return {
    ...place(task.id, String(n), startedAt, endedAt),
    parentSpanId: hash(`${task.id}/task`, 16),
    name: `invoke_agent ${agent}`,
    kind: CLIENT,
    attributes: attributesOf({
      'gen_ai.operation.name': 'invoke_agent',
      // Whose model an agent uses is its own affair.
      'gen_ai.provider.name': 'tasktower',
      'gen_ai.agent.id': agentId,
      'gen_ai.agent.name': agent,
      'gen_ai.conversation.id': session,
      'gen_ai.request.model': usage?.model,
      'gen_ai.usage.input_tokens': usage?.inputTokens,
      'gen_ai.usage.output_tokens': usage?.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': usage?.cachedTokens,
      'error.type': outcome === 'failed' ? error?.kind : undefined,
      'tasktower.task.id': task.id,
      'tasktower.attempt': n,
      'tasktower.attempt.outcome': outcome,
      'tasktower.attempt.waited_ms': waitedMs > 0 ? waitedMs : undefined,
    }).concat(costOf(cost)),
    status: outcome === 'failed' ? failed(error?.message) : {},
  };
}

/** An amount is a double even when it is whole. */
function costOf(cost: Attempt['cost']): Attribute[] {
  if (!cost) return [];
  const usd: Attribute[] = cost.usd === null ? [] : [{ key: 'tasktower.cost.usd', value: { doubleValue: cost.usd } }];
  return [...usd, ...attributesOf({ 'tasktower.cost.basis': cost.basis })];
}

function place(
  taskId: string,
  part: string,
  from: number,
  to: number,
): Pick<Span, 'traceId' | 'spanId' | 'startTimeUnixNano' | 'endTimeUnixNano'> {
  const times = { startTimeUnixNano: nanos(from), endTimeUnixNano: nanos(Math.max(from, to)) };
  return { traceId: hash(taskId, 32), spanId: hash(`${taskId}/${part}`, 16), ...times };
}

function failed(message: string | undefined): Span['status'] {
  return { code: FAILED, ...(message === undefined ? {} : { message }) };
}

function attributesOf(values: Record<string, Value>): Attribute[] {
  return Object.entries(values).flatMap(([key, value]): Attribute[] => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value } }];
  });
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}

function nanos(ms: number): string {
  return `${ms}000000`;
}
