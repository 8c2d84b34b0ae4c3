import * as vscode from 'vscode';
import { ago, costSumInLine, count, duration } from '../server/domain/format';
import type { TaskFilter, TaskRow } from '../server/domain/query';
import { agentName, join, oneLine } from '../server/domain/rows/row';
import { parseSearch, toTaskFilter } from '../server/domain/search';
import type { WindowTower } from '../server/sharedTower';
import { Command } from './manifest';
import { spoken } from '../server/domain/spoken';
import { withoutIcons } from './messages';

const PAGE = 50;
const DEBOUNCE = 120;
/** Words of the result or the error that are shown, characters. */
const SNIPPET = 160;

type Filter = Partial<TaskFilter>;
interface Item extends vscode.QuickPickItem {
  row?: TaskRow;
  cursor?: string;
}

const BUTTONS = {
  logs: { iconPath: new vscode.ThemeIcon('output'), tooltip: vscode.l10n.t('Show Logs') },
  evidence: { iconPath: new vscode.ThemeIcon('compare-changes'), tooltip: vscode.l10n.t('Open Evidence') },
  retry: { iconPath: new vscode.ThemeIcon('debug-rerun'), tooltip: vscode.l10n.t('Retry') },
};

/** What a search finds among finished tasks; undefined when nothing finished can match. */
export function finishedFilter(text: string, now: number): Filter | undefined {
  return toTaskFilter(parseSearch(text, now));
}

/** Finds finished tasks by words and tokens, as one types; a task opens its details. */
export function searchHistory(tower: WindowTower, text = ''): void {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = vscode.l10n.t('Search History');
  pick.placeholder = vscode.l10n.t('Search finished tasks: text, #12, agent:kimi status:failed after:2026-11-01');
  pick.keepScrollPosition = true;
  pick.matchOnDescription = false;
  pick.value = text;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  const show = async (cursor?: string): Promise<void> => {
    const mine = ++turn;
    pick.busy = true;
    try {
      const filter = finishedFilter(pick.value, Date.now());
      const page = filter
        ? await tower.query({
            type: 'Tasks',
            filter: { ...filter, order: 'newest', limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
          })
        : { tasks: [], total: 0 };
      if (mine !== turn) return;
      const before = cursor === undefined ? [] : pick.items.filter(({ row }) => row);
      const items = [...before, ...page.tasks.map((row) => itemOf(tower, row))];
      const more = page.cursor === undefined ? [] : [moreItem(page.total - items.length, page.cursor)];
      pick.items = items.length > 0 ? [...items, ...more] : [{ label: vscode.l10n.t('No finished task matches.'), alwaysShow: true }];
    } catch (error) {
      if (mine === turn) pick.items = [{ label: `$(error) ${spoken(error)}`, alwaysShow: true }];
    } finally {
      if (mine === turn) pick.busy = false;
    }
  };
  pick.onDidChangeValue(() => {
    clearTimeout(timer);
    timer = setTimeout(() => void show(), DEBOUNCE);
  });
  pick.onDidAccept(() => {
    const [item] = pick.selectedItems;
    if (item?.cursor !== undefined) return void show(item.cursor);
    if (!item?.row) return;
    void vscode.commands.executeCommand(Command.showDetails, item.row.id);
    pick.hide();
  });
  pick.onDidTriggerItemButton(({ item: { row }, button }) => {
    if (!row) return;
    const command = button === BUTTONS.logs ? Command.showLogs : button === BUTTONS.evidence ? Command.openEvidence : Command.retryTask;
    void vscode.commands.executeCommand(command, row.id);
    if (button !== BUTTONS.retry) pick.hide();
  });
  pick.onDidHide(() => {
    clearTimeout(timer);
    turn++;
    pick.dispose();
  });
  pick.show();
  void show();
}

function itemOf({ board }: WindowTower, row: TaskRow): Item {
  const icons = { completed: 'pass', failed: 'error', cancelled: 'circle-slash' } as Readonly<Record<string, string>>;
  const took = row.startedAt !== null && row.completedAt !== null ? duration(row.completedAt - row.startedAt) : '';
  const said = row.status === 'failed' ? (row.error?.message ?? row.result) : (row.result ?? row.error?.message);
  const detail = oneLine(row.snippet ?? said ?? '', SNIPPET);
  return {
    row,
    label: `$(${icons[row.status] ?? 'circle-outline'}) #${row.number} ${withoutIcons(row.title)}`,
    description: join(
      agentName(board, row.agent ?? undefined),
      row.completedAt === null ? '' : ago(row.completedAt, Date.now()),
      took,
      row.cost ? costSumInLine(row.cost) : '',
    ),
    ...(detail ? { detail: withoutIcons(detail) } : {}),
    buttons: [BUTTONS.logs, BUTTONS.evidence, BUTTONS.retry],
    // The history has matched already, also in the prompt, which is not shown.
    alwaysShow: true,
  };
}

function moreItem(left: number, cursor: string): Item {
  return { label: vscode.l10n.t('Show {0} more of {1}', Math.min(PAGE, left), count(left)), cursor, alwaysShow: true };
}
