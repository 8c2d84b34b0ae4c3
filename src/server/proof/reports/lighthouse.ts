import type { Severity } from '../../domain/finding';
import { number, object, objects, string, type JsonObject } from './json';
import type { ReadReport } from '../../domain/ports';
import { ReportDraft, type Category } from './report';

/** Where a Lighthouse category stands with us. */
const CATEGORIES: Readonly<Record<string, { category: Category; name: string }>> = {
  performance: { category: 'performance', name: 'score' },
  accessibility: { category: 'accessibility', name: 'score' },
  'best-practices': { category: 'quality', name: 'best-practices' },
  seo: { category: 'quality', name: 'seo' },
};
/** Audits with a number of their own: https://developer.chrome.com/docs/lighthouse/performance/performance-scoring */
const MEASURES: Readonly<Record<string, string>> = {
  'first-contentful-paint': 'fcp',
  'largest-contentful-paint': 'lcp',
  'total-blocking-time': 'tbt',
  'cumulative-layout-shift': 'cls',
  'speed-index': 'speed-index',
};
/** The score from which an audit is green: https://developer.chrome.com/docs/lighthouse/performance/performance-scoring#color-coding */
const GREEN = 0.9;
const ORANGE = 0.5;
/** The weight of an accessibility audit of serious or critical impact. */
const SERIOUS = 7;

/**
 * Reads a Lighthouse result: category scores 0..100, paint and blocking times in ms, layout shift, and audits that are not green.
 * Format: https://github.com/GoogleChrome/lighthouse/blob/main/docs/understanding-results.md
 * @returns undefined when `value` is something else. A run that failed has no metrics and says why as a finding.
 */
export function readLighthouse(value: unknown, root?: string): ReadReport | undefined {
  const result = object(value);
  const [categories, audits] = [object(result?.categories), object(result?.audits)];
  if (!result || typeof result.lighthouseVersion !== 'string' || !categories || !audits) return undefined;
  const draft = new ReportDraft('Lighthouse', root);
  const failure = object(result.runtimeError);
  if (failure && failure.code !== 'NO_ERROR') {
    draft.find('error', () => ({ category: 'performance', rule: string(failure.code), message: string(failure.message) }));
    return draft.done();
  }
  for (const [id, { category, name }] of Object.entries(CATEGORIES)) {
    const part = object(categories[id]);
    if (!part) continue;
    // A category without a score was not measured. 1e999 is no number, but a claim all the same.
    if (typeof part.score === 'number') draft.score(category, name, Math.round(part.score * 100));
    for (const ref of objects(part.auditRefs)) addAudit(draft, category, object(audits[string(ref.id) ?? '']), number(ref.weight) ?? 0);
  }
  for (const [id, name] of Object.entries(MEASURES)) {
    const audit = object(audits[id]);
    draft.measure('performance', name, number(audit?.numericValue), audit?.numericUnit === 'millisecond' ? 'ms' : undefined);
  }
  return draft.done();
}

function addAudit(draft: ReportDraft, category: Category, audit: JsonObject | undefined, weight: number): void {
  const score = number(audit?.score);
  if (!audit || score === undefined || score >= GREEN) return;
  const [title, shown] = [string(audit.title) ?? '', string(audit.displayValue)];
  draft.find(severityOf(category, score, weight), () => ({
    category,
    rule: string(audit.id),
    message: shown ? `${title}: ${shown}` : title,
    helpUrl: /\]\((https:\/\/[^)\s]{1,500})\)/.exec((string(audit.description) ?? '').slice(0, 5000))?.[1],
  }));
}

function severityOf(category: Category, score: number, weight: number): Severity {
  if (category === 'performance') return score < ORANGE ? 'warning' : 'info';
  return category === 'accessibility' && weight >= SERIOUS ? 'error' : 'warning';
}
