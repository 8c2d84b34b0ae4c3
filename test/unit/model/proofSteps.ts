import fc from 'fast-check';
import { TOWER } from '../../support/ruleBench';
import { isPicture, owesProof, type RefAttempt, type RefPiece, type RefTask } from './pieces';
import { ref, type World } from './step';
import { about } from './taskSteps';
import { reported } from './workSteps';

const SHA256 = '0'.repeat(64);

export const evidence = reported(
  'Evidence',
  ['login', 'login', 'home', 'patch'],
  (of, name, { model }) => {
    const kind = name === 'patch' ? 'patch' : 'screenshot';
    return {
      type: 'AddEvidence',
      ...of,
      evidence: { id: `e${model.pieces}`, kind, name, sha256: SHA256, bytes: 9, mime: 'image/png', addedAt: model.now },
    };
  },
  ({ model }, _, open, name) => {
    if (open.checking) return false;
    open.evidence.push({ id: `e${++model.pieces}`, name, verdict: 'unreviewed' });
    return true;
  },
);

/** A step about pieces of one attempt, mostly of those it is made for; now and then there is none. */
function aboutPieces<A extends object>(
  name: string,
  args: { [K in keyof A]: fc.Arbitrary<A[K]> },
  likely: (piece: RefPiece) => boolean,
  act: (world: World, found: { task: RefTask; attempt: RefAttempt; n: number; pieces: RefPiece[] }, args: A) => Promise<unknown>,
) {
  const has = ({ attempts }: RefTask): boolean => attempts.some((attempt) => attempt.evidence.some(likely));
  const all = { ...args, piece: fc.nat({ max: 3 }) } as { [K in keyof (A & { piece: number })]: fc.Arbitrary<(A & { piece: number })[K]> };
  return about<A & { piece: number }>(name, all, has, (world, task, given) => {
    const found = task.attempts.find((attempt) => attempt.evidence.some(likely)) ?? task.attempts.find((one) => one.evidence.length > 0);
    if (!found) return nothing(world, task);
    const among = found.evidence.some(likely) ? found.evidence.filter(likely) : found.evidence;
    const pieces = [...among.slice(given.piece % among.length), ...among.slice(0, given.piece % among.length)];
    return act(world, { task, attempt: found, n: task.attempts.indexOf(found) + 1, pieces }, given);
  });
}

function nothing(world: World, task: RefTask): Promise<unknown> {
  return world.agree(false, { type: 'JudgeEvidence', taskId: ref(task), attempt: 1, evidenceIds: ['none'], verdict: 'accepted' });
}

/** What comparing a picture gave; the last one that a reported result waits for ends the attempt. */
export const compare = aboutPieces<{ state: 'new' | 'equal' | 'changed' | 'unreadable' }>(
  'Compare',
  { state: fc.constantFrom('new', 'new', 'changed', 'equal', 'unreadable') },
  (piece) => isPicture(piece) && piece.compared === undefined,
  (world, { task, attempt, n, pieces: [piece] }, { state }) => {
    if (!piece || !isPicture(piece)) return nothing(world, task);
    if (piece.compared === undefined) {
      piece.compared = state;
      if (attempt.checking && !attempt.outcome) world.model.check(task, attempt);
    }
    const comparison = { state, changed: 0, ratio: 0, areas: [], width: 1, height: 1 };
    return world.agree(true, { type: 'RecordComparison', taskId: ref(task), attempt: n, evidenceId: piece.id, comparison }, TOWER);
  },
);

/** A person judges one piece or two; with the last picture a review ends. */
export const judge = aboutPieces<{ verdict: RefPiece['verdict']; note: string | undefined; both: boolean }>(
  'Judge',
  {
    verdict: fc.constantFrom('accepted', 'accepted', 'accepted', 'rejected', 'unreviewed'),
    note: fc.constantFrom(undefined, undefined, 'Look again.'),
    both: fc.boolean(),
  },
  (piece) => isPicture(piece) && piece.compared !== undefined,
  (world, { task, attempt, n, pieces }, { verdict, note, both }) => {
    const judged = pieces.slice(0, both ? 2 : 1);
    const isNew = judged.filter((piece) => piece.verdict !== verdict || piece.note !== note);
    for (const piece of isNew) give(piece, verdict, note);
    if (isNew.length > 0 && task.status === 'review' && attempt === task.attempts.at(-1)) endReview(task, attempt);
    const ids = judged.map(({ id }) => id);
    const said = note === undefined ? {} : { note };
    return world.agree(true, { type: 'JudgeEvidence', taskId: ref(task), attempt: n, evidenceIds: ids, verdict, ...said });
  },
);

function give(piece: RefPiece, verdict: RefPiece['verdict'], note: string | undefined): void {
  const showsNew = piece.compared === 'new' || piece.compared === 'changed';
  if (verdict === 'accepted' && showsNew) piece.baseline = 'owed';
  else if (verdict !== 'accepted' && piece.baseline !== undefined) piece.baseline = 'undo';
  piece.verdict = verdict;
  piece.note = verdict === 'unreviewed' ? undefined : note;
}

function endReview(task: RefTask, { evidence: pieces }: RefAttempt): void {
  const pictures = pieces.filter(isPicture);
  const isDone = pictures.every(({ verdict, compared }) => verdict !== 'unreviewed' || compared === 'equal');
  if (pictures.length === 0 || !isDone) return;
  task.status = pictures.some(({ verdict }) => verdict === 'rejected') ? 'failed' : 'completed';
}

/** The workspace has followed a verdict, or says so of one that was taken back meanwhile. */
export const baseline = aboutPieces<{ state: 'kept' | 'undone' }>(
  'Baseline',
  { state: fc.constantFrom('kept', 'undone') },
  (piece) => owesProof(piece) && piece.baseline !== undefined,
  (world, { task, n, pieces: [piece] }, { state }) => {
    if (!piece) return nothing(world, task);
    if (state === 'kept' && piece.baseline === 'owed') piece.baseline = 'kept';
    if (state === 'undone' && piece.baseline === 'undo') piece.baseline = undefined;
    return world.agree(true, { type: 'RecordBaseline', taskId: ref(task), attempt: n, evidenceId: piece.id, state }, TOWER);
  },
);
