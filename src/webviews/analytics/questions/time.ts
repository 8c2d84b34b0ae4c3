import * as l10n from '@vscode/l10n';
import type { AnalyticsPeriod, DurationStats } from '../../../server/domain/analytics';
import { axisDuration, count, counted, duration, share } from '../../../server/domain/format';
import { COLOUR } from '../colours';
import type { Facts } from '../facts';
import { periodName } from '../periods';
import type { Drawing, Question } from '../question';
import { MIN_RATE, tip, trustOf } from '../sample';
import { periodX, plotHeight, seriesColour, TIP, valueY } from '../specParts';
import { spanCell, type Cell, type Table } from '../table';
import { taskSearch } from '../taskSearch';
import { timeTicks } from '../ticks';

/** How long does it take? */
export const time: Question = {
  id: 'time',
  text: l10n.t('How long does it take?'),
  title,
  views: [
    { key: 'each', text: l10n.t('Each task') },
    { key: 'sum', text: l10n.t('Waiting') },
  ],
  table,
  drawings: (facts, view) => [{ key: view, grow: 1, spec: view === 'sum' ? areas(facts) : lines(facts) }],
  note: ({ analytics }, view) =>
    view === 'each' && analytics.periods.some(({ durations: { n } }) => n > 0 && trustOf(n) !== 'full')
      ? l10n.t('Hollow: fewer than 10 tasks.')
      : undefined,
};

const LINES = [
  { key: 'p95Ms', text: 'p95', colour: COLOUR.text, dash: [4, 3] },
  { key: 'averageMs', text: l10n.t('Average'), colour: COLOUR.purple, dash: [1, 2] },
  { key: 'medianMs', text: l10n.t('Median'), colour: COLOUR.blue, dash: [1, 0] },
] as const;
const PARTS = [
  { key: 'runningMs', text: l10n.t('Running'), colour: COLOUR.blue, order: 1 },
  { key: 'waitingMs', text: l10n.t('Waiting'), colour: COLOUR.lines, order: 0 },
] as const;

function title({ analytics: { durations } }: Facts): string {
  const { n, medianMs, runningMs, waitingMs } = durations;
  if (n < MIN_RATE || medianMs === null)
    return n === 0
      ? l10n.t('No task was completed')
      : l10n.t('{0} completed, too few for a median', counted(n, l10n.t('{0} task'), l10n.t('{0} tasks')));
  const all = runningMs + waitingMs;
  const text = l10n.t('Median {0}', duration(medianMs));
  return all > 0 ? l10n.t('{0}; waiting is {1} of it', text, share(waitingMs / all)) : text;
}

function table(facts: Facts): Table {
  const number = (text: string, name: string) => ({ text, name, isNumber: true });
  const columns = [
    { text: l10n.t('Period'), name: 'period', isNumber: false },
    number(l10n.t('Completed'), 'completed'),
    number(l10n.t('Median'), 'median_ms'),
    number(l10n.t('Average'), 'average_ms'),
    number('p95', 'p95_ms'),
    number(l10n.t('Running'), 'running_ms'),
    number(l10n.t('Waiting'), 'waiting_ms'),
  ];
  const rows = facts.analytics.periods.map((period) => {
    const { from, durations } = period;
    const { n, medianMs, averageMs, p95Ms, runningMs, waitingMs } = durations;
    return {
      key: String(from),
      cells: [
        { text: periodName(facts, period), raw: new Date(from).toISOString() },
        { text: count(n), raw: n },
        ...[medianMs, averageMs, trustOf(n) === 'none' ? null : p95Ms].map(timeCell),
        ...[runningMs, waitingMs].map(spanCell),
      ],
      search: completedIn(facts, period),
      isFilled: n > 0,
    };
  });
  return { columns, rows };
}

function timeCell(ms: number | null): Cell {
  return ms === null ? { text: l10n.t('too few') } : { text: duration(ms), raw: ms };
}

/** A p95 of two tasks says nothing. */
function valueOf({ n, ...times }: DurationStats, key: (typeof LINES)[number]['key']): number | null {
  return n === 0 || (key === 'p95Ms' && trustOf(n) === 'none') ? null : times[key];
}

