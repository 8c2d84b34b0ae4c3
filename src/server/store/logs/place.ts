import type { LogPlace } from '../../domain/logQuery';
import { Refusal } from '../../domain/refusal';

/** Where a stored line is: its time, then its task, segment and offset in it, bytes. */
export interface Place {
  at: number;
  taskId: string;
  segment: number;
  offset: number;
}

export function placeText({ at, taskId, segment, offset }: Place): LogPlace {
  return `${at}.${taskId}.${segment}.${offset}`;
}

/** @throws {Refusal} on what is no place of ours. */
export function readPlace(text: LogPlace): Place {
  const [, at, taskId = '', segment, offset] = /^(\d{1,16})\.([0-9A-HJKMNP-TV-Z]{26})\.(\d{1,9})\.(\d{1,12})$/.exec(text) ?? [];
  if (at === undefined) throw new Refusal('invalid', 'The place is not one that a page of lines gave. Leave it out to begin at an end.');
  return { at: Number(at), taskId, segment: Number(segment), offset: Number(offset) };
}

/** The one order of lines: by time, then by place. */
export function comparePlaces(a: Place, b: Place): number {
  return a.at - b.at || (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0) || a.segment - b.segment || a.offset - b.offset;
}
