import type { Command } from '../command';
import type { TowerEvent } from '../event';
import { evidenceLabel, type Evidence } from '../evidence';
import { Refusal } from '../refusal';
import { lastAttempt, openAttempt, taskName, type Attempt, type Task } from '../task';
import { checked } from './checking';
import { attemptOf, taskOf, type Decision, type RuleContext } from './context';
import { phrase } from '../phrase';

type Ask<T extends Command['type']> = Extract<Command, { type: T }>;

export function addEvidence({ board, by }: RuleContext, { taskId, attempt, evidence }: Ask<'AddEvidence'>): Decision {
  const task = taskOf(board, taskId);
  attemptOf(task, attempt, by);
  if (task.phase === 'checking')
    throw new Refusal('conflict', `${taskName(task)} is reported done already. Hand evidence in before the result.`);
  return [{ type: 'EvidenceAdded', taskId: task.id, attempt, evidence }];
}

/** What comparing gave; the last one that a reported result waits for ends the attempt. */
export function recordComparison(context: RuleContext, ask: Ask<'RecordComparison'>): Decision {
  const task = taskOf(context.board, ask.taskId);
  const attempt = attemptNumber(task, ask.attempt);
  const piece = pieceOf(task, attempt, ask.evidenceId);
  if (piece.comparison) return [];
  const { evidenceId, comparison } = ask;
  const compared: TowerEvent = { type: 'EvidenceCompared', taskId: task.id, attempt: attempt.n, evidenceId, comparison };
  if (task.phase !== 'checking' || openAttempt(task)?.n !== attempt.n) return [compared];
  const { areas, ...rest } = comparison;
  const evidence = attempt.evidence.map((one) => (one === piece ? { ...one, comparison: { ...rest, areas: areas.length } } : one));
  return [compared, ...checked(context, task, { ...attempt, evidence })];
}

/** A person's verdict; when it was the last picture that a review waited for, the review ends with it. */
export function judgeEvidence({ board }: RuleContext, ask: Ask<'JudgeEvidence'>): Decision {
  const task = taskOf(board, ask.taskId);
  const attempt = attemptNumber(task, ask.attempt);
  const { verdict, note } = ask;
  const pieces = ask.evidenceIds
    .map((id) => pieceOf(task, attempt, id))
    .filter((piece) => piece.verdict !== verdict || piece.note !== note);
  if (pieces.length === 0) return [];
  const judged = (some: readonly Evidence[], baseline?: 'owed' | 'undo'): TowerEvent[] =>
    some.length === 0
      ? []
      : [
          {
            type: 'EvidenceJudged',
            taskId: task.id,
            attempt: attempt.n,
            evidenceIds: some.map(({ id }) => id),
            verdict,
            ...(note ? { note } : {}),
            ...(baseline ? { baseline } : {}),
          },
        ];
  const owed = pieces.filter((piece) => verdict === 'accepted' && becomesBaseline(piece));
  const undone = pieces.filter((piece) => verdict !== 'accepted' && (piece.baseline === 'kept' || piece.baseline === 'owed'));
  const rest = pieces.filter((piece) => !owed.includes(piece) && !undone.includes(piece));
  const ids = new Set(pieces.map(({ id }) => id));
  const after = attempt.evidence.map((piece) => (ids.has(piece.id) ? { ...piece, verdict, ...(note ? { note } : {}) } : piece));
  return [...judged(owed, 'owed'), ...judged(undone, 'undo'), ...judged(rest), ...reviewEnd(task, attempt, after)];
}

/** The workspace has taken an accepted picture as its baseline, or given it back. */
export function recordBaseline({ board }: RuleContext, ask: Ask<'RecordBaseline'>): Decision {
  const task = taskOf(board, ask.taskId);
  const attempt = attemptNumber(task, ask.attempt);
  const { evidenceId, state, before } = ask;
  const piece = pieceOf(task, attempt, evidenceId);
  if (piece.baseline !== (state === 'kept' ? 'owed' : 'undo')) return [];
  return [
    { type: 'BaselineRecorded', taskId: task.id, attempt: attempt.n, evidenceId, state, ...(before === undefined ? {} : { before }) },
  ];
}

/** A picture that shows something new becomes the baseline when it is accepted. */
function becomesBaseline({ kind, comparison }: Evidence): boolean {
  return kind === 'screenshot' && comparison !== undefined && (comparison.state === 'new' || comparison.state === 'changed');
}

function reviewEnd(task: Task, attempt: Attempt, evidence: readonly Evidence[]): TowerEvent[] {
  if (task.status !== 'review' || lastAttempt(task)?.n !== attempt.n) return [];
  const pictures = evidence.filter(({ kind }) => kind === 'screenshot');
  if (pictures.length === 0 || pictures.some(({ verdict, comparison }) => verdict === 'unreviewed' && comparison?.state !== 'equal'))
    return [];
  const rejected = pictures.filter(({ verdict }) => verdict === 'rejected');
  if (rejected.length === 0) return [{ type: 'TaskSignedOff', taskId: task.id, verdict: 'accepted' }];
  const note = rejected.map((piece) => `${evidenceLabel(piece)}: ${piece.note ?? 'rejected without a note'}`).join('\n');
  return [{ type: 'TaskSignedOff', taskId: task.id, verdict: 'rejected', note }];
}

function attemptNumber(task: Task, n: number): Attempt {
  const attempt = task.attempts[n - 1];
  if (!attempt) throw new Refusal('not_found', phrase('{0} has no attempt {1}.', taskName(task), n));
  return attempt;
}

function pieceOf(task: Task, attempt: Attempt, id: string): Evidence {
  const piece = attempt.evidence.find((one) => one.id === id);
  if (!piece) throw new Refusal('not_found', phrase('Attempt {0} of {1} has no such evidence.', attempt.n, taskName(task)));
  return piece;
}
