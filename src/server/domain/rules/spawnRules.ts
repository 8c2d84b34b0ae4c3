import { Refusal } from '../refusal';
import { taskName, type Task } from '../task';
import { attemptOf, taskOf, type RuleContext } from './context';

/** How many tasks may stand in a line in which each was created by work on the one before. */
const MAX_DEPTH = 3;
/** How many tasks one attempt may create. */
const MAX_CREATED = 20;

/** An attempt that creates a task. */
export interface Creator {
  taskId: string;
  attempt: number;
}

/**
 * Where a task comes from that an attempt creates; nothing for one that a person or a program creates.
 * @throws {Refusal} when the attempt is not the asker's, is too deep down, or has created its share.
 */
export function spawnedFrom({ board, by }: RuleContext, creator: Creator | undefined): Pick<Task, 'parent' | 'depth'> {
  if (!creator) return {};
  if (by.kind !== 'agent') throw new Refusal('forbidden', 'Only an agent creates tasks as part of its work. Leave the parent out.');
  const parent = taskOf(board, creator.taskId);
  const attempt = attemptOf(parent, creator.attempt, by);
  const depth = (parent.depth ?? 0) + 1;
  if (depth > MAX_DEPTH) {
    const line = `tasks that agents create may stand ${MAX_DEPTH} in a line, and ${taskName(parent)} is the last one`;
    throw new Refusal('forbidden', `No task was created: ${line}. Do the work yourself, or say in your result what is left.`);
  }
  if ((attempt.created ?? 0) >= MAX_CREATED) {
    const many = `attempt ${attempt.n} of ${taskName(parent)} has created ${MAX_CREATED} tasks, as many as it may`;
    throw new Refusal('forbidden', `No task was created: ${many}. Say in your result what is left.`);
  }
  return { parent: parent.id, depth };
}
