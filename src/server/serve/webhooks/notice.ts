import * as z from 'zod';
import type { TowerEvent, TowerRecord } from '../../domain/event';
import { isFinal, type Status } from '../../domain/task';

/** What others are told of: a task ended, waits for a person's answer or verdict, or may not go on before a time. */
export const NoticeKind = z.enum(['finished', 'needs-you', 'parked']);
export type NoticeKind = z.infer<typeof NoticeKind>;

/** What there is to tell of one record about one task. */
export interface Notice {
  /** The same whenever it is made of the same record; without a full stop, as signatures want it. */
  id: string;
  kind: NoticeKind;
  taskId: string;
  /** What the record made of the task. */
  status: Status;
  seq: number;
  /** When it happened, ms. */
  at: number;
}

/** What is to be told of what happened in one record, each task once: as it stands at its end. Pure. */
export function noticesOf({ seq, at, events }: Pick<TowerRecord, 'seq' | 'at' | 'events'>): Notice[] {
  const after = new Map<string, Status>();
  for (const event of events) {
    const status = statusAfter(event);
    if (status !== undefined && 'taskId' in event) after.set(event.taskId, status);
  }
  return [...after].flatMap(([taskId, status]) => {
    const kind = kindOf(status);
    return kind ? [{ id: `${taskId}-${seq}`, kind, taskId, status, seq, at }] : [];
  });
}

function kindOf(status: Status): NoticeKind | undefined {
  if (isFinal(status)) return 'finished';
  if (status === 'review' || status === 'input_required') return 'needs-you';
  return status === 'parked' ? 'parked' : undefined;
}

/** The status that an event gives its task; undefined = the one it had. */
function statusAfter(event: TowerEvent): Status | undefined {
  switch (event.type) {
    case 'AttemptEnded':
      return event.then.status;
    case 'TaskCancelled':
      return 'cancelled';
    case 'TaskSignedOff':
      return event.verdict === 'accepted' ? 'completed' : 'failed';
    case 'InputAsked':
      return 'input_required';
    case 'TaskRetried':
    case 'TaskUnparked':
      return 'pending';
    case 'AttemptStarted':
    case 'InputAnswered':
    case 'CancelAsked':
    case 'CheckStarted':
      return 'running';
    default:
      return undefined;
  }
}
