import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import { counted } from '../../server/domain/format';
import { historyText, type HistoryFormat } from '../../server/domain/historyExport';
import type { TaskFilter, TaskRow } from '../../server/domain/query';
import type { WindowTower } from '../../server/sharedTower';
import { finishedFilter, searchHistory } from '../historySearch';
import { Command } from '../manifest';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import type { Handlers } from './handlers';
import { showWarning } from '../messages';

const DAY = 86_400_000;
const PAGE = 500;
const FORMATS: readonly { label: string; format: HistoryFormat }[] = [
  { label: 'CSV', format: 'csv' },
  { label: 'JSON', format: 'json' },
  { label: 'NDJSON', format: 'ndjson' },
];

/** What a person does with finished tasks, wherever they are kept. */
export function historyCommands(host: TowerHost): Handlers {
  return {
    [Command.searchHistory]: (text) => searchHistory(host.here, typeof text === 'string' ? text : ''),
    [Command.deleteOld]: async () => {
      const days = await vscode.window.showInputBox({
        title: vscode.l10n.t('Delete Finished Tasks'),
        prompt: vscode.l10n.t('Older than how many days?'),
        value: '30',
        validateInput: (text) => (/^\d{1,5}$/.test(text.trim()) ? undefined : vscode.l10n.t('A whole number of days.')),
      });
      if (days === undefined) return;
      const endedTo = Date.now() - Number(days) * DAY;
      await remove(host.here, { status: ['completed', 'failed', 'cancelled'], endedTo }, Number(days));
    },
    [Command.deleteAllFinished]: () => remove(host.here, { status: ['completed', 'failed', 'cancelled'] }),
    [Command.exportHistory]: () => exportHistory(host.here),
  };
}

/** Deletes what a filter finds, after saying how many that is. */
async function remove(tower: WindowTower, filter: Partial<TaskFilter>, days?: number): Promise<void> {
  const ids: string[] = [];
  for await (const rows of pagesOf(tower, filter)) ids.push(...rows.map(({ id }) => id));
  if (ids.length === 0)
    return void vscode.window.setStatusBarMessage(
      days === undefined
        ? vscode.l10n.t('There is no finished task.')
        : vscode.l10n.t('There is no finished task older than {0}.', counted(days, vscode.l10n.t('{0} day'), vscode.l10n.t('{0} days'))),
      4000,
    );
  const verb = counted(ids.length, vscode.l10n.t('Delete {0} Task'), vscode.l10n.t('Delete {0} Tasks'));
  const them = counted(ids.length, vscode.l10n.t('{0} finished task'), vscode.l10n.t('{0} finished tasks'));
  const question =
    days === undefined
      ? vscode.l10n.t('Delete {0}, with their evidence? Accepted baselines stay.', them)
      : vscode.l10n.t(
          'Delete {0} older than {1}, with their evidence? Accepted baselines stay.',
          them,
          counted(days, vscode.l10n.t('{0} day'), vscode.l10n.t('{0} days')),
        );
  const answers: vscode.MessageItem[] = [{ title: verb }, { title: vscode.l10n.t('Keep Them'), isCloseAffordance: true }];
  if ((await showWarning(question, { modal: true }, ...answers))?.title !== verb) return;
  const title = vscode.l10n.t('Deleting {0}', counted(ids.length, vscode.l10n.t('{0} task'), vscode.l10n.t('{0} tasks')));
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, stop) => {
    let deleted = 0;
    for (const taskId of ids) {
      if (stop.isCancellationRequested) break;
      // One that was retried meanwhile stays.
      await tower.execute({ type: 'PurgeTask', taskId }, YOU).then(
        () => deleted++,
        () => undefined,
      );
      progress.report({ increment: 100 / ids.length });
    }
    vscode.window.setStatusBarMessage(
      vscode.l10n.t('{0} deleted.', counted(deleted, vscode.l10n.t('{0} task'), vscode.l10n.t('{0} tasks'))),
      4000,
    );
  });
}

/** Writes the finished tasks that a search finds where the person says. */
async function exportHistory(tower: WindowTower): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Export History'),
    prompt: vscode.l10n.t('Which tasks? Empty = all that have finished'),
    placeHolder: vscode.l10n.t('text, #12, agent:kimi status:failed after:2026-11-01'),
  });
  if (text === undefined) return;
  const filter = finishedFilter(text, Date.now());
  const { total } = filter ? await tower.query({ type: 'Tasks', filter: { ...filter, order: 'newest', limit: 1 } }) : { total: 0 };
  if (!filter || total === 0) return void vscode.window.setStatusBarMessage(vscode.l10n.t('No finished task matches.'), 4000);
  const picked = await vscode.window.showQuickPick(FORMATS, {
    title: vscode.l10n.t('Export {0} as…', counted(total, vscode.l10n.t('{0} task'), vscode.l10n.t('{0} tasks'))),
  });
  if (!picked) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export History'),
    filters: { [picked.label]: [picked.format] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, `tasktower-history.${picked.format}`) } : {}),
  });
  if (!to) return;
  const part = `${to.fsPath}.part`;
  try {
    await pipeline(Readable.from(historyText(pagesOf(tower, filter), picked.format)), createWriteStream(part));
    await rename(part, to.fsPath);
  } finally {
    await rm(part, { force: true });
  }
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('Exported {0}.', counted(total, vscode.l10n.t('{0} task'), vscode.l10n.t('{0} tasks'))),
    4000,
  );
}

async function* pagesOf(tower: WindowTower, filter: Partial<TaskFilter>): AsyncGenerator<readonly TaskRow[]> {
  let cursor: string | undefined;
  do {
    const place = cursor === undefined ? {} : { cursor };
    const page = await tower.query({ type: 'Tasks', filter: { ...filter, order: 'newest', limit: PAGE, ...place } });
    yield page.tasks;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
