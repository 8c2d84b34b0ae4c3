import * as z from 'zod';
import { ComparisonHead } from './comparison';
import type { TowerEvent } from './event';
import { line, text } from './text';

export const EvidenceKind = z.enum(['screenshot', 'image', 'metrics', 'report', 'patch', 'file', 'text']);
export type EvidenceKind = z.infer<typeof EvidenceKind>;

/** CSS viewport in CSS pixels, not the picture's size. */
export const Viewport = z.object({ width: z.int().min(1).max(20_000), height: z.int().min(1).max(20_000) });
export type Viewport = z.infer<typeof Viewport>;

/** One number of a report. Scores are 0..100, counts plain; `unit` is for people (`ms`, `bytes`). */
export const Metric = z.object({
  category: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/i),
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/i),
  value: z.number(),
  unit: line(20).optional(),
});
export type Metric = z.infer<typeof Metric>;

export const Verdict = z.enum(['unreviewed', 'accepted', 'rejected']);
export type Verdict = z.infer<typeof Verdict>;

/** What whoever hands in evidence says of it; the bytes come beside it. */
export const EvidenceHead = z.strictObject({
  kind: EvidenceKind,
  name: line(120),
  viewport: Viewport.optional(),
  metrics: z.array(Metric).max(500).optional(),
  description: text(4 * 1024).optional(),
});
export type EvidenceHead = z.infer<typeof EvidenceHead>;

/** A piece of evidence on the board; its bytes are the file named by `sha256`. */
export const Evidence = EvidenceHead.extend({
  id: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().nonnegative(),
  mime: z.string().max(100),
  addedAt: z.int(),
  verdict: Verdict.default('unreviewed'),
  /** Who gave the verdict, when (ms), and what they said. */
  judgedBy: z.string().max(120).optional(),
  judgedAt: z.int().optional(),
  note: z.string().optional(),
  /** Of a screenshot, once it has been compared. */
  comparison: ComparisonHead.optional(),
  /** The same bytes had been handed in before, so they show nothing new. */
  reused: z.boolean().optional(),
  /** What a report says is wrong: the hash of the list, and how many there are in all. */
  findings: z.object({ sha256: z.string(), total: z.int().nonnegative() }).optional(),
  /** `metrics` were read from the report itself; else they are what the agent says. */
  measured: z.boolean().optional(),
  /** An accepted picture is on its way to the workspace (`owed`), or is the baseline there (`kept`); `undo`: it is being taken back. */
  baseline: z.enum(['owed', 'kept', 'undo']).optional(),
  /** What was the baseline before, by its hash; null = there was none. */
  baselineBefore: z.string().nullable().optional(),
});
export type Evidence = z.infer<typeof Evidence>;

/** True for a picture that a person should look at. */
export function wantsReview({ kind, comparison, verdict }: Evidence): boolean {
  return kind === 'screenshot' && verdict === 'unreviewed' && comparison !== undefined && comparison.state !== 'equal';
}

/** The stored files that a piece of evidence needs. */
export function hashesOf({ sha256, comparison, baselineBefore, findings }: Evidence): string[] {
  return [sha256, comparison?.baseline, comparison?.diff, baselineBefore, findings?.sha256].filter((hash) => typeof hash === 'string');
}

/** The stored files that an event says are needed. */
export function filesOf(event: TowerEvent): string[] {
  switch (event.type) {
    case 'EvidenceAdded':
      return hashesOf(event.evidence);
    case 'EvidenceCompared':
      return [event.comparison.baseline, event.comparison.diff].filter((hash) => hash !== undefined);
    case 'BaselineRecorded':
      return typeof event.before === 'string' ? [event.before] : [];
    default:
      return [];
  }
}

/** How long the evidence files of finished tasks are kept. */
export interface Keep {
  /** After a task has ended; 0 = for ever. */
  days: number;
  /** All files together, oldest out first; 0 = no limit. */
  bytes: number;
}

/** How a picture is named everywhere: `login@1280x800`. */
export function evidenceLabel(evidence: Pick<Evidence, 'name' | 'viewport'>): string {
  return evidence.viewport ? `${evidence.name}@${evidence.viewport.width}x${evidence.viewport.height}` : evidence.name;
}
