import * as l10n from '@vscode/l10n';
import { agentStatus } from './agentStatus';
import type { Agent } from './agent';
import { tasksIn, type Board } from './board';
import type { Live } from './live';
import { wantsReview } from './evidence';
import { lastAttempt, openAttempt, type Task } from './task';
import { openDependency } from './waiting';

/** Something that only a person can move on. */
export type Ask =
  | { kind: 'question' | 'review' | 'pictures' | 'failed' | 'stuck'; task: Task; since: number }
  | { kind: 'agent'; agent: Agent; since: number };

/** What needs a person, in the order it is shown: questions, reviews and pictures to look at (oldest first), then failures and agents in error (newest first). */
export function needsYou(board: Board, live: Pick<Live, 'agents'>): Ask[] {
  const questions = tasksIn(board, 'input_required').map((task): Ask => ({
    kind: 'question',
    task,
    since: openAttempt(task)?.askedAt ?? task.since,
  }));
  const reviews = tasksIn(board, 'review').map((task): Ask => ({ kind: 'review', task, since: task.since }));
  const pictures = tasksIn(board, 'completed').flatMap((task): Ask[] =>
    !task.dismissed && lastAttempt(task)?.evidence.some(wantsReview) ? [{ kind: 'pictures', task, since: task.since }] : [],
  );
  const failures = tasksIn(board, 'failed').flatMap((task): Ask[] => (task.dismissed ? [] : [{ kind: 'failed', task, since: task.since }]));
  const agents = [...board.agents.values()].flatMap((agent): Ask[] =>
    agent.failure && !agent.dismissed && agentStatus(board, live, agent) === 'error'
      ? [{ kind: 'agent', agent, since: agent.failure.at }]
      : [],
  );
  const oldest = (a: Ask, b: Ask): number => a.since - b.since;
  const newest = (a: Ask, b: Ask): number => b.since - a.since;
  return [
    ...questions.sort(oldest),
    ...reviews.sort(oldest),
    ...pictures.sort(oldest),
    ...[...failures, ...agents, ...stuck(board)].sort(newest),
  ];
}

/** Pending tasks whose dependency failed or was cancelled: they wait until someone decides. */
function stuck(board: Board): Ask[] {
  const waiting = new Set<string>();
  for (const [id, dependents] of board.dependents) {
    const status = board.tasks.get(id)?.status;
    if (status === 'failed' || status === 'cancelled') for (const dependent of dependents) waiting.add(dependent);
  }
  return [...waiting].flatMap((id): Ask[] => {
    const task = board.tasks.get(id);
    return task?.status === 'pending' && openDependency(board, task) && !task.dismissed ? [{ kind: 'stuck', task, since: task.since }] : [];
  });
}

/** The calm line: `Nothing needs you. 3 working.` */
export function calmLine(board: Board): string {
  const working = board.byStatus.running.size;
  return working > 0 ? l10n.t('Nothing needs you. {0} working.', working) : l10n.t('Nothing needs you.');
}
