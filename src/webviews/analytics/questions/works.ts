import * as l10n from '@vscode/l10n';
import type { OutcomeCounts } from '../../../server/domain/analytics';
import { count, rate, share } from '../../../server/domain/format';
import { COLOUR, OUTCOMES } from '../colours';
import { finished, taskCount, type Facts } from '../facts';
import { periodName } from '../periods';
import { pieOffset, RADIUS, slicesOf } from '../pie';
import type { Drawing, Question } from '../question';
import { MIN_RATE, rateText, tip, trustOf } from '../sample';
import { HEIGHT, periodX, plotHeight, TIP, valueY } from '../specParts';
import type { Table } from '../table';
import { taskSearch } from '../taskSearch';

/** How often does it work? */
export const works: Question = { id: 'works', text: l10n.t('How often does it work?'), title, table, drawings, note };

/** Above this many periods there is no room for a value at each bar, or for its counts. */
const MOST_VALUES = 14;
const MOST_COUNTS = 7;

function title(facts: Facts): string {
  const { outcomes, before } = facts.analytics;
  const total = taskCount(facts);
  if (total < MIN_RATE) return l10n.t('{0} of {1} completed', count(outcomes.completed), count(total));
  const now = outcomes.completed / total;
  const text = l10n.t('{0} completed ({1} of {2})', share(now), count(outcomes.completed), count(total));
  return before && finished(before) >= MIN_RATE ? `${text}, ${change(now - before.completed / finished(before))}` : text;
}

function change(by: number): string {
  const points = Math.round(Math.abs(by) * 100);
  if (points === 0) return l10n.t('as before');
  if (points === 1) return by > 0 ? l10n.t('{0} point up', points) : l10n.t('{0} point down', points);
  return by > 0 ? l10n.t('{0} points up', points) : l10n.t('{0} points down', points);
}

function table(facts: Facts): Table {
  const columns = [
    { text: l10n.t('Period'), name: 'period', isNumber: false },
    { text: l10n.t('Completed'), name: 'completed', isNumber: true },
    { text: l10n.t('Finished'), name: 'finished', isNumber: true },
    { text: l10n.t('Rate'), name: 'completed_share', isNumber: true },
  ];
  const rows = facts.analytics.periods.map((period) => {
    const { from, to, outcomes } = period;
    const total = finished(outcomes);
    return {
      key: String(from),
      cells: [
        { text: periodName(facts, period), raw: new Date(from).toISOString() },
        { text: count(outcomes.completed), raw: outcomes.completed },
        { text: count(total), raw: total },
        { text: rateText(outcomes.completed, total), ...(total > 0 ? { raw: outcomes.completed / total } : {}) },
      ],
      search: taskSearch(facts, { status: OUTCOMES.map(({ key }) => key), from, to }),
      isFilled: total > 0,
    };
  });
  return { columns, rows };
}

function drawings(facts: Facts): Drawing[] {
  return [
    { key: 'pie', grow: 1, spec: pie(facts) },
    { key: 'bars', grow: 1.25, spec: bars(facts) },
  ];
}

function pie(facts: Facts): Drawing['spec'] {
  const { outcomes } = facts.analytics;
  const slices = slicesOf(outcomes);
  const values = slices.map((slice) => ({
    ...slice,
    tip: `${slice.text}: ${rate(slice.value, finished(outcomes))}`,
    search: taskSearch(facts, { status: [slice.key] }),
  }));
  const middle = `width / 2 + ${pieOffset(slices).toFixed(1)}`;
  const [x, y] = (['x', 'y'] as const).map((field) => ({ field, type: 'quantitative', scale: null, axis: null }) as const);
  return {
    data: { values },
    height: HEIGHT,
    layer: [
      {
        mark: { type: 'arc', outerRadius: RADIUS, cursor: 'pointer', x: { expr: middle } },
        encoding: {
          theta: { field: 'start', type: 'quantitative', scale: null },
          theta2: { field: 'end' },
          color: { field: 'colour', type: 'nominal', scale: null },
          tooltip: TIP,
        },
      },
      {
        // Beside the middle of the picture, wherever that is.
        mark: {
          type: 'text',
          lineBreak: '\n',
          lineHeight: 13,
          baseline: 'middle',
          dx: { expr: middle },
          dy: { expr: 'height / 2 - 6' },
          align: { expr: 'datum.align' },
        },
        encoding: { ...(x && y ? { x, y } : {}), text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

function bars(facts: Facts): Drawing['spec'] {
  const { periods } = facts.analytics;
  const rates = periods.map((period, i) => ({ period, i, total: finished(period.outcomes) })).filter(({ total }) => total > 0);
  const values = rates
    .filter(({ total }) => total >= MIN_RATE)
    .flatMap(({ period, i, total }) =>
      OUTCOMES.filter(({ key }) => period.outcomes[key] > 0).map(({ key, text, colour, order }) => ({
        i,
        order,
        colour,
        value: period.outcomes[key] / total,
        isSmall: trustOf(total) === 'small',
        tip: tip(total, periodName(facts, period), `${text}: ${rate(period.outcomes[key], total)}`),
        search: taskSearch(facts, { status: [key], from: period.from, to: period.to }),
      })),
    );
  const labels = rates
    .map(({ period: { outcomes }, i, total }) => ({ i, label: labelOf(outcomes, total, periods.length), at: total < MIN_RATE ? 0 : 1 }))
    .filter(({ label }) => label !== '');
  const x = periodX(facts, true);
  return {
    data: { values },
    height: plotHeight(),
    layer: [
      {
        // Rounded stacks are clipped, and half of an outline with them.
        mark: { type: 'bar', cursor: 'pointer', cornerRadiusEnd: 0 },
        encoding: {
          x,
          y: { ...valueY('value', { values: [0, 0.5, 1], max: 1.25 }, share), stack: 'zero' },
          color: { field: 'colour', type: 'nominal', scale: null },
          order: { field: 'order', type: 'quantitative' },
          fillOpacity: { condition: { test: 'datum.isSmall', value: 0 }, value: 1 },
          stroke: { condition: { test: 'datum.isSmall', field: 'colour', type: 'nominal', scale: null }, value: COLOUR.edge },
          strokeWidth: { condition: { test: 'datum.isSmall', value: 1.5 }, value: periods.length > 60 ? 0 : 1 },
          tooltip: TIP,
        },
      },
      {
        data: { values: labels },
        mark: {
          type: 'text',
          baseline: 'bottom',
          lineBreak: '\n',
          lineHeight: 12,
          dy: { expr: "indexof(datum.label, '\\n') < 0 ? -3 : -15" },
        },
        encoding: { x, y: { field: 'at', type: 'quantitative' }, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

function labelOf({ completed }: OutcomeCounts, total: number, periods: number): string {
  const trust = trustOf(total);
  if (periods > MOST_VALUES) return '';
  if (trust === 'none') return periods > MOST_COUNTS ? '' : l10n.t('{0}\nof {1}', completed, total);
  return `${share(completed / total)}${trust === 'small' && periods <= MOST_COUNTS ? `\nn=${total}` : ''}`;
}

function note({ analytics }: Facts): string | undefined {
  const few = analytics.periods.some(({ outcomes }) => ['small', 'none'].includes(trustOf(finished(outcomes))) && finished(outcomes) > 0);
  return few ? l10n.t('Hollow: fewer than 10 tasks. No bar: fewer than {0}.', MIN_RATE) : undefined;
}
