import { Refusal } from '../domain/refusal';
import { TaskRef } from '../domain/task';
import { cleanLine, shorten } from '../domain/text';

/** `12`, `#12` and a ULID all name a task. @throws {Refusal} for anything else. */
export function taskRefOf(id: string): string {
  const ref = TaskRef.safeParse(/^\d{1,9}$/.test(id) ? `#${id}` : id);
  if (!ref.success) throw new Refusal('not_found', `There is no task ${shorten(cleanLine(id), 40)}. Name it by its number or id.`);
  return ref.data.startsWith('#') ? `#${Number(ref.data.slice(1))}` : ref.data;
}
