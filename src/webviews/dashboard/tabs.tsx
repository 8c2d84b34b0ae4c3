import * as l10n from '@vscode/l10n';
import { IconButton } from '../kit/button';
import type { DashboardStore } from './dashboardStore';
import type { Dashboard } from './useDashboard';

/** The five parts of the tower; the last three are panels of their own. */
const TABS = [
  { text: l10n.t('Tasks'), view: 'tasks' },
  { text: l10n.t('Agents'), view: 'agents' },
  { text: l10n.t('Analytics'), command: 'tasktower.openAnalytics' },
  { text: l10n.t('Logs'), command: 'tasktower.openLogs' },
  { text: l10n.t('Evidence'), command: 'tasktower.openEvidence' },
] as const;

/** Goes to a tab by its place from 0. */
export function openTab({ update, current }: Pick<Dashboard, 'update' | 'current'>, at: number, store: DashboardStore): void {
  const tab = TABS[at];
  if (!tab) return;
  if ('view' in tab) update({ view: tab.view });
  else
    store.run({
      command: tab.command,
      ...(tab.command === 'tasktower.openEvidence' && current !== undefined ? { taskIds: [current] } : {}),
    });
}

/** The parts of the tower, who works here, and the settings. */
export function TabBar({ dashboard }: { dashboard: Dashboard }) {
  const { state, store, you } = dashboard;
  return (
    <header class="tab-bar">
      <nav class="tabs" aria-label={l10n.t('Parts of the tower')}>
        {TABS.map((tab, at) => {
          const isHere = 'view' in tab && tab.view === state.view;
          return (
            <button
              key={tab.text}
              type="button"
              class="tab"
              title={`${tab.text} (${at + 1})`}
              aria-current={isHere ? 'page' : undefined}
              aria-keyshortcuts={`${at + 1}`}
              onClick={() => openTab(dashboard, at, store)}
            >
              {tab.text}
            </button>
          );
        })}
      </nav>
      <span class="quiet you" title={l10n.t('Who works here')}>
        {you ? [you.name, you.role].filter(Boolean).join(', ') : ''}
      </span>
      {you?.role === undefined ? null : (
        <IconButton icon="sign-out" label={l10n.t('Sign Out')} onClick={() => store.run({ command: 'tasktower.signOutTower' })} />
      )}
      <IconButton icon="gear" label={l10n.t('Tasktower settings')} onClick={() => store.run({ command: 'tasktower.openSettings' })} />
    </header>
  );
}
