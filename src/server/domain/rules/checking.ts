import type { TowerEvent } from '../event';
import { afterFailure } from '../policy';
import { checkRequirements } from '../requirement';
import type { Attempt, Task } from '../task';
import type { RuleContext } from './context';

/** True while a picture of the attempt has not been compared with its baseline. */
export function awaitsComparison(attempt: Attempt): boolean {
  return attempt.evidence.some(({ kind, comparison }) => kind === 'screenshot' && !comparison);
}

/**
 * The end of an attempt that was reported done, or nothing while a comparison is missing: completed when all that the task requires
 * is met, in review when a person must look, else failed with what is missing.
 */
export function checked({ now }: Pick<RuleContext, 'now'>, task: Task, attempt: Attempt): TowerEvent[] {
  if (awaitsComparison(attempt)) return [];
  const end = { type: 'AttemptEnded', taskId: task.id, attempt: attempt.n } as const;
  const checks = checkRequirements(task.requires, attempt.evidence);
  const wrong = checks.flatMap(({ state, reason }) => (state === 'missing' || state === 'failed' ? (reason ?? '') : []));
  if (wrong.length > 0) {
    const message = `Done is not proved: ${wrong.join('; ')}. Retry, or change what the task requires.`;
    return [{ ...end, outcome: 'failed', error: { kind: 'verification', message }, then: afterFailure(task, 'verification', now) }];
  }
  const status = checks.some(({ state }) => state === 'review') ? 'review' : 'completed';
  return [{ ...end, outcome: 'completed', then: { status } }];
}
