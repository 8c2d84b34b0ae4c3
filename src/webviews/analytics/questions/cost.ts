import * as l10n from '@vscode/l10n';
import type { AnalyticsPeriod } from '../../../server/domain/analytics';
import { axisCost, cost as money, costSum, count, counted } from '../../../server/domain/format';
import type { CostSum } from '../../../server/domain/cost';
import { COLOUR, OUTCOMES } from '../colours';
import { seriesOf, sumOf, type CostSeries } from '../costSeries';
import type { Facts } from '../facts';
import { periodName, rangePhrase } from '../periods';
import type { Drawing, Question } from '../question';
import { periodX, plotHeight, seriesColour, TIP, valueY } from '../specParts';
import type { Cell, Table } from '../table';
import { taskSearch } from '../taskSearch';
import { amountTicks } from '../ticks';

/** Above this many periods there is no room for a count at each bar. */
const MOST_COUNTS = 20;

/** What does it cost? */
export const cost: Question = {
  id: 'cost',
  text: l10n.t('What does it cost?'),
  title,
  views: [
    { key: 'agent', text: l10n.t('Agent') },
    { key: 'model', text: l10n.t('Model') },
  ],
  table,
  drawings: (facts, view) => [{ key: view, grow: 1, spec: bars(facts, view) }],
  note,
};

function title(facts: Facts): string {
  const sum = facts.analytics.cost;
  const known = sum.reported + sum.estimated + sum.free;
  const range = rangePhrase(facts);
  if (known === 0)
    return sum.unknown === 0
      ? l10n.t('No attempt ended {0}', range)
      : l10n.t('Cost unknown: none of {0} reported usage', counted(sum.unknown, l10n.t('{0} run'), l10n.t('{0} runs')));
  const all = l10n.t('{0} {1}', costSum({ ...sum, unknown: 0 }), range);
  const told =
    sum.estimated === 0
      ? all
      : sum.reported + sum.free > 0
        ? l10n.t('{0} ({1} of it estimated)', all, money(sum.estimatedUsd))
        : l10n.t('{0} (all of it estimated)', all);
  return sum.unknown > 0 ? l10n.t('{0}; {1} unknown', told, counted(sum.unknown, l10n.t('{0} run'), l10n.t('{0} runs'))) : told;
}

function table(facts: Facts, view: string): Table {
  const series = seriesOf(facts, view);
  const columns = [
    { text: l10n.t('Period'), name: 'period', isNumber: false },
    ...series.map(({ text, name }) => ({ text, name: `${name}_usd`, isNumber: true })),
    { text: l10n.t('All'), name: 'all_usd', isNumber: true },
    { text: l10n.t('Estimated'), name: 'estimated_usd', isNumber: true },
    { text: l10n.t('Unknown runs'), name: 'unknown_runs', isNumber: true },
  ];
  const rows = facts.analytics.periods.map((period) => {
    const all = sumOf(period, view);
    return {
      key: String(period.from),
      cells: [
        { text: periodName(facts, period), raw: new Date(period.from).toISOString() },
        ...series.map((one) => costCell(one.sum(period))),
        costCell(all),
        all.estimated > 0 ? { text: `~${money(all.estimatedUsd)}`, raw: all.estimatedUsd } : { text: l10n.t('none'), raw: 0 },
        { text: count(all.unknown), raw: all.unknown },
      ],
      search: searchOf(facts, period),
      isFilled: all.reported + all.estimated + all.free + all.unknown > 0,
    };
  });
  return { columns, rows };
}

function costCell(sum: CostSum): Cell {
  const known = sum.reported + sum.estimated + sum.free;
  return { text: costSum(sum), raw: known > 0 ? sum.usd : sum.unknown > 0 ? null : 0 };
}

function searchOf(facts: Facts, { from, to }: AnalyticsPeriod, one?: CostSeries): string {
  return taskSearch(facts, {
    status: OUTCOMES.map(({ key }) => key),
    from,
    to,
    ...(one?.agentId === undefined ? {} : { agentId: one.agentId }),
  });
}

