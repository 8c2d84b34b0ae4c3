import * as l10n from '@vscode/l10n';
import { Fragment } from 'preact';
import { Icon } from '../kit/icon';
import { Button } from '../kit/button';
import { FindingsList } from './findingsList';
import { metricRows, STATE_WORDS, type MetricRow } from './metricRows';
import type { PanelModel } from './panelModel';
import { Sparkline } from './sparklineView';
import type { Panel } from './usePanel';

/** Every number of the attempt, and the findings behind the selected one. */
export function MetricsView({ panel, model }: { panel: Panel; model: PanelModel }) {
  const rows = metricRows(model.proof, model.reports);
  const selected = rows.find(({ key, category }) => key === panel.state.metric || category === panel.state.metric) ?? rows[0];
  if (!selected)
    return (
      <div class="empty">
        <p>{l10n.t('No metrics. Reports such as axe, Lighthouse, JUnit, ESLint, SARIF or lcov show their numbers here.')}</p>
        <Button onClick={() => panel.open('logs')}>{l10n.t('Show Logs')}</Button>
      </div>
    );
  return (
    <div class="metrics">
      <div class="table-box">
        <table class="table">
          <caption class="heard">{l10n.t('Metrics of attempt {0}', model.attempt?.n ?? 0)}</caption>
          <thead>
            <tr>
              <th scope="col">{l10n.t('Metric')}</th>
              <th scope="col" class="number">
                {l10n.t('Score')}
              </th>
              <th scope="col">{l10n.t('Change')}</th>
              <th scope="col">{l10n.t('Limit')}</th>
              <th scope="col">{l10n.t('State')}</th>
              <th scope="col">{l10n.t('Last 10')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Line
                key={row.key}
                row={row}
                isSelected={row.category === selected.category}
                onSelect={() => panel.update({ metric: row.key })}
              />
            ))}
          </tbody>
        </table>
      </div>
      <FindingsList panel={panel} model={model} category={selected.category} />
    </div>
  );
}

const STATES: Readonly<Record<MetricRow['state'], { icon: string; tone: string }>> = {
  met: { icon: 'pass', tone: 'good' },
  failed: { icon: 'error', tone: 'bad' },
  none: { icon: 'info', tone: 'quiet' },
};

function Line({ row, isSelected, onSelect }: { row: MetricRow; isSelected: boolean; onSelect: () => void }) {
  const { title, isMain, value, change, limit, state, trend, isClaimed } = row;
  const { icon, tone } = STATES[state];
  return (
    <tr class={`${isMain ? 'main' : 'part'}${isSelected ? ' selected' : ''}`} onClick={onSelect}>
      <th scope="row">
        {isMain ? (
          <button type="button" class="row-button" aria-pressed={isSelected} onClick={onSelect}>
            {title}
          </button>
        ) : (
          title
        )}
        {isClaimed && isMain ? <span class="quiet">{l10n.t(' says the agent')}</span> : null}
      </th>
      <td class="number">{value}</td>
      <td class={change.better === false ? 'worse' : ''}>{change.text}</td>
      <td>{limit ?? (isMain ? l10n.t('none') : '')}</td>
      <td>
        {isMain || state !== 'none' ? (
          <Fragment>
            <Icon name={icon} tone={tone} /> {STATE_WORDS[state]}
          </Fragment>
        ) : null}
      </td>
      <td>
        <Sparkline values={trend} title={title} />
      </td>
    </tr>
  );
}
