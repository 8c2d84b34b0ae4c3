import type * as z from 'zod';
import { taskCost, type CostSum } from '../domain/cost';
import { isFinal, lastAttempt, type Attempt, type Task } from '../domain/task';
import type { Tower } from '../domain/ports';
import type { TaskDetails, TaskRow } from '../domain/query';
import { inEnglish } from '../domain/language';
import { queuePosition } from '../domain/order';
import { requirementText } from '../domain/requirement';
import { waitReason } from '../domain/waiting';
import type { AttemptOut, CostOut, TaskDetailsOut, TaskOut } from '../protocol/rest';

const iso = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : new Date(ms).toISOString());

/** A task as REST shows it. */
export function taskOut(tower: Tower, task: Task, now: number): TaskOut {
  const attempt = lastAttempt(task);
  const waits = task.status === 'pending' || task.status === 'parked';
  const position = task.status === 'pending' ? queuePosition(tower.board, task) : 0;
  return {
    id: task.id,
    number: task.number,
    title: task.title,
    status: task.status,
    ...(task.phase === undefined ? {} : { phase: task.phase }),
    priority: task.priority,
    kind: task.kind,
    agent: (attempt && tower.board.agents.get(attempt.agentId)?.name) ?? task.agent ?? null,
    skills: task.skills,
    after: task.after,
    requires: task.requires.map(requirementText),
    progress: task.status === 'completed' ? 1 : (tower.live.tasks.get(task.id)?.progress ?? null),
    attempt: task.attempts.length,
    queuePosition: position || null,
    waitsFor: waits ? inEnglish(() => waitReason(tower.board, tower.live, task, now).text) : null,
    createdAt: new Date(task.createdAt).toISOString(),
    startedAt: iso(attempt?.startedAt),
    completedAt: iso(isFinal(task.status) ? task.since : null),
    error: task.error ?? null,
    cost: costOut(taskCost(task)),
    ...(task.externalId === undefined ? {} : { externalId: task.externalId }),
  };
}

/** A task with its texts and attempts. */
export function detailsOut(tower: Tower, { task, prompt, results }: TaskDetails, now: number): TaskDetailsOut {
  const attempts = task.attempts.map((attempt) => attemptOut(tower, attempt));
  return { ...taskOut(tower, task, now), prompt, result: results[task.attempts.length] ?? null, attempts };
}

function attemptOut({ board }: Tower, attempt: Attempt): z.infer<typeof AttemptOut> {
  const { n, agentId, startedAt, endedAt, outcome, usage } = attempt;
  return {
    n,
    agent: board.agents.get(agentId)?.name ?? agentId,
    startedAt: new Date(startedAt).toISOString(),
    endedAt: iso(endedAt),
    outcome: outcome ?? null,
    usage: usage ?? null,
    cost: costOut(taskCost({ attempts: [attempt] })),
  };
}

/** A cost as REST shows it; null when there is nothing to tell yet. */
export function costOut(sum: CostSum | undefined): CostOut | null {
  if (!sum) return null;
  const { usd, reported, estimated, free, unknown } = sum;
  const basis = estimated > 0 ? 'estimated' : reported > 0 ? 'reported' : free > 0 ? 'free' : 'unknown';
  return { usd: basis === 'unknown' ? null : usd, basis, unknown };
}

/** A task of a list: as the board has it, else as the history keeps it. */
export function rowOut(tower: Tower, row: TaskRow, now: number): TaskOut {
  const task = tower.board.tasks.get(row.id);
  if (task) return taskOut(tower, task, now);
  const { id, number, title, status, priority, kind, agent, attempts, error, skills, after, externalId } = row;
  return {
    ...{ id, number, title, status, priority, kind, agent, skills: [...skills], after: [...after], progress: row.progress },
    requires: row.requires.map(requirementText),
    attempt: attempts,
    queuePosition: null,
    waitsFor: null,
    createdAt: new Date(row.createdAt).toISOString(),
    startedAt: iso(row.startedAt),
    completedAt: iso(row.completedAt),
    error,
    ...(externalId === null ? {} : { externalId }),
  };
}