function bars(facts: Facts, view: string): Drawing['spec'] {
  const { periods } = facts.analytics;
  const spent = seriesOf(facts, view).filter((one) => periods.some((period) => one.sum(period).usd > 0));
  const values = periods.flatMap((period, i) =>
    spent.flatMap((one, order) => {
      const sum = one.sum(period);
      const parts = [
        { usd: sum.usd - sum.estimatedUsd, isEstimated: false },
        { usd: sum.estimatedUsd, isEstimated: true },
      ];
      return parts
        .filter(({ usd }) => usd > 1e-9)
        .map(({ usd, isEstimated }) => ({
          ...{ i, series: one.text, colour: one.colour, isEstimated, usd },
          order: (spent.length - order) * 2 + Number(isEstimated),
          tip: `${periodName(facts, period)}\n${one.text}: ${isEstimated ? l10n.t('{0} estimated', `~${money(usd)}`) : money(usd)}`,
          search: searchOf(facts, period, one),
        }));
    }),
  );
  const unknown = periods
    .map((period, i) => ({ period, i, sum: sumOf(period, view) }))
    .filter(({ sum }) => sum.unknown > 0)
    .map(({ period, i, sum }) => ({
      i,
      at: sum.usd,
      label:
        periods.length <= 4 ? l10n.t('{0} unknown', count(sum.unknown)) : periods.length <= MOST_COUNTS ? `+${count(sum.unknown)}` : '+',
      tip: `${periodName(facts, period)}\n${l10n.t('{0} of unknown cost', counted(sum.unknown, l10n.t('{0} run'), l10n.t('{0} runs')))}`,
      search: searchOf(facts, period),
    }));
  const most = Math.max(0, ...periods.map((period) => sumOf(period, view).usd));
  const x = periodX(facts);
  const ticks = amountTicks(most * 1.1);
  const y = valueY('usd', ticks, (usd) => axisCost(usd, ticks.values[1] ?? 1));
  return {
    data: { values },
    height: plotHeight(spent.length),
    layer: [
      {
        // Rounded stacks are clipped, and half of an outline with them.
        mark: { type: 'bar', cursor: 'pointer', ...(values.some(({ isEstimated }) => isEstimated) ? { cornerRadiusEnd: 0 } : {}) },
        encoding: {
          x,
          y: { ...y, stack: 'zero' },
          color: seriesColour('series', spent),
          order: { field: 'order', type: 'quantitative' },
          fillOpacity: { condition: { test: 'datum.isEstimated', value: 0.45 }, value: 1 },
          stroke: { condition: { test: 'datum.isEstimated', field: 'colour', type: 'nominal', scale: null }, value: COLOUR.edge },
          strokeWidth: {
            condition: { test: 'datum.isEstimated', value: periods.length > MOST_COUNTS * 2 ? 0.5 : 1.5 },
            value: periods.length > 60 ? 0 : 1,
          },
          strokeDash: { condition: { test: 'datum.isEstimated', value: [3, 2] }, value: [1, 0] },
          tooltip: TIP,
        },
      },
      {
        data: { values: unknown },
        mark: { type: 'text', baseline: 'bottom', dy: -3, cursor: 'pointer' },
        encoding: { x, y: { field: 'at', type: 'quantitative' }, text: { field: 'label', type: 'nominal' }, tooltip: TIP },
      },
    ],
  };
}

function note({ analytics: { cost: sum, periods } }: Facts): string | undefined {
  const dashed = sum.estimated > 0 ? l10n.t('Dashed: estimated.') : '';
  const plus =
    sum.unknown > 0 && periods.length > 4
      ? l10n.t('{0} above a bar: runs of unknown cost.', periods.length > MOST_COUNTS ? '+' : '+n')
      : '';
  return [dashed, plus].filter((text) => text !== '').join(' ') || undefined;
}
