import { HumanError } from '../../base/errors';
import type { Severity } from '../../domain/finding';
import { cleanLine } from '../../domain/text';
import { object, objects, string, type JsonObject } from './json';
import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';
import { locationOf, messageOf, SarifRules } from './sarifParts';

/** Kinds of results that say nothing is wrong (§3.27.9). */
const FINE = ['pass', 'notApplicable'];
/** `none` is what has no level: kinds such as `review` and `open` (§3.27.10). */
const SEVERITY: Readonly<Record<string, Severity>> = { error: 'error', warning: 'warning', note: 'info', none: 'info' };

/**
 * Reads SARIF 2.1.0. Left out: suppressed results, results that are gone against the tool's own baseline, and passes.
 * A tool that says that it did not finish is an error too, else a crash would look clean.
 * Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @returns undefined when `value` is something else. @throws {HumanError} for another version.
 */
export function readSarif(value: unknown, root?: string): ReadReport | undefined {
  const log = object(value);
  if (!log || !Array.isArray(log.runs) || typeof log.version !== 'string') return undefined;
  if (!/^2\.1\./.test(log.version)) {
    if (!string(log.$schema)?.includes('sarif')) return undefined;
    const version = cleanLine(log.version.slice(0, 20));
    throw new HumanError(`This SARIF report has version ${version}; only 2.1.0 is read. Let the tool write SARIF 2.1.0.`);
  }
  const draft = new ReportDraft('SARIF', root);
  const counts: Record<Severity, number> = { error: 0, warning: 0, info: 0 };
  for (const run of objects(log.runs)) {
    const rules = new SarifRules(run);
    for (const result of objects(run.results)) {
      if (!isFinding(result)) continue;
      const rule = rules.of(result);
      const severity = severityOf(result, rule.about);
      counts[severity]++;
      draft.find(severity, () => ({
        category: 'quality',
        rule: rule.id,
        message: messageOf(result, rule.about),
        ...locationOf(run, result, root),
        helpUrl: string(rule.about?.helpUri),
      }));
    }
    if (objects(run.invocations).some(({ executionSuccessful }) => executionSuccessful === false)) {
      counts.error++;
      const name = string(object(object(run.tool)?.driver)?.name) ?? 'The tool';
      draft.find('error', () => ({ category: 'quality', rule: 'tool-failed', message: `${name} says that it did not finish.` }));
    }
  }
  return draft
    .count('quality', 'errors', counts.error)
    .count('quality', 'warnings', counts.warning)
    .count('quality', 'notes', counts.info)
    .done();
}

function isFinding(result: JsonObject): boolean {
  return result.baselineState !== 'absent' && !FINE.includes(string(result.kind) ?? '') && !isSuppressed(result);
}

/** A suppression still under review, or rejected, suppresses nothing (§3.27.23). */
function isSuppressed(result: JsonObject): boolean {
  const suppressions = objects(result.suppressions);
  return suppressions.length > 0 && suppressions.every(({ status }) => status === undefined || status === 'accepted');
}

/** The result's own level, else its rule's, else `warning` (§3.27.10). */
function severityOf(result: JsonObject, about: JsonObject | undefined): Severity {
  const own = severityOfLevel(result.level);
  if (own) return own;
  if (result.kind !== undefined && result.kind !== 'fail') return 'info';
  return severityOfLevel(object(about?.defaultConfiguration)?.level) ?? 'warning';
}

function severityOfLevel(level: unknown): Severity | undefined {
  return typeof level === 'string' && Object.hasOwn(SEVERITY, level) ? SEVERITY[level] : undefined;
}
