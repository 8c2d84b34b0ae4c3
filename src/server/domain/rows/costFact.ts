import type { Board } from '../board';
import { attemptCost, taskCost, type CostSum } from '../cost';
import { costSum, costText, tokens } from '../format';
import { openAttempt, type Attempt, type Task } from '../task';
import { agentName } from './row';

/** What a task cost, on what basis: `so far ~$0.12 (estimated, 41.2k tokens)`; undefined before anything can be said. */
export function costFact(board: Board, task: Task): string | undefined {
  const sum = taskCost(task);
  if (!sum) return undefined;
  const soFar = openAttempt(task) ? 'so far ' : '';
  const text = costSum(sum);
  if (text === 'unknown') return `unknown: ${whyUnknown(board, task)}`;
  const used = task.attempts.reduce((total, { usage }) => total + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0);
  const facts = [basisOf(sum), used > 0 ? tokens(used) : ''].filter(Boolean).join(', ');
  return `${soFar}${text}${facts ? ` (${facts})` : ''}`;
}

/** The cost of an attempt with its basis in words, for a line without a heading: `$0.10 reported`, `~$0.12 estimated`, `cost unknown`. */
export function attemptCostFact(attempt: Attempt): string | undefined {
  const cost = attemptCost(attempt);
  if (cost && cost.basis !== 'unknown') return cost.basis === 'free' ? costText(cost) : `${costText(cost)} ${cost.basis}`;
  // Work that goes on may still tell, and declined work was not done.
  return cost || (attempt.endedAt !== undefined && attempt.outcome !== 'declined') ? 'cost unknown' : undefined;
}

function basisOf({ reported, estimated, free }: CostSum): string {
  if (estimated > 0) return reported > 0 ? 'partly estimated' : 'estimated';
  return reported > 0 && free === 0 ? 'reported' : '';
}

function whyUnknown(board: Board, task: Task): string {
  const attempt = task.attempts.findLast(({ outcome }) => outcome !== 'declined');
  const agent = agentName(board, attempt?.agentId);
  const { inputTokens, outputTokens, model } = attempt?.usage ?? {};
  if (inputTokens === undefined || outputTokens === undefined)
    return `${agent} does not report the tokens it uses. Mark its model as free if it is.`;
  if (model === undefined) return `${agent} does not say which model it uses. Mark it as free if it is.`;
  return `no price of ${model} is known. Set one, or mark the model as free.`;
}
