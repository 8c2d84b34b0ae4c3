import { Severity, type Finding } from '../../server/domain/finding';
import { newFindings } from '../../server/domain/metricChange';
import type { EvidenceDetails, TaskEvidence } from '../../server/domain/query';

/** A finding and the report that says it. */
export interface PlacedFinding {
  finding: Finding;
  evidenceId: string;
  /** The last accepted run did not have it. */
  isNew: boolean;
}

/** Findings of one rule. */
export interface FindingGroup {
  key: string;
  rule: string;
  severity: Severity;
  findings: PlacedFinding[];
}

/** The findings of a category by rule, those of a run that was accepted told apart: the worst rules first, then those with the most. */
export function findingGroups(
  reports: readonly EvidenceDetails[],
  category: string,
  accepted?: TaskEvidence['accepted'],
): { groups: FindingGroup[]; shown: number; total: number } {
  const groups = new Map<string, FindingGroup>();
  let [shown, total] = [0, 0];
  const all = reports.flatMap(({ findings }) => findings?.shown ?? []);
  const fresh = new Set(accepted?.isWhole ? newFindings(all, accepted.findings) : []);
  for (const { evidence, findings } of reports) {
    const own = (findings?.shown ?? []).filter((finding) => finding.category === category);
    shown += own.length;
    // Of what a report does not show, the categories are not known; it is said only where there is one.
    const only = findings?.shown.every((finding) => finding.category === category);
    total += only ? (findings?.total ?? 0) : own.length;
    for (const finding of own) {
      const key = `${finding.severity}:${finding.rule}`;
      const group = groups.get(key) ?? { key, rule: finding.rule, severity: finding.severity, findings: [] };
      group.findings.push({ finding, evidenceId: evidence.id, isNew: fresh.has(finding) });
      groups.set(key, group);
    }
  }
  const rank = ({ severity }: FindingGroup): number => Severity.options.indexOf(severity);
  const sorted = [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.findings.length - a.findings.length);
  return { groups: sorted, shown, total };
}

/** `login.html:41`; undefined when the report names no place. */
export function placeText({ file, line }: Finding): string | undefined {
  return file === undefined ? undefined : `${file}${line === undefined ? '' : `:${line}`}`;
}
