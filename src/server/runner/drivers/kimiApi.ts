import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { shorten } from '../../domain/text';
import { callWork, type Job } from '../call/callWork';
import { localPicture, pictureTypeOf } from '../call/localPicture';
import { connectionFailure, detailOf, refuseStub, ServiceFailure } from '../call/serviceFailure';
import { TextFrames } from '../call/textFrames';
import type { Driver, WorkContext } from '../driver';
import { promptOf } from '../prompt';

/** Asks the Kimi API, a service of its own with blocking calls; it tells neither usage nor progress. */
export const runKimiApi: Driver = (context) => {
  const { endpoint, name } = context.agent;
  const work = { chat, swarm, image }[endpoint];
  return callWork(
    context,
    (job) => {
      context.report({ type: 'progress', progress: null, step: `waiting for ${name}` });
      return work(context, job);
    },
    { onCancel: `${name} was left; the service itself may go on computing.` },
  );
};

const Reply = z.looseObject({ success: z.boolean().optional(), response: z.string().optional(), error: z.unknown().optional() });

async function chat(context: WorkContext, job: Job): Promise<string> {
  const messages = [{ role: 'user', content: promptOf(context.agent, context.assignment) }];
  const text = (await streamed(context, job, messages)) ?? (await whole(context, job, messages));
  refuseStub(context.agent.name, text);
  return text;
}

/** Undefined when the service does not stream. */
async function streamed({ agent }: WorkContext, job: Job, messages: object[]): Promise<string | undefined> {
  let response: IncomingMessage;
  try {
    response = await job.client.open('/api/chat/stream', { method: 'POST', body: { messages, stream: true }, signal: job.signal });
  } catch (error) {
    if (error instanceof ServiceFailure && /status 40[45]\b/.test(error.message)) return undefined;
    throw error;
  }
  job.follow(response);
  const lines = job.stream();
  let text = '';
  const frames = new TextFrames((piece) => {
    text += piece;
    lines.push(piece);
  });
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response) {
      frames.push(decoder.decode(chunk as Buffer, { stream: true }));
      if (text.length > 1024 * 1024)
        throw new ServiceFailure('agent_error', `${agent.name} does not stop: its answer is longer than 1 MiB.`);
    }
  } catch (error) {
    response.destroy();
    throw connectionFailure(error, agent.name, agent.url ?? '', true);
  } finally {
    frames.end();
    lines.end();
  }
  if (text.trim() === '') throw new ServiceFailure('agent_error', `${agent.name} answered with nothing.`);
  return text;
}

async function whole({ agent }: WorkContext, job: Job, messages: object[]): Promise<string> {
  const reply = read(Reply, await job.client.json('/api/chat', { method: 'POST', body: { messages }, signal: job.signal }), agent.name);
  fail(agent.name, reply);
  if (reply.response === undefined) throw new ServiceFailure('protocol_error', `${agent.name} answered /api/chat without a response.`);
  job.log(reply.response);
  return reply.response;
}

const Swarm = z.looseObject({ success: z.boolean().optional(), swarm_result: z.unknown().optional(), error: z.unknown().optional() });
const MAX_TASK = 10_000;

async function swarm({ agent, assignment }: WorkContext, job: Job): Promise<string> {
  const { num_agents: wanted, context } = assignment.fields;
  const count = z.coerce.number().int().min(1).max(100).optional().safeParse(wanted);
  if (!count.success) throw new ServiceFailure('refused', 'num_agents must be a whole number from 1 to 100.');
  const task = promptOf(agent, assignment);
  if (task.length > MAX_TASK) throw new ServiceFailure('refused', `The swarm takes ${MAX_TASK} characters; this task has ${task.length}.`);
  const body = {
    task,
    ...(count.data === undefined ? {} : { num_agents: count.data }),
    ...(context === undefined ? {} : { context: { note: context } }),
  };
  const reply = read(Swarm, await job.client.json('/api/swarm', { method: 'POST', body, signal: job.signal }), agent.name);
  fail(agent.name, reply);
  const { swarm_result: result } = reply;
  if (result === undefined || result === null || result === '')
    throw new ServiceFailure('agent_error', `${agent.name} answered without a result.`);
  const text = typeof result === 'string' ? result : JSON.stringify(result, null, 2);
  for (const line of text.split('\n').slice(0, 500)) job.log(line);
  refuseStub(agent.name, text);
  return text;
}

const Schema = z.looseObject({ $ref: z.string().optional(), properties: z.record(z.string(), z.unknown()).optional() });
const Operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: Schema.optional() })) }).optional(),
});
const OpenApi = z.looseObject({
  paths: z.record(z.string(), z.looseObject({ post: Operation.optional() })),
  components: z.looseObject({ schemas: z.record(z.string(), Schema).optional() }).optional(),
});
const PROMPT_NAMES = ['prompt', 'description', 'text', 'input'];
const IMAGE = '/api/image/generate';

