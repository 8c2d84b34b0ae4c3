import type { TaskEvidence } from '../../server/domain/query';
import type { Task } from '../../server/domain/task';

/**
 * The proof with what the board says by now: a verdict is seen at once, without asking again. What came since, and whatever is too long
 * for the board, is as it was asked for last.
 */
export function mergeEvidence(proof: TaskEvidence, task: Task | undefined): TaskEvidence {
  if (!task) return proof;
  const known = new Map(proof.pieces.map((piece) => [piece.evidence.id, piece]));
  const pieces = task.attempts.flatMap(({ n, evidence }) =>
    evidence.map((piece) => {
      const { comparison, findings } = known.get(piece.id) ?? {};
      return { attempt: n, evidence: piece, ...(comparison ? { comparison } : {}), ...(findings ? { findings } : {}) };
    }),
  );
  return { ...proof, task, pieces };
}
