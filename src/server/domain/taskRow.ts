import { taskCost } from './cost';
import type { Live } from './live';
import type { TaskRow } from './query';
import { isFinal, lastAttempt, type Task } from './task';

/** A task as lists show it. */
export function rowOf(task: Task, live?: Live): TaskRow {
  const attempt = lastAttempt(task);
  const { id, number, title, status, priority, kind, createdAt } = task;
  return {
    id,
    number,
    title,
    status,
    priority,
    kind,
    agent: attempt?.agentId ?? task.agent ?? null,
    progress: live?.tasks.get(id)?.progress ?? null,
    createdAt,
    startedAt: attempt?.startedAt ?? null,
    completedAt: isFinal(status) ? task.since : null,
    attempts: task.attempts.length,
    error: task.error ?? null,
    externalId: task.externalId ?? null,
    skills: task.skills,
    after: task.after,
    requires: task.requires,
    result: attempt?.summary ?? null,
    cost: taskCost(task) ?? null,
    evidence: task.attempts.some(({ evidence }) => evidence.length > 0),
  };
}
