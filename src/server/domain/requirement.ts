import * as l10n from '@vscode/l10n';
import * as z from 'zod';
import { evidenceLabel, type Evidence } from './evidence';

const METRIC = /^metric:([a-z0-9][a-z0-9_-]*)(?:\.([a-z0-9][a-z0-9._-]*))?(>=|<=)(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/i;
const SCREENSHOT = /^screenshot(?::([\w.@-]{1,120}))?$/;
const DIFF = /^diff(?::([\w.@-]{1,120}))?<=(\d{1,3}(?:\.\d{1,4})?)%$/;

/** The grammar of a requirement, as shown to people. */
export const REQUIREMENT_GRAMMAR = 'signoff, patch, tests:pass, screenshot[:name], diff[:name]<=N%, metric:category[.name](>=|<=)N';

/** The same for a JSON schema, which knows no flags. */
export const REQUIREMENT_PATTERN = `^(signoff|patch|tests:pass)$|${[SCREENSHOT, DIFF, METRIC].map(({ source }) => source.replaceAll('a-z', 'a-zA-Z')).join('|')}`;

const Parsed = z.discriminatedUnion('type', [
  z.object({ type: z.literal('signoff') }),
  z.object({ type: z.literal('patch') }),
  z.object({ type: z.literal('tests') }),
  z.object({ type: z.literal('screenshot'), name: z.string().optional() }),
  /** At most this share of the pixels has changed since the baseline, percent. */
  z.object({ type: z.literal('diff'), name: z.string().optional(), percent: z.number().min(0).max(100) }),
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
  const diff = DIFF.exec(text);
  if (diff?.[2] && Number(diff[2]) <= 100) return { type: 'diff', ...(diff[1] ? { name: diff[1] } : {}), percent: Number(diff[2]) };
  const metric = METRIC.exec(text);
  const value = Number(metric?.[4]);
  // A number may be too large to be one.
  if (!metric?.[1] || !metric[3] || !Number.isFinite(value)) return undefined;
  const compare = metric[3] === '>=' ? '>=' : '<=';
  return { type: 'metric', category: metric[1], ...(metric[2] ? { name: metric[2] } : {}), compare, value };
}

/** A requirement as people and programs write it, or already read. */
export const Requirement = z.union([
  Parsed,
  z.string().transform((text, context): Requirement => {
    const requirement = parseRequirement(text.trim());
    if (requirement) return requirement;
    const message = `"${text.slice(0, 60)}" is not a requirement; use ${REQUIREMENT_GRAMMAR}`;
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
    case 'diff':
      return `diff${requirement.name ? `:${requirement.name}` : ''}<=${requirement.percent}%`;
    case 'metric':
      return `metric:${requirement.category}${requirement.name ? `.${requirement.name}` : ''}${requirement.compare}${requirement.value}`;
  }
}

/** How a requirement stands: `review` = only a person can say. `reason` is for people, and absent when it is met. */
export interface Check {
  requirement: Requirement;
  state: 'met' | 'missing' | 'failed' | 'review';
  reason?: string;
}
type Verdict = Omit<Check, 'requirement'>;

const MET: Verdict = { state: 'met' };

/** Holds what an attempt has handed in against what its task requires. */
export function checkRequirements(requirements: readonly Requirement[], evidence: readonly Evidence[]): Check[] {
  return requirements.map((requirement) => ({ requirement, ...check(requirement, evidence) }));
}

function check(requirement: Requirement, evidence: readonly Evidence[]): Verdict {
  switch (requirement.type) {
    case 'signoff':
      return { state: 'review', reason: l10n.t('your sign-off') };
    case 'patch':
      return evidence.some((item) => item.kind === 'patch' && item.bytes > 0)
        ? MET
        : { state: 'missing', reason: l10n.t('patch is missing') };
    case 'screenshot':
      return checkScreenshot(requirement, picturesOf(requirement, evidence));
    case 'diff':
      return checkDiff(requirement, picturesOf(requirement, evidence));
    case 'tests':
      return checkTests(evidence);
    case 'metric':
      return checkMetric(requirement, evidence);
  }
}

/** The last picture of each name that a requirement is about. */
function picturesOf({ name }: { name?: string | undefined }, evidence: readonly Evidence[]): Evidence[] {
  const last = new Map<string, Evidence>();
  for (const item of evidence) {
    if (item.kind === 'screenshot' && (!name || item.name === name || evidenceLabel(item) === name)) last.set(evidenceLabel(item), item);
  }
  return [...last.values()];
}

function checkScreenshot(requirement: Requirement, pictures: readonly Evidence[]): Verdict {
  const first = pictures[0];
  if (!first) return { state: 'missing', reason: l10n.t('{0} is missing', requirementText(requirement)) };
  const readable = pictures.filter(({ comparison }) => comparison?.state !== 'unreadable');
  if (readable.length === 0) return { state: 'failed', reason: unreadable(first) };
  if (readable.some(({ reused, comparison }) => !reused && !comparison?.sameBytes)) return MET;
  // Whoever hands in a file that was there already may not have looked at the page at all.
  const why = first.comparison?.sameBytes ? l10n.t('it is the baseline, byte for byte') : l10n.t('the same file was handed in before');
  return { state: 'review', reason: l10n.t('{0} shows nothing new: {1}', evidenceLabel(first), why) };
}

function checkDiff(requirement: Extract<Requirement, { type: 'diff' }>, pictures: readonly Evidence[]): Verdict {
  if (pictures.length === 0) return { state: 'missing', reason: l10n.t('no picture for {0}', requirementText(requirement)) };
  const broken = pictures.find(({ comparison }) => comparison?.state === 'unreadable');
  if (broken) return { state: 'failed', reason: unreadable(broken) };
  const worst = pictures.reduce((a, b) => ((b.comparison?.ratio ?? 0) > (a.comparison?.ratio ?? 0) ? b : a));
  const percent = (worst.comparison?.ratio ?? 0) * 100;
  if (percent > requirement.percent)
    return {
      state: 'failed',
      reason: l10n.t('{0} changed {1}, more than {2}%', evidenceLabel(worst), percentText(percent), requirement.percent),
    };
  const fresh = pictures.find(({ comparison }) => comparison?.state === 'new');
  return fresh ? { state: 'review', reason: l10n.t('{0} has no baseline yet', evidenceLabel(fresh)) } : MET;
}

function unreadable(piece: Evidence): string {
  const why = piece.comparison?.message ?? l10n.t('it cannot be read');
  return l10n.t('{0} cannot be compared: {1}', evidenceLabel(piece), why);
}

/** A share in percent, so that what is above 0 never reads as 0. */
export function percentText(percent: number): string {
  if (percent === 0) return '0%';
  if (percent < 0.01) return '<0.01%';
  return `${percent < 1 ? percent.toFixed(2) : percent.toFixed(1)}%`;
}

function checkTests(evidence: readonly Evidence[]): Verdict {
  const last = lastMetrics(evidence, 'tests');
  const failed = last.get('failed');
  if (failed === undefined || !last.has('passed')) return { state: 'missing', reason: l10n.t('test results are missing') };
  if (last.get('passed') === 0) return { state: 'failed', reason: l10n.t('no test ran') };
  return failed === 0
    ? MET
    : { state: 'failed', reason: failed === 1 ? l10n.t('{0} test is red', failed) : l10n.t('{0} tests are red', failed) };
}

function checkMetric(requirement: Extract<Requirement, { type: 'metric' }>, evidence: readonly Evidence[]): Verdict {
  const values = lastMetrics(evidence, requirement.category);
  // A category that has a score is judged by it; its counts have another direction.
  const names = requirement.name ? [requirement.name] : values.has('score') ? ['score'] : [...values.keys()];
  if (names.length === 0 || names.some((name) => !values.has(name)))
    return { state: 'missing', reason: l10n.t('{0} is missing', requirementText(requirement)) };
  for (const name of names) {
    const value = values.get(name) ?? NaN;
    const holds = requirement.compare === '>=' ? value >= requirement.value : value <= requirement.value;
    if (!holds)
      return {
        state: 'failed',
        reason: l10n.t('{0}.{1} is {2}, not {3} {4}', requirement.category, name, value, requirement.compare, requirement.value),
      };
  }
  return MET;
}

/** The attempt's last value of each metric of a category. */
function lastMetrics(evidence: readonly Evidence[], category: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const item of evidence) {
    for (const metric of item.metrics ?? []) if (metric.category === category) values.set(metric.name, metric.value);
  }
  return values;
}
