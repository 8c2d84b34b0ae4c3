import { findTask, type Board } from '../board';
import type { Cost } from '../cost';
import type { TowerEvent } from '../event';
import type { Spender } from '../prices';
import { Refusal } from '../refusal';
import { openAttempt, taskName, type Actor, type Attempt, type Task, type Usage } from '../task';
import { phrase } from '../phrase';

/** All a rule may look at. */
export interface RuleContext {
  board: Board;
  by: Actor;
  /** The time of the command, ms; never before the record before. */
  now: number;
  newId: () => string;
  /** The name of the tower that decides, where several share a queue. */
  tower?: string | undefined;
  /** What a usage costs, at the prices of now. */
  costOf: (usage: Usage, by: Spender) => Cost;
}

/** What a command makes happen; nothing when it asks for what is so already. */
export type Decision = readonly TowerEvent[];

/** @throws {Refusal} when there is no such task on the board. */
export function taskOf(board: Board, ref: string): Task {
  const task = findTask(board, ref);
  if (!task) throw new Refusal('not_found', phrase('There is no task {0}. List the tasks to see their numbers.', ref));
  return task;
}

/** The attempt under way with that number. @throws {Refusal} when it has ended or never was. */
export function attemptOf(task: Task, n: number, by: Actor): Attempt {
  const attempt = openAttempt(task);
  if (attempt?.n !== n) {
    const state = attempt ? `attempt ${attempt.n} is under way` : `it is ${task.status}`;
    throw new Refusal('conflict', `Attempt ${n} of ${taskName(task)} has ended: ${state}. Stop working on it.`);
  }
  if (by.kind === 'agent' && by.name !== attempt.agentId) {
    throw new Refusal('forbidden', `${taskName(task)} is worked on by another agent.`);
  }
  return attempt;
}

/** @param text what the task `{0}` cannot, being `{1}`, and what would help. @throws {Refusal} always. */
export function wrongState(text: string, task: Task): never {
  throw new Refusal('conflict', phrase(text, taskName(task), { word: task.status }));
}
