import * as vscode from 'vscode';
import type { FromDashboard, KeptDashboard, OpenElsewhere, RunCommand, ToDashboard } from '../../webviews/protocol';
import { Panel } from '../manifest';
import type { Settings } from '../settings';
import { runCommand } from './runCommand';
import { TowerPanel, type PanelSettings, type TowerPanelParts } from './towerPanel';

const KEPT = 'dashboard.kept';

export interface DashboardPanelParts extends TowerPanelParts {
  settings: PanelSettings & Pick<Settings, 'requires'>;
  /** Opens something of a task elsewhere in the editor. */
  open: (what: OpenElsewhere) => Promise<void>;
  report: (work: () => Promise<unknown>) => unknown;
}

/** The Dashboard: the whole tower in an editor tab. */
export class DashboardPanel extends TowerPanel<unknown> {
  private wanted: Pick<ToDashboard['panel/show'], 'search' | 'create' | 'asked'> = {};

  constructor(protected override readonly parts: DashboardPanelParts) {
    super(parts, { id: Panel.dashboard, page: 'dashboard', title: vscode.l10n.t('Tasktower: Dashboard') });
  }

  /** Shows it; `search`: these tasks alone; `create`: with the form for a new task. */
  show(wanted: Pick<ToDashboard['panel/show'], 'search' | 'create'> = {}): void {
    this.wanted = { ...wanted, asked: Date.now() };
    this.open();
  }

  protected restore(): boolean {
    return true;
  }

  protected hear(method: keyof FromDashboard, params: object): void {
    switch (method) {
      case 'panel/keep':
        return void this.parts.context.workspaceState.update(KEPT, (params as FromDashboard['panel/keep']).kept);
      case 'panel/open':
        return void this.parts.report(() => this.parts.open(params as OpenElsewhere));
      case 'panel/run':
        void this.parts.report(() => runCommand(params as RunCommand));
    }
  }

  protected tell(): void {
    const { settings, context } = this.parts;
    const kept = context.workspaceState.get<KeptDashboard>(KEPT);
    const show: ToDashboard['panel/show'] = {
      ...(kept ? { kept } : {}),
      singleKeys: settings.singleKeys,
      requires: settings.requires,
      ...this.wanted,
    };
    this.notify('panel/show', show);
  }

  protected titleNow(): string {
    return vscode.l10n.t('Tasktower: Dashboard');
  }
}
