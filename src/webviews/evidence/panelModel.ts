import * as l10n from '@vscode/l10n';
import type { EvidenceDetails, TaskEvidence } from '../../server/domain/query';
import type { Attempt } from '../../server/domain/task';
import type { Mode } from '../protocol';
import { galleryRows, seenPictures, type GalleryRow } from './galleryRows';
import { MODES } from './keyMap';
import type { PanelState } from './panelState';
import { picturesOf, type Against, type Picture } from './picture';
import { reviewOf, type Review } from './review';

/** Below this width of the stage, CSS pixels, two pictures do not fit beside each other. */
const SIDE_WIDTH = 900;

/** All that the panel shows, of what there is and what the person chose. */
export interface PanelModel {
  proof: TaskEvidence;
  attempts: Attempt[];
  /** The attempt that is shown; undefined when none has handed in anything. */
  attempt: Attempt | undefined;
  against: Against;
  pictures: Picture[];
  rows: GalleryRow[];
  /** Those in open groups that pass the filter. */
  seen: Picture[];
  picture: Picture | undefined;
  modes: readonly Mode[];
  mode: Mode | undefined;
  review: Review;
  /** Reports and numbers, and everything else that is no screenshot. */
  reports: EvidenceDetails[];
  files: EvidenceDetails[];
}

/** @param stageWidth CSS pixels; 0 while it is not known */
export function modelOf(proof: TaskEvidence, state: PanelState, stageWidth: number): PanelModel {
  const attempts = proof.task.attempts;
  const attempt = attempts[state.attempt - 1] ?? newest(proof);
  const against =
    typeof state.against === 'number' && attempts[state.against - 1] && state.against !== attempt?.n ? state.against : 'baseline';
  const pictures = attempt ? picturesOf(proof, attempt.n, against) : [];
  const rows = galleryRows(pictures, state.filter, state.toggled);
  const review = reviewOf(pictures);
  const picture = pictures.find(({ key }) => key === state.picture) ?? review.open[0] ?? pictures[0];
  const modes = picture ? modesOf(picture, against) : [];
  const wanted = state.mode ?? (stageWidth > 0 && stageWidth < SIDE_WIDTH ? 'slider' : 'side');
  const own = proof.pieces.filter((piece) => piece.attempt === attempt?.n);
  return {
    proof,
    attempts,
    attempt,
    against,
    pictures,
    rows,
    seen: seenPictures(rows),
    picture,
    modes,
    mode: modes.includes(wanted) ? wanted : modes[0],
    review,
    reports: own.filter(({ evidence, findings }) => (evidence.metrics ?? []).length > 0 || findings !== undefined),
    files: own.filter(({ evidence }) => evidence.kind !== 'screenshot'),
  };
}

/** The last attempt that handed in evidence, else the last one. */
function newest({ task, pieces }: TaskEvidence): Attempt | undefined {
  return task.attempts.findLast(({ n }) => pieces.some((piece) => piece.attempt === n)) ?? task.attempts.at(-1);
}

/** The modes in which a picture can be compared; none where there is nothing to see. */
export function modesOf({ group, left, right, comparison }: Picture, against: Against): readonly Mode[] {
  if (!left || !right || group === 'unchanged' || group === 'failed') return [];
  return against === 'baseline' && comparison?.diff !== undefined ? MODES : MODES.filter((mode) => mode !== 'diff');
}

/** Where evidence is found in the panel. */
export function placeOf(proof: TaskEvidence, evidenceId: string): Partial<PanelState> {
  const piece = proof.pieces.find(({ evidence }) => evidence.id === evidenceId);
  if (!piece) return {};
  const { attempt, evidence, findings } = piece;
  if (evidence.kind === 'screenshot')
    return { tab: 'pictures', attempt, against: 'baseline', picture: evidence.id, zoom: 'fit', area: -1, grid: false };
  return { tab: (findings ?? evidence.metrics?.length) ? 'metrics' : 'files', attempt };
}

/** `Attempt 2 · today 13:52 · 2 changed` without the time. */
export function attemptSummary(proof: TaskEvidence, n: number): string {
  const changed = picturesOf(proof, n, 'baseline').filter(({ group }) => group === 'changed').length;
  const pieces = proof.pieces.filter((piece) => piece.attempt === n).length;
  if (changed > 0) return l10n.t('{0} changed', changed);
  return pieces > 0 ? l10n.t('nothing changed') : l10n.t('no evidence');
}
