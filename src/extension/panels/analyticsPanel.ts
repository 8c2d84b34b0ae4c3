import * as l10n from '@vscode/l10n';
import type { FromAnalytics, KeptAnalytics, OpenElsewhere, RunCommand, ToAnalytics } from '../../webviews/protocol';
import { Panel } from '../manifest';
import { runCommand } from './runCommand';
import { saveFile } from './saveFile';
import { TowerPanel, type TowerPanelParts } from './towerPanel';

const KEPT = 'analytics.kept';

export interface AnalyticsPanelParts extends TowerPanelParts {
  /** Opens something of a task elsewhere in the editor. */
  open: (what: OpenElsewhere) => Promise<void>;
  /** Shows the tasks that a search finds, in the Dashboard. */
  showTasks: (search: string) => void;
  report: (work: () => Promise<unknown>) => unknown;
}

/** The Analytics panel: what the finished tasks tell. */
export class AnalyticsPanel extends TowerPanel<unknown> {
  constructor(protected override readonly parts: AnalyticsPanelParts) {
    super(parts, { id: Panel.analytics, page: 'analytics', title: l10n.t('Tasktower: Analytics') });
  }

  /** Shows it. */
  show(): void {
    this.open();
  }

  protected restore(): boolean {
    return true;
  }

  protected hear(method: keyof FromAnalytics, params: object): void {
    const { context, report, open, showTasks } = this.parts;
    switch (method) {
      case 'panel/keep':
        return void context.workspaceState.update(KEPT, (params as FromAnalytics['panel/keep']).kept);
      case 'panel/tasks':
        return showTasks((params as FromAnalytics['panel/tasks']).search);
      case 'panel/save':
        return void report(() => saveFile(params as FromAnalytics['panel/save']));
      case 'panel/open':
        return void report(() => open(params as OpenElsewhere));
      case 'panel/run':
        void report(() => runCommand(params as RunCommand));
    }
  }

  protected tell(): void {
    const kept = this.parts.context.workspaceState.get<KeptAnalytics>(KEPT);
    const show: ToAnalytics['panel/show'] = { ...(kept ? { kept } : {}), singleKeys: this.parts.settings.singleKeys };
    this.notify('panel/show', show);
  }

  protected titleNow(): string {
    return l10n.t('Tasktower: Analytics');
  }
}
