import { owesProof, type Board } from './board';
import type { Evidence } from './evidence';
import { cancelDueAt, timeLimitAt } from './rules/attemptRules';
import { isFinal, openAttempt, type Attempt, type Task } from './task';

/** How many finished tasks stay on the board; older ones are archived. */
export const FINISHED_ON_BOARD = 500;

/** A piece of evidence and where it is. */
export interface Piece {
  task: Task;
  attempt: Attempt;
  piece: Evidence;
}

/** What must be going on. Each room brings its part about; doing it twice does no harm. */
export interface Owed {
  /** Attempts given to an agent that has not answered yet. */
  readonly handOvers: { task: Task; attempt: Attempt }[];
  /** Attempts whose agent must be told to stop. */
  readonly cancels: { task: Task; attempt: Attempt }[];
  /** Screenshots that no one has compared yet. */
  readonly comparisons: Piece[];
  /** Verdicts that the baselines of the workspace do not follow yet. */
  readonly baselines: Piece[];
  /** Finished tasks beyond those the board keeps, oldest first. */
  readonly archives: string[];
  /** When the alarm must ring next, ms; undefined = nothing waits for a time. */
  readonly nextDue: number | undefined;
}

/** What this board owes the world, each part worked out when it is asked for. Pure. */
export function owed(board: Board): Owed {
  const begun = (phase: Task['phase']): Owed['handOvers'] => running(board).filter(({ task }) => task.phase === phase);
  const proof = (): Piece[] => [...board.proofOwed].flatMap((id) => piecesOf(board.tasks.get(id)));
  return {
    get handOvers() {
      return begun('starting');
    },
    get cancels() {
      return begun('cancelling');
    },
    get comparisons() {
      return proof().filter(({ piece }) => !piece.comparison);
    },
    get baselines() {
      return proof().filter(({ piece }) => piece.comparison);
    },
    get archives() {
      return toArchive(board);
    },
    get nextDue() {
      return nextDue(board);
    },
  };
}

function running(board: Board): { task: Task; attempt: Attempt }[] {
  return [...board.byStatus.running].flatMap((id) => {
    const task = board.tasks.get(id);
    const attempt = task && openAttempt(task);
    return task && attempt ? [{ task, attempt }] : [];
  });
}

function nextDue(board: Board): number | undefined {
  const due: number[] = [];
  for (const { task, attempt } of running(board))
    for (const time of [timeLimitAt(task, attempt), cancelDueAt(attempt)]) if (time !== undefined) due.push(time);
  for (const id of board.byStatus.parked) due.push(board.tasks.get(id)?.notBefore ?? 0);
  for (const agent of board.agents.values()) {
    if (agent.restartAt !== undefined) due.push(agent.restartAt);
    if (agent.limitedUntil !== undefined && agent.limitedUntil > board.at) due.push(agent.limitedUntil);
    if (agent.passedOverUntil !== undefined && agent.passedOverUntil > board.at) due.push(agent.passedOverUntil);
  }
  // A new day has new budgets.
  const day = board.spent.at(-1);
  if (day && Object.keys(day.agents).length > 0) due.push(day.until);
  return due.length > 0 ? Math.min(...due) : undefined;
}

function piecesOf(task: Task | undefined): Piece[] {
  if (!task) return [];
  return task.attempts.flatMap((attempt) => attempt.evidence.filter(owesProof).map((piece) => ({ task, attempt, piece })));
}

function toArchive(board: Board): string[] {
  const excess = board.byStatus.completed.size + board.byStatus.failed.size + board.byStatus.cancelled.size - FINISHED_ON_BOARD;
  // Archived in hundreds, so that a busy board does not write an archive for every task that ends.
  if (excess < 100) return [];
  const finished = [...board.tasks.values()].filter(
    (task) => isFinal(task.status) && !board.dependents.has(task.id) && !board.proofOwed.has(task.id),
  );
  return finished
    .sort((a, b) => a.since - b.since)
    .slice(0, excess)
    .map((task) => task.id);
}
