import * as vscode from 'vscode';
import type { LogAction } from '../../webviews/protocol';
import { Command } from '../manifest';
import type { AnalyticsPanel } from '../panels/analyticsPanel';
import type { DashboardPanel } from '../panels/dashboardPanel';
import type { LineContext, LogsPanel } from '../panels/logsPanel';
import type { Handlers } from './handlers';

export interface PanelCommandParts {
  dashboard: Pick<DashboardPanel, 'show'>;
  logs: Pick<LogsPanel, 'show' | 'act'>;
  analytics: Pick<AnalyticsPanel, 'show'>;
}

/** What opens the panels, and what the menu over a log line does. */
export function panelCommands({ dashboard, logs, analytics }: PanelCommandParts): Handlers {
  const act = (action: LogAction) => (line: unknown) => logs.act(action, isLine(line) ? line : {});
  return {
    [Command.openDashboard]: (search) => dashboard.show(typeof search === 'string' ? { search } : {}),
    [Command.openLogs]: (row) => logs.show(isTask(row) ? { taskIds: [row.taskId] } : undefined),
    [Command.openAnalytics]: () => analytics.show(),
    [Command.openSettings]: () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:tasktower.tasktower'),
    [Command.logCopy]: act('copy'),
    [Command.logCopyColumns]: act('copyColumns'),
    [Command.logCopyJson]: act('copyJson'),
    [Command.logFilterAgent]: act('filterAgent'),
    [Command.logOnlyLevel]: act('onlyLevel'),
    [Command.logOpenLine]: act('openLine'),
    [Command.logColumnTime]: act('column.time'),
    [Command.logColumnLevel]: act('column.level'),
    [Command.logColumnAgent]: act('column.agent'),
    [Command.logColumnTask]: act('column.task'),
  };
}

function isTask(value: unknown): value is { taskId: string } {
  return typeof value === 'object' && value !== null && 'taskId' in value && typeof value.taskId === 'string';
}

function isLine(value: unknown): value is LineContext {
  return typeof value === 'object' && value !== null;
}