function lines(facts: Facts): Drawing['spec'] {
  const { periods } = facts.analytics;
  const values = periods.flatMap((period, i) =>
    LINES.map(({ key, text, colour }) => ({ ...point(facts, period), i, colour, line: text, value: valueOf(period.durations, key) })),
  );
  const most = Math.max(0, ...values.map(({ value }) => value ?? 0));
  const color = seriesColour('line', LINES);
  const strokeDash = {
    field: 'line',
    type: 'nominal',
    scale: { domain: LINES.map(({ text }) => text), range: LINES.map(({ dash }) => [...dash]) },
    legend: { symbolType: 'stroke', symbolSize: 300, symbolStrokeWidth: 2 },
  } as const;
  return {
    data: { values },
    height: plotHeight(LINES.length),
    encoding: { x: periodX(facts), y: valueY('value', timeTicks(most), axisDuration) },
    layer: [
      {
        mark: { type: 'line', invalid: 'break-paths-show-path-domains' },
        encoding: { color: { ...color, legend: strokeDash.legend }, strokeDash },
      },
      {
        data: { values: values.filter(({ value }) => value !== null) },
        mark: { type: 'point', cursor: 'pointer', strokeWidth: 1.5, size: periods.length > 40 ? 12 : 30 },
        encoding: {
          stroke: { field: 'colour', type: 'nominal', scale: null },
          fill: { condition: { test: 'datum.isFew', value: COLOUR.page }, field: 'colour', type: 'nominal', scale: null },
          tooltip: TIP,
        },
      },
    ],
  };
}

function point(facts: Facts, period: AnalyticsPeriod) {
  const { n, medianMs, averageMs, p95Ms } = period.durations;
  const median = medianMs === null ? '' : l10n.t('Median {0}, average {1}', duration(medianMs), duration(averageMs ?? medianMs));
  const slow = p95Ms === null || trustOf(n) === 'none' ? '' : `, p95 ${duration(p95Ms)}`;
  return {
    isFew: trustOf(n) !== 'full',
    tip: tip(n, `${periodName(facts, period)} (n=${n})`, `${median}${slow}`),
    search: completedIn(facts, period),
  };
}

function areas(facts: Facts): Drawing['spec'] {
  const { periods } = facts.analytics;
  const values = periods.flatMap(({ durations }, i) =>
    PARTS.map(({ key, text, order }) => ({ i, order, part: text, value: durations[key] })),
  );
  const places = periods
    .map((period, i) => ({ period, i }))
    .filter(({ period: { durations } }) => durations.n > 0)
    .map(({ period, i }) => {
      const { n, runningMs, waitingMs } = period.durations;
      return {
        i,
        tip: tip(n, `${periodName(facts, period)} (n=${n})`, l10n.t('Running {0}, waiting {1}', duration(runningMs), duration(waitingMs))),
        search: completedIn(facts, period),
      };
    });
  const most = Math.max(0, ...periods.map(({ durations: { runningMs, waitingMs } }) => runningMs + waitingMs));
  const x = periodX(facts);
  const parts = {
    x,
    y: { ...valueY('value', timeTicks(most), axisDuration), stack: 'zero' },
    color: seriesColour('part', PARTS),
    order: { field: 'order', type: 'quantitative' },
  } as const;
  return {
    data: { values },
    height: plotHeight(PARTS.length),
    layer: [
      // An area over one or two periods would be a sliver.
      { mark: periods.length > 2 ? { type: 'area', line: { color: COLOUR.edge, strokeWidth: 1 } } : { type: 'bar' }, encoding: parts },
      // What is pointed at: a whole period.
      { data: { values: places }, mark: { type: 'bar', cursor: 'pointer', opacity: 0 }, encoding: { x, tooltip: TIP } },
    ],
  };
}

function completedIn(facts: Facts, { from, to }: AnalyticsPeriod): string {
  return taskSearch(facts, { status: ['completed'], from, to });
}
