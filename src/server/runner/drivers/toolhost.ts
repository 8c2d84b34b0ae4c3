import { resolve } from 'node:path';
import * as z from 'zod';
import { errorText } from '../../base/errors';
import { Viewport } from '../../domain/evidence';
import { shorten } from '../../domain/text';
import { blockingCall, type Job } from '../call/callWork';
import { localPicture } from '../call/localPicture';
import { detailOf, refuseStub, ServiceFailure } from '../call/serviceFailure';
import type { Driver, WorkContext } from '../driver';
import { replyText } from '../http/replyText';
import { fillDeep, valuesOf } from '../prompt';

const Tools = z.array(z.looseObject({ name: z.string() }));
/** What the tools of the plan's two services answer with; each leaves out most of it. */
const Answer = z.looseObject({
  content: z.unknown().optional(),
  result: z.unknown().optional(),
  status: z.unknown().optional(),
  success: z.unknown().optional(),
  error: z.unknown().optional(),
  passed: z.boolean().nullish(),
  screenshots: z
    .array(z.union([z.string(), z.looseObject({ path: z.string() }).transform(({ path }) => path)]))
    .max(100)
    .nullish(),
});

/** Calls one tool of a service with `/tools` and `/tools/call`, once for each task. */
export const runToolhost: Driver = (context) => blockingCall(context, call, 'computing');

async function call({ agent, assignment, report, handIn }: WorkContext, job: Job): Promise<string> {
  const { tool, name } = agent;
  if (!tool) throw new ServiceFailure('agent_error', `Name the tool that ${name} calls with "tool" in tasktower.agents.`);
  const listed = Tools.safeParse(await job.client.json('/tools', { signal: job.signal }));
  if (!listed.success)
    throw new ServiceFailure(
      'protocol_error',
      `${name} does not list its tools at /tools. Check its url; a true MCP server needs the driver mcp.`,
    );
  const names = listed.data.map((one) => one.name);
  if (!names.includes(tool.name))
    throw new ServiceFailure('agent_error', `${name} has no tool ${tool.name}, only: ${shorten(names.join(', '), 500)}.`);
  const input = fillDeep(tool.input, valuesOf(agent, assignment, resolve(agent.cwd, assignment.folder ?? '')));
  report({ type: 'tool', name: shorten(tool.name, 200), status: 'in_progress' });
  const raw = await job.client.json('/tools/call', { method: 'POST', body: { toolName: tool.name, input }, signal: job.signal });
  const answer = Answer.safeParse(raw);
  if (!answer.success)
    throw new ServiceFailure(
      'protocol_error',
      `${tool.name} answered in a way that is not understood (${answer.error.issues[0]?.path.join('.') || 'no object'}).`,
    );
  const { content, result, status, success, error, passed, screenshots } = answer.data;
  if (success === false || error) throw new ServiceFailure('agent_error', `${tool.name} failed: ${detailOf(JSON.stringify(answer.data))}`);
  const text = replyText(content) ?? replyText(result) ?? JSON.stringify(raw, null, 2);
  refuseStub(tool.name, text);
  if (status === 'stub') throw new ServiceFailure('agent_error', `${tool.name} has nothing behind it yet.`);
  report({ type: 'tool', name: shorten(tool.name, 200), status: passed === false ? 'failed' : 'completed' });
  const viewport = z.looseObject({ viewport: Viewport }).safeParse(input).data?.viewport;
  for (const path of screenshots ?? [])
    try {
      const picture = await localPicture(agent.url ?? '', path);
      const head = { kind: 'screenshot' as const, name: shorten(picture.name, 100), ...(viewport ? { viewport } : {}) };
      await handIn(head, { path: picture.path, mime: picture.mime });
    } catch (error) {
      // That the checks failed is the greater news.
      if (passed !== false) throw error;
      job.log(errorText(error), 'warn');
    }
  for (const line of text.split('\n').slice(0, 500)) job.log(line);
  if (passed === false)
    throw new ServiceFailure('verification', `${tool.name} says that the checks did not pass: ${shorten(detailOf(text), 500)}`);
  return text;
}
