import * as z from 'zod';
import { text } from './text';

const pixels = z.int().nonnegative();

/** A rectangle in pixels of a picture. */
export const Region = z.object({ x: pixels, y: pixels, width: pixels, height: pixels });
export type Region = z.infer<typeof Region>;

/** A place where pixels changed: its bounding box, and how many did. */
export const Area = Region.extend({ pixels });
export type Area = z.infer<typeof Area>;

const Size = z.object({ width: pixels, height: pixels });
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What comparing a screenshot with the baseline of its name gave. `new`: there is no baseline; `equal`: no pixel changed;
 * `unreadable`: one of the two is no picture that can be read, `message` says which and why.
 */
export const Comparison = z.object({
  state: z.enum(['new', 'equal', 'changed', 'unreadable']),
  /** Changed pixels, and their share of all that count, 0..1. */
  changed: pixels,
  ratio: z.number().min(0).max(1),
  /** In reading order, at most 200. */
  areas: z.array(Area).max(200),
  /** Of the canvas that holds both pictures. */
  width: pixels,
  height: pixels,
  sizeChanged: z.object({ from: Size, to: Size }).optional(),
  /** The two files are the same, byte for byte. */
  sameBytes: z.boolean().optional(),
  /** What did not count; clipped to the canvas. */
  ignore: z.array(Region).max(100).default([]),
  /** The baseline's bytes, and those of the diff picture: changed pixels in magenta over transparency. */
  baseline: Sha256.optional(),
  diff: Sha256.optional(),
  message: text(1024).optional(),
});
export type Comparison = z.infer<typeof Comparison>;

/** A comparison on the board: the areas are a query. */
export const ComparisonHead = Comparison.omit({ areas: true, ignore: true }).extend({ areas: z.int().nonnegative() });
export type ComparisonHead = z.infer<typeof ComparisonHead>;

/** A comparison as the board holds it. */
export function headOf({ areas, ignore: _, ...rest }: Comparison): ComparisonHead {
  return { ...rest, areas: areas.length };
}

/** An accepted picture, as the index in the workspace says it. */
export const Baseline = z.object({
  /** `login@1280x800`, or the name alone. */
  label: z.string().max(160),
  sha256: Sha256,
  acceptedBy: z.string().max(120),
  /** ISO 8601, UTC. */
  acceptedAt: z.string().max(40),
  /** The task it came from, in words, and its attempt. */
  task: z.string().max(240),
  attempt: z.int().positive(),
  /** The git commit it was made at, with `-dirty` when files were changed. */
  commit: z.string().max(60).optional(),
  /** The file beside the index. */
  file: z.string().max(200),
  /** What never counts in a comparison with it; written by hand. */
  ignore: z.array(Region).max(100).optional(),
  /** How far colours may be apart, 0..1; written by hand. */
  threshold: z.number().min(0).max(1).optional(),
});
export type Baseline = z.infer<typeof Baseline>;
