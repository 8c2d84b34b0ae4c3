import * as l10n from '@vscode/l10n';
import type { Board } from '../board';
import { attemptCost, taskCost, type CostSum } from '../cost';
import { cost, costSum, costText, tokens } from '../format';
import { openAttempt, type Attempt, type Task } from '../task';
import { agentName } from './row';
import { word } from '../words';

/** What a task cost, on what basis: `so far ~$0.12 (estimated, 41.2k tokens)`; undefined before anything can be said. */
export function costFact(board: Board, task: Task): string | undefined {
  const sum = taskCost(task);
  if (!sum) return undefined;
  const text = costSum(sum);
  if (text === cost(undefined)) return l10n.t('unknown: {0}', whyUnknown(board, task));
  const used = task.attempts.reduce((total, { usage }) => total + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0);
  const facts = [basisOf(sum), used > 0 ? tokens(used) : ''].filter(Boolean).join(', ');
  const told = `${text}${facts ? ` (${facts})` : ''}`;
  return openAttempt(task) ? l10n.t('so far {0}', told) : told;
}

/** The cost of an attempt with its basis in words, for a line without a heading: `$0.10 reported`, `~$0.12 estimated`, `cost unknown`. */
export function attemptCostFact(attempt: Attempt): string | undefined {
  const money = attemptCost(attempt);
  if (money && money.basis !== 'unknown') return money.basis === 'free' ? costText(money) : `${costText(money)} ${word(money.basis)}`;
  // Work that goes on may still tell, and declined work was not done.
  return money || (attempt.endedAt !== undefined && attempt.outcome !== 'declined') ? l10n.t('cost unknown') : undefined;
}

function basisOf({ reported, estimated, free }: CostSum): string {
  if (estimated > 0) return reported > 0 ? l10n.t('partly estimated') : word('estimated');
  return reported > 0 && free === 0 ? word('reported') : '';
}

function whyUnknown(board: Board, task: Task): string {
  const attempt = task.attempts.findLast(({ outcome }) => outcome !== 'declined');
  const agent = agentName(board, attempt?.agentId);
  const { inputTokens, outputTokens, model } = attempt?.usage ?? {};
  if (inputTokens === undefined || outputTokens === undefined)
    return l10n.t('{0} does not report the tokens it uses. Mark its model as free if it is.', agent);
  if (model === undefined) return l10n.t('{0} does not say which model it uses. Mark it as free if it is.', agent);
  return l10n.t('no price of {0} is known. Set one, or mark the model as free.', model);
}
