import * as l10n from '@vscode/l10n';
import { count, counted } from '../../../server/domain/format';
import { COLOUR, OUTCOMES } from '../colours';
import { finished, taskCount, type Facts } from '../facts';
import { periodName, periodPhrase } from '../periods';
import type { Drawing, Question } from '../question';
import { periodX, plotHeight, seriesColour, strokeOf, TIP, valueY } from '../specParts';
import type { Table } from '../table';
import { taskSearch } from '../taskSearch';
import { countTicks } from '../ticks';

/** How much was done? */
export const done: Question = { id: 'done', text: l10n.t('How much was done?'), title, table, drawings };

function title(facts: Facts): string {
  const total = taskCount(facts);
  const text = l10n.t('{0} finished', counted(total, l10n.t('{0} task'), l10n.t('{0} tasks')));
  const counts = facts.analytics.periods.map(({ outcomes }) => finished(outcomes));
  const most = Math.max(0, ...counts);
  const [busiest, ...others] = facts.analytics.periods.filter((_, index) => counts[index] === most);
  if (!busiest || others.length > 0 || facts.analytics.periods.length < 2) return text;
  const when = periodPhrase(facts, busiest);
  if (most < total) return l10n.t('{0}, most {1}', text, when);
  return total === 1 ? l10n.t('{0}, {1}', text, when) : l10n.t('{0}, all {1}', text, when);
}

function table(facts: Facts): Table {
  const columns = [
    { text: l10n.t('Period'), name: 'period', isNumber: false },
    ...[...OUTCOMES].reverse().map(({ key, text }) => ({ text, name: key, isNumber: true })),
    { text: l10n.t('Finished'), name: 'finished', isNumber: true },
  ];
  const rows = facts.analytics.periods.map((period) => {
    const { from, to, outcomes } = period;
    const total = finished(outcomes);
    const counts = [...[...OUTCOMES].reverse().map(({ key }) => outcomes[key]), total];
    return {
      key: String(from),
      cells: [
        { text: periodName(facts, period), raw: new Date(from).toISOString() },
        ...counts.map((value) => ({ text: count(value), raw: value })),
      ],
      search: taskSearch(facts, { status: OUTCOMES.map(({ key }) => key), from, to }),
      isFilled: total > 0,
    };
  });
  return { columns, rows };
}

function drawings(facts: Facts): Drawing[] {
  const { periods, outcomes } = facts.analytics;
  const shown = OUTCOMES.filter(({ key }) => outcomes[key] > 0);
  const values = periods.flatMap((period, i) =>
    shown
      .filter(({ key }) => period.outcomes[key] > 0)
      .map(({ key, text, order }) => ({
        i,
        outcome: text,
        order,
        value: period.outcomes[key],
        tip: `${periodName(facts, period)}\n${l10n.t('{0}: {1} of {2} finished', text, count(period.outcomes[key]), count(finished(period.outcomes)))}`,
        search: taskSearch(facts, { status: [key], from: period.from, to: period.to }),
      })),
  );
  const most = Math.max(0, ...periods.map((period) => finished(period.outcomes)));
  return [
    {
      key: 'bars',
      grow: 1,
      spec: {
        data: { values },
        height: plotHeight(shown.length),
        encoding: {
          x: periodX(facts),
          y: { ...valueY('value', countTicks(most), (value) => count(value)), stack: 'zero' },
          color: seriesColour('outcome', shown),
          order: { field: 'order', type: 'quantitative' },
          tooltip: TIP,
        },
        layer: [{ mark: { type: 'bar', cursor: 'pointer', stroke: COLOUR.edge, ...strokeOf(periods.length) } }],
      },
    },
  ];
}
