import type { Severity } from '../../domain/finding';
import { shorten } from '../../domain/text';
import { object, objects, string, type JsonObject } from './json';
import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';

const IMPACTS = ['critical', 'serious', 'moderate', 'minor'] as const;
type Impact = (typeof IMPACTS)[number];

const MAX_HELP = 500;

/** What one broken rule costs: the weights of https://developer.chrome.com/docs/lighthouse/accessibility/scoring */
const COST: Record<Impact, number> = { critical: 10, serious: 7, moderate: 3, minor: 1 };
const SEVERITY: Record<Impact, Severity> = { critical: 'error', serious: 'error', moderate: 'warning', minor: 'info' };

/**
 * Reads the results of axe-core, of one page or an array of pages.
 * `score` is 100 less the cost of every broken rule by its impact, however many elements break it, and never below 0; of several
 * pages the worst. The counts are elements that break a rule, by impact, and `incomplete`: elements that a person has to look at.
 * Format: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#results-object
 * @returns undefined when `value` is something else. No metrics when no rule ran: that is not a perfect page.
 */
export function readAxe(value: unknown, root?: string): ReadReport | undefined {
  const pages = Array.isArray(value) ? (value as unknown[]) : [value];
  if (pages.length === 0 || !pages.every(isPage)) return undefined;
  const draft = new ReportDraft('axe-core', root);
  const elements: Record<Impact | 'incomplete', number> = { critical: 0, serious: 0, moderate: 0, minor: 0, incomplete: 0 };
  const scores: number[] = [];
  for (const page of objects(pages)) {
    const [violations, incomplete] = [objects(page.violations), objects(page.incomplete)];
    let cost = 0;
    for (const rule of violations) {
      const impact = impactOf(rule);
      cost += COST[impact];
      elements[impact] += elementsOf(rule).length;
      addFindings(draft, page, rule, SEVERITY[impact]);
    }
    for (const rule of incomplete) {
      elements.incomplete += elementsOf(rule).length;
      addFindings(draft, page, rule, 'info', 'To check by hand: ');
    }
    if (violations.length + incomplete.length + objects(page.passes).length > 0) scores.push(Math.max(0, 100 - cost));
  }
  if (scores.length < pages.length) return draft.done();
  draft.score(
    'accessibility',
    'score',
    scores.reduce((a, b) => Math.min(a, b)),
  );
  for (const name of [...IMPACTS, 'incomplete' as const]) draft.count('accessibility', name, elements[name]);
  return draft.done();
}

function isPage(value: unknown): boolean {
  const page = object(value);
  const listed = page && (object(page.testEngine) !== undefined || Array.isArray(page.passes));
  return listed === true && Array.isArray(page?.violations) && page.violations.every((rule) => typeof object(rule)?.id === 'string');
}

/** A rule without impact counts as the least. */
function impactOf(rule: JsonObject): Impact {
  return IMPACTS.find((impact) => impact === rule.impact) ?? 'minor';
}

/** A broken rule breaks somewhere, also when its elements were left out of the report. */
function elementsOf(rule: JsonObject): JsonObject[] {
  const nodes = objects(rule.nodes);
  return nodes.length > 0 ? nodes : [{}];
}

function addFindings(draft: ReportDraft, page: JsonObject, rule: JsonObject, severity: Severity, prefix = ''): void {
  const help = shorten(string(rule.help) ?? string(rule.description) ?? '', MAX_HELP);
  for (const node of elementsOf(rule)) {
    draft.find(severity, () => {
      const target = selector(node.target);
      return {
        category: 'accessibility',
        rule: string(rule.id),
        message: `${prefix}${help}${target ? `: ${target}` : ''}`,
        file: fileOf(page),
        helpUrl: string(rule.helpUrl),
      };
    });
  }
}

/** Only a page opened as a file has one. */
function fileOf(page: JsonObject): string | undefined {
  const url = string(page.url);
  return url?.startsWith('file:') ? url : undefined;
}

/** A selector a frame, outermost first; in shadow trees an array of them. */
function selector(target: unknown): string {
  return Array.isArray(target)
    ? target
        .flat(1)
        .filter((part) => typeof part === 'string')
        .slice(0, 10)
        .join(' ')
    : '';
}
