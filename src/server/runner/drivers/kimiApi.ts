import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { blockingCall, type Job } from '../call/callWork';
import { connectionFailure, refuseStub, ServiceFailure } from '../call/serviceFailure';
import { TextFrames } from '../call/textFrames';
import type { Driver, WorkContext } from '../driver';
import { makeImage } from '../http/kimiImage';
import { KimiReply, readReply, refuseFailure } from '../http/kimiReply';
import { replyText } from '../http/replyText';
import { promptOf } from '../prompt';

/** Asks the Kimi API, a service of its own with blocking calls; it tells neither usage nor progress. */
export const runKimiApi: Driver = (context) =>
  blockingCall(context, { chat, swarm, image: makeImage }[context.agent.endpoint], 'computing');

const MAX_TEXT = 1024 * 1024;
/** Frames and all: each piece of text may be one character. */
const MAX_STREAM = 16 * MAX_TEXT;
async function chat(context: WorkContext, job: Job): Promise<string> {
  const messages = [{ role: 'user', content: promptOf(context.agent, context.assignment) }];
  const text = (await streamed(context, job, messages)) ?? (await whole(context, job, messages));
  refuseStub(context.agent.name, text);
  return text;
}

/** Undefined when the service does not stream. */
async function streamed(context: WorkContext, job: Job, messages: object[]): Promise<string | undefined> {
  const { name } = context.agent;
  let response: IncomingMessage;
  try {
    response = await job.client.open('/api/chat/stream', { method: 'POST', body: { messages, stream: true }, signal: job.signal });
  } catch (error) {
    if (error instanceof ServiceFailure && /^ answered with status 40[45][.:]/.test(error.message.slice(name.length))) return undefined;
    throw error;
  }
  const type = response.headers['content-type'] ?? '';
  if (!type.includes('text/event-stream')) {
    response.destroy();
    if (type.includes('json')) return undefined;
    throw new ServiceFailure('protocol_error', `${name} does not answer as the Kimi API does (${type || 'no type'}). Check its url.`);
  }
  const lines = job.stream();
  let text = '';
  const frames = new TextFrames((piece) => {
    text += piece;
    lines.push(piece);
  });
  const decoder = new TextDecoder();
  let size = 0;
  try {
    for await (const chunk of job.pieces(response)) {
      size += chunk.length;
      frames.push(decoder.decode(chunk, { stream: true }));
      if (text.length + frames.held > MAX_TEXT || size > MAX_STREAM)
        throw new ServiceFailure('agent_error', `${name} does not stop: its answer is longer than ${MAX_TEXT / 2 ** 20} MiB.`);
    }
  } catch (error) {
    throw connectionFailure(error, name, '', true);
  } finally {
    frames.end();
    lines.end();
  }
  if (text.trim() === '') throw new ServiceFailure('agent_error', `${name} answered with nothing.`);
  return text;
}

async function whole({ agent }: WorkContext, job: Job, messages: object[]): Promise<string> {
  const reply = readReply(
    KimiReply,
    await job.client.json('/api/chat', { method: 'POST', body: { messages }, signal: job.signal }),
    agent.name,
  );
  refuseFailure(agent.name, reply);
  const text = replyText(reply.response);
  if (text === undefined) throw new ServiceFailure('protocol_error', `${agent.name} answered /api/chat without a response.`);
  if (text.trim() === '') throw new ServiceFailure('agent_error', `${agent.name} answered with nothing.`);
  logLines(job, text);
  return text;
}

const MAX_TASK = 10_000;
/** What the service itself makes: the answer of its model, with what was asked around it. */
const Swarm = z.looseObject({ num_agents: z.int().optional().catch(undefined), result: z.unknown().optional() });

async function swarm({ agent, assignment }: WorkContext, job: Job): Promise<string> {
  const { num_agents: wanted, context } = assignment.fields;
  const count = z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .safeParse(wanted === '' ? undefined : wanted);
  if (!count.success) throw new ServiceFailure('refused', 'num_agents must be a whole number from 1 to 100.');
  const task = promptOf(agent, assignment);
  // Characters as the service counts them, code points.
  const length = [...task].length;
  if (length > MAX_TASK) throw new ServiceFailure('refused', `The swarm takes ${MAX_TASK} characters; this task has ${length}.`);
  const body = {
    task,
    ...(count.data === undefined ? {} : { num_agents: count.data }),
    ...(context === undefined ? {} : { context: { note: context } }),
  };
  const reply = readReply(KimiReply, await job.client.json('/api/swarm', { method: 'POST', body, signal: job.signal }), agent.name);
  refuseFailure(agent.name, reply);
  const { swarm_result: result } = reply;
  const said = Swarm.safeParse(result).data;
  const text = replyText(result) ?? replyText(said?.result) ?? JSON.stringify(result ?? '', null, 2);
  if (text.trim() === '' || text === '""') throw new ServiceFailure('agent_error', `${agent.name} answered without a result.`);
  if (said?.num_agents !== undefined) job.log(`${said.num_agents} agents worked on it.`);
  logLines(job, text);
  refuseStub(agent.name, text);
  return text;
}

function logLines(job: Job, text: string): void {
  for (const line of text.split('\n').slice(0, 500)) job.log(line);
}
