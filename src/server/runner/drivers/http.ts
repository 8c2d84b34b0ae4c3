import * as z from 'zod';
import { Usage } from '../../domain/task';
import { blockingCall, type Job } from '../call/callWork';
import { detailOf, refuseStub, ServiceFailure } from '../call/serviceFailure';
import type { Driver, WorkContext } from '../driver';
import { replyText } from '../http/replyText';
import { promptOf } from '../prompt';

/** An n8n workflow answers with a list of its items. */
const One = z.tuple([z.unknown()]).transform(([one]) => one);
const Answer = z.looseObject({ error: z.unknown().optional(), usage: Usage.optional().catch(undefined) });
/** Where services put their words, the likeliest first. */
const Words = ['result', 'output', 'text', 'answer', 'response', 'content'] as const;
/** What n8n answers at once where a webhook does not wait for the end of its workflow. */
const N8N_STARTED = 'Workflow was started';

/** Posts the task as JSON to an address, once for each attempt; the answer is the result. */
export const runHttp: Driver = (context) => blockingCall(context, ask, 'working');

async function ask({ agent, assignment, report }: WorkContext, job: Job): Promise<string> {
  const { taskId, attempt, number, title, priority, kind, folder, requires, fields, note } = assignment;
  const prompt = promptOf(agent, assignment);
  const body = { taskId, attempt, number, title, prompt, priority, kind, folder, requires, fields, note };
  const response = await job.client.read('', { method: 'POST', body, signal: job.signal });
  const text = response.bytes.toString('utf8');
  const value = valueOf(text);
  const answer = Answer.safeParse(value).data;
  if (answer?.error) throw new ServiceFailure('agent_error', `${agent.name} failed: ${detailOf(text)}`);
  const result = wordsOf(value, answer) ?? text;
  if (result === '' || answer?.message === N8N_STARTED)
    throw new ServiceFailure(
      'protocol_error',
      `${agent.name} took the task, but answered before it was done. Let its address answer when the work is done; a webhook of n8n does so with Respond: "When Last Node Finishes".`,
    );
  refuseStub(agent.name, result);
  if (answer?.usage) report({ type: 'usage', usage: answer.usage });
  for (const line of result.split('\n').slice(0, 500)) job.log(line);
  return result;
}

/** What an answer says, where it is JSON. */
function valueOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return One.safeParse(value).data ?? value;
  } catch {
    return text;
  }
}

function wordsOf(value: unknown, answer: Record<string, unknown> | undefined): string | undefined {
  const said = replyText(value);
  if (said !== undefined) return said;
  const found = Words.map((name) => replyText(answer?.[name])).find((one) => one !== undefined);
  return found ?? (answer === undefined ? undefined : JSON.stringify(value, null, 2));
}
