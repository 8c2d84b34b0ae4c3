import * as l10n from '@vscode/l10n';
import { Menu } from '../kit/menu';
import { Select } from '../kit/select';
import type { KeptAnalytics } from '../protocol';
import { CustomRange } from './customRange';
import { exportItems, type Exporter } from './exporter';
import { FilterMenu } from './filterMenu';
import { dayFrom } from './kept';
import { QUESTIONS } from './questions';
import { Switch } from './switch';
import type { Panel } from './usePanel';

const RANGES = [
  { key: '7', text: l10n.t('7 days') },
  { key: '30', text: l10n.t('30 days') },
  { key: '90', text: l10n.t('90 days') },
  { key: 'all', text: l10n.t('All') },
  { key: 'custom', text: l10n.t('Custom...') },
] as const;
const GROUPS = [
  { key: 'day', text: l10n.t('Day') },
  { key: 'week', text: l10n.t('Week') },
  { key: 'month', text: l10n.t('Month') },
] as const;
const EVERYWHERE = '';

/** What all charts share: range, group and filters; and their export. */
export function Toolbar({ panel, exporter }: { panel: Panel; exporter: Exporter }) {
  const { kept, keep, figures } = panel;
  const { days, filter } = kept;
  const { group, agents = [], kinds = [], folder } = filter;
  const analytics = figures.analytics;
  const narrow = (change: Partial<KeptAnalytics['filter']>): void => keep({ filter: withoutEmpty({ ...filter, ...change }) });
  const folders = [...new Set([...(analytics?.folders ?? []), ...(folder === undefined ? [] : [folder])])];
  return (
    <header class="toolbar">
      <Switch
        label={l10n.t('Range')}
        options={RANGES}
        current={typeof days === 'object' ? 'custom' : days === 'all' ? days : (RANGES.find(({ key }) => key === String(days))?.key ?? '7')}
        onChange={(key) => keep({ days: rangeOf(key, days) })}
      />
      {typeof days === 'object' ? <CustomRange {...days} onChange={(range) => keep({ days: range })} /> : null}
      <Switch label={l10n.t('Group by')} options={GROUPS} current={group} onChange={(key) => narrow({ group: key })} />
      <FilterMenu
        all={l10n.t('All agents')}
        choose={l10n.t('Choose agents')}
        many={(n) => l10n.t('{0} agents', n)}
        options={agentOptions(panel)}
        chosen={agents}
        onChange={(chosen) => narrow({ agents: chosen })}
      />
      <FilterMenu
        all={l10n.t('All kinds')}
        choose={l10n.t('Choose kinds')}
        many={(n) => l10n.t('{0} kinds', n)}
        options={[...new Set([...(analytics?.kinds ?? []), ...kinds])].map((kind) => ({ key: kind, text: kind }))}
        chosen={kinds}
        onChange={(chosen) => narrow({ kinds: chosen })}
      />
      <Select
        label={l10n.t('Workspace')}
        current={folder ?? EVERYWHERE}
        options={[
          { key: EVERYWHERE, text: l10n.t('All workspaces') },
          ...folders.map((path) => ({ key: path, text: folderName(path, folders) })),
        ]}
        onChange={(key) => narrow({ folder: key })}
      />
      <div class="tools">
        <Menu icon="export" label={l10n.t('Export all charts')} items={exportItems(panel, exporter, QUESTIONS, 'analytics')} />
      </div>
    </header>
  );
}

function agentOptions({ store, figures, kept }: Panel): { key: string; text: string }[] {
  const known = store.agents().map(({ id, name }) => ({ key: id, text: name }));
  const others = [...(figures.analytics?.agents.map(({ agentId }) => agentId) ?? []), ...(kept.filter.agents ?? [])];
  const unknown = [...new Set(others)].filter((id) => !known.some(({ key }) => key === id));
  return [...known, ...unknown.map((id) => ({ key: id, text: id }))];
}

function rangeOf(key: (typeof RANGES)[number]['key'], before: KeptAnalytics['days']): KeptAnalytics['days'] {
  if (key === 'all') return key;
  if (key !== 'custom') return Number(key);
  const now = Date.now();
  return typeof before === 'object' ? before : { from: dayFrom(now, 1 - (before === 'all' ? 7 : before)), to: dayFrom(now, 1) };
}

function withoutEmpty({ group, agents = [], kinds = [], folder }: KeptAnalytics['filter']): KeptAnalytics['filter'] {
  return {
    group,
    ...(agents.length > 0 ? { agents } : {}),
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(folder === undefined || folder === EVERYWHERE ? {} : { folder }),
  };
}

/** The last part of a path, or the whole where two end alike. */
function folderName(path: string, all: readonly string[]): string {
  const last = (one: string): string => one.split(/[\\/]/).filter(Boolean).at(-1) ?? one;
  return all.filter((other) => last(other) === last(path)).length > 1 ? path : last(path);
}
