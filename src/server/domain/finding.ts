import * as z from 'zod';
import { Metric } from './evidence';
import { cleanText, line } from './text';

/** How bad a finding is; the order is from worst to least. */
export const Severity = z.enum(['error', 'warning', 'info']);
export type Severity = z.infer<typeof Severity>;

/** A path below some root, with `/`; it cannot lead out of the root. */
const ContainedPath = z
  .string()
  .min(1)
  .max(1000)
  .refine(
    (path) => !/^\/|^[a-z]:|\\/i.test(path) && !path.split('/').includes('..') && cleanText(path) === path,
    'must stay below its root',
  );

/** One thing that a report says is wrong, and where. Lines and columns count from 1. */
export const Finding = z.object({
  category: Metric.shape.category,
  severity: Severity,
  rule: line(200),
  message: line(1000),
  file: ContainedPath.optional(),
  line: z.int().min(1).max(100_000_000).optional(),
  column: z.int().min(1).max(100_000_000).optional(),
  helpUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
});
export type Finding = z.infer<typeof Finding>;
