import * as z from 'zod';
import { detailOf, ServiceFailure } from '../call/serviceFailure';

/** What all its answers have in common; `detail` is FastAPI's word for an error. */
export const KimiReply = z.looseObject({
  success: z.boolean().nullish(),
  error: z.unknown().optional(),
  detail: z.unknown().optional(),
  response: z.unknown().optional(),
  swarm_result: z.unknown().optional(),
});
export type KimiReply = z.infer<typeof KimiReply>;

/** @throws {ServiceFailure} when the service says that it failed. */
export function refuseFailure(name: string, reply: KimiReply): void {
  const { success, error, detail } = reply;
  if (success !== false && !error && (success === true || detail === undefined)) return;
  throw new ServiceFailure('agent_error', `${name} failed: ${detailOf(JSON.stringify(reply))}`);
}

/** @throws {ServiceFailure} when it is no answer of the Kimi API. */
export function readReply<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new ServiceFailure(
    'protocol_error',
    `${name} does not answer as the Kimi API does (${found.error.issues[0]?.path.join('.') ?? ''}). Check its url.`,
  );
}