/** The service says in its own description what the call is named; the plan does not. */
async function image({ agent, assignment, handIn }: WorkContext, job: Job): Promise<string> {
  const described = read(OpenApi, await job.client.json('/openapi.json', { signal: job.signal }), agent.name);
  const operation = described.paths[IMAGE]?.post;
  if (!operation) throw new ServiceFailure('agent_error', `${agent.name} has no ${IMAGE}. Its own description lists what it has.`);
  const schema = operation.requestBody?.content['application/json']?.schema;
  const named = schema?.$ref === undefined ? schema : described.components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''];
  const fields = Object.keys(named?.properties ?? {});
  const field = PROMPT_NAMES.find((name) => fields.includes(name));
  const parameter = operation.parameters.find((one) => one.in === 'query' && PROMPT_NAMES.includes(one.name))?.name;
  if (field === undefined && parameter === undefined)
    throw new ServiceFailure('protocol_error', `${agent.name} takes no prompt at ${IMAGE}, only: ${fields.join(', ') || 'nothing'}.`);
  const prompt = promptOf(agent, assignment);
  const own = Object.fromEntries(Object.entries(assignment.fields).filter(([name]) => fields.includes(name)));
  const path = parameter === undefined ? IMAGE : `${IMAGE}?${new URLSearchParams({ [parameter]: prompt }).toString()}`;
  const body = field === undefined ? undefined : { ...own, [field]: prompt };
  const { type, bytes } = await job.client.read(path, { method: 'POST', ...(body ? { body } : {}), signal: job.signal });
  const name = shorten(assignment.title, 100);
  const mime = pictureTypeOf(bytes);
  if (mime !== undefined) {
    await handIn({ kind: 'image', name }, { mime, bytes });
    return 'The picture is handed in.';
  }
  if (type !== 'application/json')
    throw new ServiceFailure('protocol_error', `${agent.name} answered ${IMAGE} with ${type || 'no type'}, not a picture.`);
  const text = bytes.toString('utf8');
  refuseStub(agent.name, text);
  const answer: unknown = JSON.parse(text);
  fail(agent.name, z.looseObject({ success: z.boolean().optional() }).catch({}).parse(answer));
  for (const value of stringsIn(answer)) {
    const picture = await pictureOf(value, agent.url ?? '', job);
    if (!picture) continue;
    await handIn({ kind: 'image', name }, picture);
    return 'The picture is handed in.';
  }
  throw new ServiceFailure('agent_error', `${agent.name} answered without a picture: ${shorten(text, 300)}`);
}

/** A picture as a data URL, base64, an address of the same service, or a path on this machine; undefined when the text is none of these. */
async function pictureOf(
  value: string,
  url: string,
  job: Job,
): Promise<{ mime: string; bytes: Uint8Array } | { mime: string; path: string } | undefined> {
  const encoded =
    /^data:image\/[\w+.-]+;base64,(.*)$/s.exec(value)?.[1] ??
    (value.length > 200 && /^[A-Za-z0-9+/\s]+=*\s*$/.test(value) ? value : undefined);
  if (encoded !== undefined) {
    const bytes = Buffer.from(encoded, 'base64');
    const mime = pictureTypeOf(bytes);
    return mime === undefined ? undefined : { mime, bytes };
  }
  if (/^https?:\/\//.test(value) || /^\/(?!\/).*\.(?:png|jpe?g|webp)$/i.test(value)) {
    const address = new URL(value, url);
    const isFile = value.startsWith('/') && address.pathname === value;
    if (isFile) {
      const local = await localPicture(url, value).catch(() => undefined);
      if (local) return local;
    }
    // Only of the service itself: an answer must not make us ask elsewhere.
    if (address.origin !== new URL(url).origin)
      throw new ServiceFailure('agent_error', `The picture lies on another server (${address.origin}) and was not fetched.`);
    const { bytes } = await job.client.read(`${address.pathname}${address.search}`, { signal: job.signal });
    const mime = pictureTypeOf(bytes);
    return mime === undefined ? undefined : { mime, bytes };
  }
  return undefined;
}

/** The texts in an answer, the outermost first; at most 100. */
function stringsIn(value: unknown): string[] {
  const found: string[] = [];
  const open: unknown[] = [value];
  for (let at = 0; at < open.length && open.length < 1_000 && found.length < 100; at++) {
    const one = open[at];
    if (typeof one === 'string') found.push(one);
    else if (typeof one === 'object' && one !== null) open.push(...(Object.values(one) as unknown[]));
  }
  return found;
}

function fail(name: string, reply: { success?: boolean | undefined; error?: unknown }): void {
  if (reply.success !== false && !reply.error) return;
  throw new ServiceFailure('agent_error', `${name} failed: ${detailOf(JSON.stringify(reply))}`);
}

function read<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new ServiceFailure(
    'protocol_error',
    `${name} does not answer as the Kimi API does (${found.error.issues[0]?.path.join('.') ?? ''}). Check its url.`,
  );
}
