import type { Tower } from '../../domain/ports';
import { openAttempt, type Task } from '../../domain/task';
import { taskOut } from '../../gateway/taskOut';
import type { Notice } from './notice';

/** The media type of `cloudEvent`: CloudEvents in structured mode. */
export const MEDIA_TYPE = 'application/cloudevents+json';

/**
 * A notice as a CloudEvent in JSON, its `data` the task as REST shows it, without prompt and result; with the question of one that asks.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 * @param source what the tower is called.
 */
export function cloudEvent(tower: Tower, task: Task, { id, kind, status, at }: Notice, source: string): string {
  const question = status === 'input_required' ? openAttempt(task)?.question : undefined;
  const until = status === 'parked' ? task.notBefore : undefined;
  const data = {
    // The board may be further by now than what is told.
    ...taskOut(tower, { ...task, status }, at),
    ...(question === undefined ? {} : { question }),
    ...(until === undefined ? {} : { parkedUntil: new Date(until).toISOString() }),
  };
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type: `dev.tasktower.task.${kind}`,
    subject: task.id,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data,
  });
}
