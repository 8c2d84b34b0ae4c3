import * as l10n from '@vscode/l10n';
import type { Metric } from '../../server/domain/evidence';
import { bytes, counted, duration } from '../../server/domain/format';
import type { EvidenceDetails, TaskEvidence } from '../../server/domain/query';
import type { Requirement } from '../../server/domain/requirement';
import { changesOf, type MetricChange } from '../../server/domain/metricChange';
import { word } from '../../server/domain/words';

/** A line of the metrics table. */
export interface MetricRow {
  /** `category.name`. */
  key: string;
  category: string;
  title: string;
  /** The first of its category: it stands for all of it. */
  isMain: boolean;
  value: string;
  change: Pick<MetricChange, 'text' | 'better'>;
  /** `>= 90`, `pass`; undefined = there is none. */
  limit?: string;
  state: 'met' | 'failed' | 'none';
  /** The last values, oldest first. */
  trend: readonly number[];
  /** The agent says so; no report was read. */
  isClaimed: boolean;
}

/** The metrics of an attempt by category, each with its change, limit and state. A metric told several times counts by its last value. */
export function metricRows(proof: TaskEvidence, reports: readonly EvidenceDetails[]): MetricRow[] {
  const last = new Map<string, { metric: Metric; isClaimed: boolean }>();
  for (const { evidence } of reports)
    for (const metric of evidence.metrics ?? []) last.set(keyOf(metric), { metric, isClaimed: evidence.measured !== true });
  const findings = reports.flatMap(({ findings }) => findings?.shown ?? []);
  const run = { metrics: [...last.values()].map(({ metric }) => metric), findings };
  const changes = new Map(changesOf(run, proof.accepted).map((change) => [keyOf(change), change]));
  const categories = [...new Set([...last.values()].map(({ metric }) => metric.category))];
  return categories.flatMap((category) => {
    const own = [...last.values()].filter(({ metric }) => metric.category === category);
    const main = own.find(({ metric }) => metric.name === 'score' || (category === 'tests' && metric.name === 'passed')) ?? own[0];
    const ordered = main ? [main, ...own.filter((one) => one !== main)] : own;
    return ordered.map((one): MetricRow =>
      rowOf(
        proof,
        one.metric,
        one.isClaimed,
        own.map(({ metric }) => metric),
        one === main,
        changes,
      ),
    );
  });
}

function rowOf(
  proof: TaskEvidence,
  metric: Metric,
  isClaimed: boolean,
  all: readonly Metric[],
  isMain: boolean,
  changes: Changes,
): MetricRow {
  const { category, name } = metric;
  const title = isMain ? titleOf(category, name) : words(name);
  const base = { key: keyOf(metric), category, title, isMain, isClaimed, trend: (proof.trend[keyOf(metric)] ?? []).slice(-10) };
  const limits = proof.task.requires.filter((requirement) => isLimit(requirement, metric, all, isMain));
  const state = limits.length === 0 ? 'none' : limits.every((limit) => holds(limit, metric, all)) ? 'met' : 'failed';
  const limit = limits.length === 0 ? {} : { limit: limits.map(limitText).join(', ') };
  return { ...base, value: valueOf(metric, all, isMain), change: changeIn(changes, metric, isMain), state, ...limit };
}

type Changes = ReadonlyMap<string, MetricChange>;

/** Tests are told as one line: how many of all are green, and what has turned red. */
function changeIn(changes: Changes, metric: Metric, isMain: boolean): MetricRow['change'] {
  const own = changes.get(keyOf(metric)) ?? { text: '' };
  const failed = isMain && metric.category === 'tests' ? changes.get('tests.failed') : undefined;
  if (!failed?.delta) return failed?.newlyRed ? failed : own;
  return failed.delta > 0 ? failed : { text: l10n.t('{0} green again', -failed.delta), better: true };
}

function valueOf(metric: Metric, all: readonly Metric[], isMain: boolean): string {
  const failed = valueNamed(all, 'failed');
  if (isMain && metric.category === 'tests' && failed !== undefined) return `${metric.value}/${metric.value + failed}`;
  if (metric.unit === 'ms') return duration(metric.value);
  if (metric.unit === 'bytes') return bytes(metric.value);
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: 3 }).format(metric.value);
  return metric.unit === '%' ? `${number}%` : `${number}${metric.unit ? ` ${metric.unit}` : ''}`;
}

function isLimit(requirement: Requirement, { category, name }: Metric, all: readonly Metric[], isMain: boolean): boolean {
  if (requirement.type === 'tests') return category === 'tests' && isMain;
  if (requirement.type !== 'metric' || requirement.category !== category) return false;
  if (requirement.name !== undefined) return requirement.name === name;
  return name === 'score' || valueNamed(all, 'score') === undefined;
}

function holds(requirement: Requirement, { value }: Metric, all: readonly Metric[]): boolean {
  if (requirement.type === 'tests') return value > 0 && valueNamed(all, 'failed') === 0;
  if (requirement.type !== 'metric') return false;
  return requirement.compare === '>=' ? value >= requirement.value : value <= requirement.value;
}

function limitText(requirement: Requirement): string {
  return requirement.type === 'metric' ? `${requirement.compare} ${requirement.value}` : l10n.t('pass');
}

function titleOf(category: string, name: string): string {
  const title = category.charAt(0).toUpperCase() + words(category.slice(1));
  return name === 'score' || category === 'tests' ? title : `${title}: ${words(name)}`;
}

function words(name: string): string {
  return name.replaceAll(/[-_]/g, ' ');
}

function valueNamed(metrics: readonly Metric[], name: string): number | undefined {
  return metrics.find((metric) => metric.name === name)?.value;
}

function keyOf({ category, name }: Metric): string {
  return `${category}.${name}`;
}

/** What a state is called: `met`, `not met`, `no limit`. */
export const STATE_WORDS: Readonly<Record<MetricRow['state'], string>> = {
  met: word('met'),
  failed: l10n.t('not met'),
  none: l10n.t('no limit'),
};

/** `3 findings of 120`. */
export function findingsTitle(shown: number, total: number): string {
  return shown === total
    ? counted(total, l10n.t('{0} finding'), l10n.t('{0} findings'))
    : l10n.t('{0}, the worst {1} shown', counted(total, l10n.t('{0} finding'), l10n.t('{0} findings')), shown);
}
