import * as z from 'zod';
import { errorText } from '../../base/errors';
import { shorten } from '../../domain/text';
import type { Job } from '../call/callWork';
import { localPicture, pictureTypeOf } from '../call/localPicture';
import { refuseStub, ServiceFailure } from '../call/serviceFailure';
import type { EvidenceBody, WorkContext } from '../driver';
import { promptOf } from '../prompt';
import { KimiReply, readReply, refuseFailure } from './kimiReply';

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
export async function makeImage({ agent, assignment, handIn }: WorkContext, job: Job): Promise<string> {
  const described = readReply(OpenApi, await job.client.json('/openapi.json', { signal: job.signal }), agent.name);
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
  // Width, height and steps go into the service's own `params`.
  const inner = Object.entries(assignment.fields).filter(([name]) => !fields.includes(name));
  const params = fields.includes('params') && inner.length > 0 ? { params: Object.fromEntries(inner) } : {};
  const path = parameter === undefined ? IMAGE : `${IMAGE}?${new URLSearchParams({ [parameter]: prompt }).toString()}`;
  const body = field === undefined ? undefined : { ...params, ...own, [field]: prompt };
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
  const answer = parsed(text, agent.name);
  const reply = KimiReply.catch({} as KimiReply).parse(answer);
  refuseFailure(agent.name, reply);
  let why: string | undefined;
  // The bytes themselves before the places where they may lie: a path is one on the disk of the service.
  for (const find of [pictureIn, pictureAt])
    for (const value of stringsIn(answer)) {
      const picture = await find(value, agent.url ?? '', job).catch((error: unknown) => {
        if (job.signal.aborted) throw error;
        why = errorText(error);
      });
      if (!picture) continue;
      await handIn({ kind: 'image', name }, picture);
      return 'The picture is handed in.';
    }
  // An answer that says it succeeded also repeats the prompt, whatever that says.
  if (reply.success !== true) refuseStub(agent.name, text);
  throw new ServiceFailure('agent_error', `${agent.name} answered without a picture: ${why ?? shorten(text, 300)}`);
}

/** The picture that a text holds as a data URL or base64. */
function pictureIn(value: string): Promise<EvidenceBody | undefined> {
  const encoded = /^data:image\/[\w+.-]{1,40};base64,/.exec(value.slice(0, 80))?.[0].length ?? 0;
  // Its first bytes say whether it is one, before all of a long text is decoded.
  const mime = pictureTypeOf(Buffer.from(value.slice(encoded, encoded + 64), 'base64'));
  return Promise.resolve(mime === undefined ? undefined : { mime, bytes: Buffer.from(value.slice(encoded), 'base64') });
}

/** The picture that a text points at: an address of the same service, or a path on this machine. @throws {ServiceFailure} */
async function pictureAt(value: string, url: string, job: Job): Promise<EvidenceBody | undefined> {
  const isPath = /^\/(?!\/).*\.(?:png|jpe?g|webp)$/i.test(value);
  if (!isPath && !/^https?:\/\//.test(value)) return undefined;
  if (isPath) {
    const local = await localPicture(url, value).catch(() => undefined);
    if (local) return local;
  }
  const address = new URL(value, url);
  // Only of the service itself: an answer must not make us ask elsewhere.
  if (address.origin !== new URL(url).origin)
    throw new ServiceFailure('agent_error', `The picture lies on another server (${address.origin}) and was not fetched.`);
  const { bytes } = await job.client.read(`${address.pathname}${address.search}`, { signal: job.signal });
  const mime = pictureTypeOf(bytes);
  return mime === undefined ? undefined : { mime, bytes };
}

/** The texts in an answer, the outermost first; at most 100. */
function stringsIn(value: unknown): string[] {
  const found: string[] = [];
  const open: unknown[] = [value];
  for (let at = 0; at < open.length && at < 1_000 && found.length < 100; at++) {
    const one = open[at];
    if (typeof one === 'string') found.push(one);
    else if (typeof one === 'object' && one !== null) open.push(...Object.values(one as Record<string, unknown>).slice(0, 1_000));
  }
  return found;
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ServiceFailure('protocol_error', `${name} sent something that is no JSON.`);
  }
}
