import { createParser } from 'eventsource-parser';
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Usage } from '../../domain/task';
import { cleanLine, shorten } from '../../domain/text';
import type { WorkContext, Driver } from '../driver';
import { promptOf } from '../prompt';
import { callWork, type Job } from '../call/callWork';
import { connectionFailure, detailOf, ServiceFailure } from '../call/serviceFailure';

/** A count that is odd is unknown: it must not spoil the answer that it comes with. */
const Count = z.int().nonnegative().optional().catch(undefined);
const Tokens = z
  .object({
    prompt_tokens: Count,
    completion_tokens: Count,
    /** Moonshot's own place for what OpenAI nests. */
    cached_tokens: Count,
    prompt_tokens_details: z.object({ cached_tokens: Count }).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);
const Said = z.object({ content: z.string().nullish(), reasoning_content: z.string().nullish() });
/** A chunk of a stream, or a whole answer: https://platform.openai.com/docs/api-reference/chat. */
const Chunk = z.object({
  model: z.string().optional().catch(undefined),
  choices: z
    .array(z.object({ delta: Said.nullish(), message: Said.nullish(), finish_reason: z.string().nullish(), usage: Tokens }))
    .default([]),
  usage: Tokens,
  error: z.unknown().optional(),
});
const Models = z.object({ data: z.array(z.object({ id: z.string().min(1) })).min(1) });
const MAX_TEXT = 1024 * 1024;
const MAX_BODY = 4 * MAX_TEXT;

interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

/** Asks an OpenAI-compatible endpoint: its text is the result. What a person says meanwhile becomes the next turn. */
export const runOpenai: Driver = (context) => callWork(context, (job) => converse(context, job), { readsMessages: true });

async function converse({ agent, assignment, report }: WorkContext, job: Job): Promise<string> {
  const model = agent.model ?? (await firstModel(job));
  const turns: Turn[] = [{ role: 'user', content: promptOf(agent, assignment) }];
  const sum: Usage = {};
  for (;;) {
    report({ type: 'progress', progress: null, step: `${nameOf(model)} answers` });
    const { text, usage } = await answer(agent.name, job, model, turns);
    for (const key of ['inputTokens', 'outputTokens', 'cachedTokens'] as const)
      if (usage[key] !== undefined) sum[key] = (sum[key] ?? 0) + usage[key];
    if (sum.inputTokens !== undefined || sum.outputTokens !== undefined)
      report({ type: 'usage', usage: { ...sum, model: usage.model ?? nameOf(model) } });
    const next = job.messages.shift();
    if (next === undefined) {
      if (text.trim() === '') throw new ServiceFailure('agent_error', `${agent.name} answered with nothing.`);
      return text;
    }
    turns.push({ role: 'assistant', content: text }, { role: 'user', content: next });
  }
}

async function firstModel(job: Job): Promise<string> {
  const models = Models.safeParse(await job.client.json('/models', { signal: job.signal }));
  const model = models.data?.data[0]?.id;
  if (model === undefined)
    throw new ServiceFailure('agent_error', 'The endpoint names no model. Name one with "model" in tasktower.agents.');
  job.log(`No model is named in tasktower.agents; asking ${nameOf(model)}.`);
  return model;
}

/** A model's id as it may be shown, whoever gave it. */
function nameOf(model: string): string {
  return shorten(cleanLine(model), 120) || 'the model';
}

async function answer(name: string, job: Job, model: string, messages: readonly Turn[]): Promise<{ text: string; usage: Usage }> {
  const body = { model, messages, stream: true, stream_options: { include_usage: true } };
  const response = await job.client.open('/chat/completions', { method: 'POST', body, signal: job.signal });
  const [words, thoughts] = [job.stream(), job.stream('debug')];
  let text = '';
  let usage: Usage = {};
  let isOver = false;
  const take = (value: unknown, isWhole: boolean): void => {
    const chunk = Chunk.safeParse(value);
    const { error } = chunk.data ?? {};
    if (error !== undefined && error !== null)
      throw new ServiceFailure('agent_error', `${name} broke off: ${detailOf(JSON.stringify({ error }))}`);
    if (!chunk.success || (isWhole && chunk.data.choices.length === 0))
      throw new ServiceFailure('protocol_error', `${name} does not answer as an OpenAI-compatible endpoint does.`);
    for (const { delta, message, finish_reason: reason, usage: own } of chunk.data.choices) {
      const said = delta ?? message;
      thoughts.push(said?.reasoning_content ?? '');
      words.push(said?.content ?? '');
      text += said?.content ?? '';
      if (reason) isOver = true;
      if (own) usage = { ...usage, ...usageOf(own) };
      if (reason === 'length') job.log('The answer was cut at the limit of the model.', 'warn');
      if (reason === 'content_filter') throw new ServiceFailure('refused', `${name} refused to answer (content filter).`);
    }
    if (text.length > MAX_TEXT) throw new ServiceFailure('agent_error', `${name} does not stop: its answer is longer than 1 MiB.`);
    if (chunk.data.usage) usage = { ...usage, ...usageOf(chunk.data.usage) };
    if (chunk.data.model) usage = { ...usage, model: nameOf(chunk.data.model) };
  };
  try {
    if (await readAnswer(response, job, name, take)) isOver = true;
  } catch (error) {
    // All that was said is here; only the end of the stream was lost.
    if (error instanceof ServiceFailure || !isOver) throw connectionFailure(error, name, '', true);
  } finally {
    words.end();
    thoughts.end();
  }
  if (!isOver) throw new ServiceFailure('agent_error', `${name} dropped the connection in mid-answer. What came is in the log.`);
  return { text, usage };
}

/** Reads events, or one JSON object from a server that does not stream. @returns true when the server said that it was all. */
async function readAnswer(
  response: IncomingMessage,
  job: Job,
  name: string,
  take: (value: unknown, isWhole: boolean) => void,
): Promise<boolean> {
  const isStream = response.headers['content-type']?.includes('text/event-stream') === true;
  const tooLong = new ServiceFailure('agent_error', `${name} answered with more than ${MAX_BODY / 2 ** 20} MiB in one piece.`);
  let isDone = false;
  const parser = createParser({
    maxBufferSize: MAX_BODY,
    onEvent: ({ data }) => {
      if (data === '[DONE]') isDone = true;
      else if (!isDone) take(parsed(data, name), false);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw tooLong;
    },
  });
  const decoder = new TextDecoder();
  let whole = '';
  for await (const chunk of job.pieces(response)) {
    const piece = decoder.decode(chunk, { stream: true });
    if (isStream) parser.feed(piece);
    else whole += piece;
    if (isDone) return true;
    if (whole.length > MAX_BODY) throw tooLong;
  }
  if (!isStream) take(parsed(whole, name), true);
  return !isStream;
}

function parsed(data: string, name: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new ServiceFailure('protocol_error', `${name} sent an event that is no JSON.`);
  }
}

/** `prompt_tokens` holds the cached ones too, as our `inputTokens` do. */
function usageOf({ prompt_tokens, completion_tokens, cached_tokens, prompt_tokens_details }: NonNullable<z.infer<typeof Tokens>>): Usage {
  const cachedTokens = cached_tokens ?? prompt_tokens_details?.cached_tokens;
  return {
    ...(prompt_tokens === undefined ? {} : { inputTokens: prompt_tokens }),
    ...(completion_tokens === undefined ? {} : { outputTokens: completion_tokens }),
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
  };
}
