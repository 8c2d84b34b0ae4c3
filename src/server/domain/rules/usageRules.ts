import { findTask, type Board } from '../board';
import { costOfTries, taskLimit } from '../budget';
import type { Command } from '../command';
import type { Cost } from '../cost';
import type { TowerEvent } from '../event';
import { cost as amount, costSum } from '../format';
import type { Spender } from '../prices';
import type { Attempt, Task, TaskError, Usage } from '../task';
import { attemptOf, taskOf, type Decision, type RuleContext } from './context';

type Ask<T extends Command['type']> = Extract<Command, { type: T }>;

/** The usage that an attempt has told once a command is carried out, and whose it is; undefined when the command tells none. */
export function toldUsage(board: Board, command: Command): { usage: Usage; by: Spender } | undefined {
  if (!('usage' in command) || !command.usage) return undefined;
  const attempt = findTask(board, command.taskId)?.attempts[command.attempt - 1];
  return attempt && { usage: { ...attempt.usage, ...command.usage }, by: spenderOf(board, attempt.agentId) };
}

/** The event that says what an attempt has used, with what all of it costs; none when nothing is told. */
export function usageReported(context: RuleContext, task: Task, attempt: Attempt, usage: Usage | undefined): TowerEvent[] {
  if (!usage) return [];
  return [{ type: 'UsageReported', taskId: task.id, attempt: attempt.n, usage, cost: costAfter(context, attempt, usage) }];
}

function costAfter({ board, costOf }: RuleContext, attempt: Attempt, usage: Usage): Cost {
  return costOf({ ...attempt.usage, ...usage }, spenderOf(board, attempt.agentId));
}

function spenderOf(board: Board, agentId: string): Spender {
  return { id: agentId, name: board.agents.get(agentId)?.name ?? agentId };
}

/** What was used so far. An attempt with which its task costs more than it may ends. */
export function reportUsage(context: RuleContext, { taskId, attempt: n, usage }: Ask<'ReportUsage'>): Decision {
  const { board, by } = context;
  const task = taskOf(board, taskId);
  const attempt = attemptOf(task, n, by);
  const events = usageReported(context, task, attempt, usage);
  const limit = taskLimit(board, task);
  // Work that stops anyway, or is done, is not made a failure by its price.
  if (limit === undefined || task.phase === 'cancelling' || task.phase === 'checking') return events;
  const sum = costOfTries(task, costAfter(context, attempt, usage));
  if (sum.usd <= limit) return events;
  const basis = sum.estimatedUsd > 0 ? 'estimated from its tokens' : 'as its agent reports';
  const message = `It cost ${costSum(sum)}, ${basis}, more than its limit of ${amount(limit)}. Raise the limit, then retry.`;
  const error: TaskError = { kind: 'limit', message };
  return [...events, { type: 'AttemptEnded', taskId: task.id, attempt: n, outcome: 'failed', error, then: { status: 'failed' } }];
}
