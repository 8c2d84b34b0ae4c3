import { inEnglish } from '../../domain/language';
import { checkRequirements, requirementText } from '../../domain/requirement';
import { lastAttempt, type Attempt, type Task } from '../../domain/task';

/** How a requirement stands, for an agent. */
export interface ProofOut {
  requirement: string;
  state: string;
  reason?: string;
}

/** How a task stands with the proof it requires, by what an attempt (the last one) handed in. */
export function proofOf(task: Task, attempt: Attempt | undefined = lastAttempt(task)): ProofOut[] {
  return inEnglish(() => checkRequirements(task.requires, attempt?.evidence ?? [])).map(({ requirement, ...check }) => ({
    requirement: requirementText(requirement),
    ...check,
  }));
}
