import { z } from 'zod';
import type { Evidence } from './evidence';

const METRIC = /^metric:([a-z0-9][a-z0-9_-]*)(?:\.([a-z0-9][a-z0-9._-]*))?(>=|<=)(-?\d+(?:\.\d+)?)$/i;
const SCREENSHOT = /^screenshot(?::([\w.@-]{1,120}))?$/;

/** The grammar of a requirement, as shown to people. */
export const REQUIREMENT_GRAMMAR = 'signoff, patch, tests:pass, screenshot[:name], metric:category[.name](>=|<=)N';

const Parsed = z.discriminatedUnion('type', [
  z.object({ type: z.literal('signoff') }),
  z.object({ type: z.literal('patch') }),
  z.object({ type: z.literal('tests') }),
  z.object({ type: z.literal('screenshot'), name: z.string().optional() }),
  z.object({
    type: z.literal('metric'),
    category: z.string(),
    name: z.string().optional(),
    compare: z.enum(['>=', '<=']),
    value: z.number(),
  }),
]);

/** Proof that a task asks for. Strings exist at doors only. */
export type Requirement = z.infer<typeof Parsed>;

/** Reads one requirement. @returns undefined when it does not follow the grammar. */
export function parseRequirement(text: string): Requirement | undefined {
  if (text === 'signoff' || text === 'patch') return { type: text };
  if (text === 'tests:pass') return { type: 'tests' };
  const screenshot = SCREENSHOT.exec(text);
  if (screenshot) return screenshot[1] ? { type: 'screenshot', name: screenshot[1] } : { type: 'screenshot' };
  const metric = METRIC.exec(text);
  if (!metric?.[1] || !metric[3]) return undefined;
  const compare = metric[3] === '>=' ? '>=' : '<=';
  return { type: 'metric', category: metric[1], ...(metric[2] ? { name: metric[2] } : {}), compare, value: Number(metric[4]) };
}

/** A requirement as people and programs write it, or already read. */
export const Requirement = z.union([
  Parsed,
  z.string().transform((text, context): Requirement => {
    const requirement = parseRequirement(text.trim());
    if (requirement) return requirement;
    const message = text.startsWith('diff')
      ? 'pictures cannot be compared with a baseline in this version; ask for a screenshot and signoff'
      : `"${text.slice(0, 60)}" is not a requirement; use ${REQUIREMENT_GRAMMAR}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }),
]);

/** A requirement in the words of the grammar. */
export function requirementText(requirement: Requirement): string {
  switch (requirement.type) {
    case 'signoff':
    case 'patch':
      return requirement.type;
    case 'tests':
      return 'tests:pass';
    case 'screenshot':
      return requirement.name ? `screenshot:${requirement.name}` : 'screenshot';
    case 'metric':
      return `metric:${requirement.category}${requirement.name ? `.${requirement.name}` : ''}${requirement.compare}${requirement.value}`;
  }
}

/** Why `evidence` does not meet the requirement, or undefined when it does. `signoff` is a person's and always met here. */
export function unmet(requirement: Requirement, evidence: readonly Evidence[]): string | undefined {
  switch (requirement.type) {
    case 'signoff':
      return undefined;
    case 'patch':
      return evidence.some((item) => item.kind === 'patch') ? undefined : 'patch is missing';
    case 'screenshot': {
      const { name } = requirement;
      const found = evidence.some((item) => item.kind === 'screenshot' && (!name || item.name === name || label(item) === name));
      return found ? undefined : `${requirementText(requirement)} is missing`;
    }
    case 'tests':
      return unmetTests(evidence);
    case 'metric':
      return unmetMetric(requirement, evidence);
  }
}

function label(item: Evidence): string {
  return item.viewport ? `${item.name}@${item.viewport.width}x${item.viewport.height}` : item.name;
}

function unmetTests(evidence: readonly Evidence[]): string | undefined {
  const last = lastMetrics(evidence, 'tests');
  const failed = last.get('failed');
  if (failed === undefined || !last.has('passed')) return 'test results are missing';
  if (last.get('passed') === 0) return 'no test ran';
  return failed === 0 ? undefined : `${failed} ${failed === 1 ? 'test is' : 'tests are'} red`;
}

function unmetMetric(requirement: Extract<Requirement, { type: 'metric' }>, evidence: readonly Evidence[]): string | undefined {
  const values = lastMetrics(evidence, requirement.category);
  const names = requirement.name ? [requirement.name] : [...values.keys()];
  if (names.length === 0 || names.some((name) => !values.has(name))) return `${requirementText(requirement)} is missing`;
  for (const name of names) {
    const value = values.get(name) ?? NaN;
    const holds = requirement.compare === '>=' ? value >= requirement.value : value <= requirement.value;
    if (!holds) return `${requirement.category}.${name} is ${value}, not ${requirement.compare} ${requirement.value}`;
  }
  return undefined;
}

/** The attempt's last value of each metric of a category. */
function lastMetrics(evidence: readonly Evidence[], category: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const item of evidence) {
    for (const metric of item.metrics ?? []) if (metric.category === category) values.set(metric.name, metric.value);
  }
  return values;
}
