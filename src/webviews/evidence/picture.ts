import type { Baseline, Comparison } from '../../server/domain/comparison';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import type { EvidenceDetails, TaskEvidence } from '../../server/domain/query';

/** What is compared with: the baseline, or the pictures of another attempt. */
export type Against = 'baseline' | number;

/** In the order they are shown. `waiting`: not compared yet. */
export const GROUPS = ['changed', 'new', 'removed', 'failed', 'waiting', 'unchanged'] as const;
export type Group = (typeof GROUPS)[number];

/** Where a picture on the stage comes from. `addedAt` is ms; a baseline that was replaced since is known by its bytes alone. */
export type Side =
  | { sha256: string; source: 'baseline'; baseline?: Baseline | undefined }
  | { sha256: string; source: 'attempt'; attempt: number; addedAt: number };

/** One row of the gallery: a name, the picture an attempt handed in under it, and what it is compared with. */
export interface Picture {
  /** The evidence's id, or the label of one that is missing. */
  key: string;
  /** `login@1280x800`. */
  label: string;
  name: string;
  /** `1280x800`, the CSS viewport. */
  viewport?: string;
  group: Group;
  left?: Side;
  right?: Side;
  evidence?: Evidence;
  /** With the baseline; absent between two attempts. */
  comparison?: Comparison;
}

/** The pictures of an attempt beside what they are compared with, in the order of the groups, then as they were handed in. */
export function picturesOf(proof: TaskEvidence, attempt: number, against: Against): Picture[] {
  const pieces = screenshots(proof, attempt);
  const pictures = pieces.map((piece) => (against === 'baseline' ? withBaseline(proof, piece) : withAttempt(proof, piece, against)));
  const removed = missing(proof, new Set(pieces.map(({ evidence }) => evidenceLabel(evidence))), against);
  const all = [...pictures, ...(pieces.length > 0 ? removed : [])];
  return GROUPS.flatMap((group) => all.filter((picture) => picture.group === group));
}

/** The screenshots of an attempt. */
export function screenshots({ pieces }: Pick<TaskEvidence, 'pieces'>, attempt: number): EvidenceDetails[] {
  return pieces.filter((piece) => piece.attempt === attempt && piece.evidence.kind === 'screenshot');
}

function withBaseline(proof: TaskEvidence, { attempt, evidence, comparison }: EvidenceDetails): Picture {
  const picture: Picture = { ...named(evidence), group: groupOf(comparison), right: sideOf(attempt, evidence), evidence };
  if (!comparison) return picture;
  picture.comparison = comparison;
  if (comparison.baseline === undefined) return picture;
  const now = proof.baselines[picture.label];
  const baseline = now?.sha256 === comparison.baseline && comparison.state !== 'new' && !isOwn(evidence, now) ? now : undefined;
  return { ...picture, left: { sha256: comparison.baseline, source: 'baseline', baseline } };
}

/** True when the baseline there is by now is this very picture, so it is not what the picture was compared with. */
function isOwn(evidence: Evidence, baseline: Baseline): boolean {
  return evidence.baseline !== undefined && evidence.sha256 === baseline.sha256 && evidence.comparison?.state !== 'equal';
}

function withAttempt(proof: TaskEvidence, { attempt, evidence }: EvidenceDetails, against: number): Picture {
  const label = evidenceLabel(evidence);
  const other = screenshots(proof, against).findLast((piece) => evidenceLabel(piece.evidence) === label);
  const group = !other ? 'new' : other.evidence.sha256 === evidence.sha256 ? 'unchanged' : 'changed';
  const picture: Picture = { ...named(evidence), group, right: sideOf(attempt, evidence), evidence };
  return other ? { ...picture, left: sideOf(against, other.evidence) } : picture;
}

function missing(proof: TaskEvidence, labels: ReadonlySet<string>, against: Against): Picture[] {
  const others: [string, Side][] =
    against === 'baseline'
      ? Object.entries(proof.baselines).map(([label, baseline]) => [label, { sha256: baseline.sha256, source: 'baseline', baseline }])
      : screenshots(proof, against).map(({ evidence }) => [evidenceLabel(evidence), sideOf(against, evidence)]);
  return [...new Map(others)].flatMap(([label, left]): Picture[] =>
    labels.has(label) ? [] : [{ key: `removed:${label}`, label, ...parts(label), group: 'removed', left }],
  );
}

function groupOf(comparison: Comparison | undefined): Group {
  if (!comparison) return 'waiting';
  return ({ changed: 'changed', new: 'new', equal: 'unchanged', unreadable: 'failed' } as const)[comparison.state];
}

function sideOf(attempt: number, { sha256, addedAt }: Evidence): Side {
  return { sha256, source: 'attempt', attempt, addedAt };
}

function named(evidence: Evidence): Pick<Picture, 'key' | 'label' | 'name' | 'viewport'> {
  return { key: evidence.id, label: evidenceLabel(evidence), ...parts(evidenceLabel(evidence)) };
}

function parts(label: string): { name: string; viewport?: string } {
  const [, name, viewport] = /^(.+)@(\d+x\d+)$/.exec(label) ?? [];
  return name !== undefined && viewport !== undefined ? { name, viewport } : { name: label };
}
