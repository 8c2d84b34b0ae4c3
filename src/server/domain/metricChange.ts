import * as l10n from '@vscode/l10n';
import type { Metric } from './evidence';
import type { Finding } from './finding';
import { bytes, count } from './format';

/** Which way of a metric is better, by the first part of its name: `score.index.1280x800` is a `score`. */
const UP = ['score', 'best-practices', 'seo', 'passed'];
const DOWN = [
  'errors',
  'warnings',
  'notes',
  'failed',
  'critical',
  'serious',
  'moderate',
  'minor',
  'cls',
  'fixable-errors',
  'fixable-warnings',
];
const DOWN_UNITS = ['ms', 'bytes'];
/** Decimals beyond these are noise of the machine. */
const DIGITS = 3;

/** What a run says, as far as it is compared. */
export interface Run {
  metrics: readonly Metric[];
  findings: readonly Finding[];
}

/** A metric beside its value in the last accepted run. */
export interface MetricChange extends Metric {
  before?: number;
  delta?: number;
  /** Absent when nothing changed, there is nothing to compare with, or it is not known which way is better. */
  better?: boolean;
  /** Tests that were not red before; absent when there is none. */
  newlyRed?: number;
  /** In words: `+4 better`, `-12 worse`, `3 newly red`, `first run`, `no change`. */
  text: string;
}

/** What has changed against the last accepted run, if there is one. A metric told several times counts by its last value. */
export function changesOf(run: Run, accepted?: Run): MetricChange[] {
  const before = accepted && lastValues(accepted.metrics);
  const [red, redBefore] = [testsOf(run), accepted && testsOf(accepted)];
  return [...lastValues(run.metrics)].map(([key, metric]) => {
    const old = before?.get(key)?.value;
    if (old === undefined) return { ...metric, text: l10n.t('first run') };
    const delta = round(metric.value - old);
    const direction = directionOf(metric);
    const better = delta === 0 || direction === 0 ? undefined : Math.sign(delta) === direction;
    const newlyRed = metric.category === 'tests' && metric.name === 'failed' ? newlyRedOf(metric.value, old, red, redBefore ?? []) : 0;
    const text = newlyRed > 0 ? l10n.t('{0} newly red', count(newlyRed)) : changeText(metric, delta, better);
    return { ...metric, before: old, delta, ...(better === undefined ? {} : { better }), ...(newlyRed > 0 ? { newlyRed } : {}), text };
  });
}

/** The findings that were not there before. Lines move and numbers in messages vary, so neither tells two findings apart. */
export function newFindings(findings: readonly Finding[], before: readonly Finding[]): Finding[] {
  const known = new Map<string, number>();
  for (const finding of before) known.set(keyOf(finding), (known.get(keyOf(finding)) ?? 0) + 1);
  return findings.filter((finding) => {
    const left = known.get(keyOf(finding)) ?? 0;
    known.set(keyOf(finding), left - 1);
    return left <= 0;
  });
}

function keyOf({ category, rule, file = '', message }: Finding): string {
  return JSON.stringify([category, rule, file, message.replace(/\d+/g, '0')]);
}

function lastValues(metrics: readonly Metric[]): Map<string, Metric> {
  return new Map(metrics.map((metric) => [`${metric.category}.${metric.name}`, metric]));
}

/** 1 when more is better, -1 when less is, 0 when that is not known. */
function directionOf({ category, name, unit = '' }: Metric): 1 | -1 | 0 {
  const [head = ''] = name.split('.');
  if (category === 'coverage' || UP.includes(head)) return 1;
  return DOWN.includes(head) || DOWN_UNITS.includes(unit) ? -1 : 0;
}

function testsOf({ findings }: Run): Finding[] {
  return findings.filter(({ category }) => category === 'tests');
}

/** A test that broke is news, also when another was mended meanwhile; told by name only where every red test was named. */
function newlyRedOf(failed: number, before: number, red: Finding[], redBefore: Finding[]): number {
  const named = redBefore.length >= before ? newFindings(red, redBefore).length : 0;
  return Math.min(failed, Math.max(failed - before, named));
}

function changeText({ unit }: Metric, delta: number, better: boolean | undefined): string {
  if (delta === 0) return l10n.t('no change');
  const size = unit === 'bytes' ? bytes(Math.abs(delta)) : `${Math.abs(delta)}${unit && unit !== '%' ? ` ${unit}` : ''}`;
  const amount = `${delta > 0 ? '+' : '-'}${size}`;
  if (better === undefined) return amount;
  return better ? l10n.t('{0} better', amount) : l10n.t('{0} worse', amount);
}

function round(value: number): number {
  return Number(value.toFixed(DIGITS));
}
