import type { Metric } from '../../server/domain/evidence';
import { bytes } from '../../server/domain/format';

/** Which way of a metric is better, by the first part of its name. */
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

/** A change against the last accepted run, in words: `+4 better`, `-12 worse`, `first run`, `no change`. */
export interface Change {
  text: string;
  /** Absent when it is not known which way is better, or nothing changed. */
  better?: boolean;
}

export function changeOf(metric: Metric, before: number | undefined): Change {
  if (before === undefined) return { text: 'first run' };
  const delta = Number((metric.value - before).toFixed(3));
  if (delta === 0) return { text: 'no change' };
  const unit = metric.unit && metric.unit !== '%' ? ` ${metric.unit}` : '';
  const text = `${delta > 0 ? '+' : '\u2212'}${metric.unit === 'bytes' ? bytes(Math.abs(delta)) : `${Math.abs(delta)}${unit}`}`;
  const direction = directionOf(metric);
  if (direction === 0) return { text };
  const better = Math.sign(delta) === direction;
  return { text: `${text} ${better ? 'better' : 'worse'}`, better };
}

/** 1 when more is better, -1 when less is, 0 when that is not known. */
function directionOf({ category, name, unit = '' }: Metric): 1 | -1 | 0 {
  const [head = ''] = name.split('.');
  if (category === 'coverage' || UP.includes(head)) return 1;
  return DOWN.includes(head) || DOWN_UNITS.includes(unit) ? -1 : 0;
}
