import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import type { Severity } from '../../server/domain/finding';
import { IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { findingGroups, placeText, type FindingGroup, type PlacedFinding } from './findingGroups';
import { findingsTitle } from './metricRows';
import type { PanelModel } from './panelModel';
import type { Panel } from './usePanel';

const ICONS: Readonly<Record<Severity, { icon: string; tone: string }>> = {
  error: { icon: 'error', tone: 'bad' },
  warning: { icon: 'warning', tone: 'ask' },
  info: { icon: 'info', tone: 'quiet' },
};
const SEVERITIES: Readonly<Record<Severity, string>> = { error: l10n.t('error'), warning: l10n.t('warning'), info: l10n.t('info') };
/** More places of one rule than these are in the report itself, and in Problems. */
const PLACES = 100;

/** What the reports of a category say is wrong, by rule. */
export function FindingsList({ panel, model, category }: { panel: Panel; model: PanelModel; category: string }) {
  const { groups, shown, total } = findingGroups(model.reports, category, model.proof.accepted);
  const report = groups[0]?.findings[0]?.evidenceId;
  return (
    <section class="findings" aria-label={l10n.t('Findings: {0}', category)}>
      <div class="findings-head">
        <h2>{total === 0 ? l10n.t('No findings') : findingsTitle(shown, total)}</h2>
        {report === undefined ? null : (
          <IconButton icon="warning" label={l10n.t('Show in Problems')} onClick={() => panel.open('problems', { evidenceId: report })} />
        )}
      </div>
      {total === 0 ? <p class="quiet">{l10n.t('Nothing in {0} is reported as wrong.', category)}</p> : null}
      <ul>
        {groups.map((group) => (
          <Group key={group.key} group={group} panel={panel} />
        ))}
      </ul>
    </section>
  );
}

function Group({ group, panel }: { group: FindingGroup; panel: Panel }) {
  const [isOpen, setOpen] = useState(false);
  const { rule, severity, findings } = group;
  const [first] = findings;
  const fresh = findings.filter(({ isNew }) => isNew).length;
  const { icon, tone } = ICONS[severity];
  if (!first) return null;
  return (
    <li>
      <div class="finding-group">
        <Icon name={icon} tone={tone} />
        <span class="heard">{SEVERITIES[severity]}</span>
        <span class="rule" title={rule}>
          {rule}
        </span>
        <span class="number">{findings.length}</span>
        <Place placed={first} panel={panel} />
        {fresh > 0 ? <span class="new">{fresh === findings.length ? l10n.t('new') : l10n.t('{0} new', fresh)}</span> : null}
        {findings.length > 1 ? (
          <IconButton
            icon={isOpen ? 'chevron-up' : 'chevron-down'}
            label={l10n.t('All {0} places of {1}', findings.length, rule)}
            expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          />
        ) : null}
      </div>
      <p class="finding-message">{first.finding.message}</p>
      {isOpen ? (
        <ul class="places">
          {findings.slice(0, PLACES).map((placed, index) => (
            <li key={index}>
              <Place placed={placed} panel={panel} />
              {placed.isNew ? <span class="new">{l10n.t('new')}</span> : null}
              <span class="quiet">{placed.finding.message}</span>
            </li>
          ))}
          {findings.length > PLACES ? <li class="quiet">{l10n.t('{0} more are in the report.', findings.length - PLACES)}</li> : null}
        </ul>
      ) : null}
    </li>
  );
}

function Place({ placed, panel }: { placed: PlacedFinding; panel: Panel }) {
  const { finding, evidenceId } = placed;
  const text = placeText(finding);
  if (text === undefined) return <span class="quiet">{l10n.t('no place named')}</span>;
  const { file = '', line } = finding;
  return (
    <button
      type="button"
      class="link-button"
      title={text}
      onClick={() => panel.open('file', { evidenceId, file, ...(line === undefined ? {} : { line }) })}
    >
      {text}
    </button>
  );
}
