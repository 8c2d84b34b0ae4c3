import * as z from 'zod';
import { NoticeKind } from './notice';

/** A message on its way to one receiver. Times are ms since 1970. */
export const Delivery = z.object({
  /** The id of the notice; the same at every try, so that a receiver knows it again. */
  id: z.string().regex(/^[0-9A-Z]+-\d+$/),
  /** The name of the receiver. */
  to: z.string().regex(/^_?[a-z0-9-]+$/),
  /** Where it goes when that is the task's own address and not that of a hook. */
  url: z.url().optional(),
  kind: NoticeKind,
  /** `#12`, for logs. */
  task: z.string(),
  body: z.string(),
  tries: z.int().nonnegative(),
  dueAt: z.int(),
});
export type Delivery = z.infer<typeof Delivery>;

/** What tells a delivery from every other, as a file name. */
export function keyOf({ to, id }: Pick<Delivery, 'to' | 'id'>): string {
  return `${to}.${id}`;
}

/** How long a receiver is left alone. */
export interface Backoff {
  firstSeconds: number;
  mostSeconds: number;
}

/**
 * The pause after a failed try, ms: twice as long each time, up to the longest one, and up to a quarter shorter or longer so that many do not
 * come at once.
 * @param asked what the receiver asked for, ms; kept up to the longest pause.
 * @param chance from 0 to 1.
 */
export function pauseAfter(tries: number, { firstSeconds, mostSeconds }: Backoff, asked: number, chance: number): number {
  const pause = Math.min(mostSeconds, firstSeconds * 2 ** Math.min(tries - 1, 40)) * 1000;
  return Math.round(Math.max(pause * (0.75 + chance / 2), Math.min(asked, mostSeconds * 1000)));
}
