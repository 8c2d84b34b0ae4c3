import { z } from 'zod';
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
});
export type Evidence = z.infer<typeof Evidence>;

/** How a picture is named everywhere: `login@1280x800`. */
export function evidenceLabel(evidence: Pick<Evidence, 'name' | 'viewport'>): string {
  return evidence.viewport ? `${evidence.name}@${evidence.viewport.width}x${evidence.viewport.height}` : evidence.name;
}
