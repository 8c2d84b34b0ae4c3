import { strFromU8, unzipSync } from 'fflate';
import * as vscode from 'vscode';
import { inOrder, readChecklist, readVibeKanban, type ImportedTask } from '../../server/domain/taskImport';
import { counted } from '../../server/domain/format';
import { shorten } from '../../server/domain/text';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import { showInformation, withoutIcons } from '../messages';

/** The largest file that is read, bytes, packed or not. */
const MAX_BYTES = 20_000_000;
const VIBE_KANBAN = ['issues.csv', 'relationships.csv'];

/** Makes tasks of a list or of another board's export: what is selected, in the clipboard, or in a file. */
export async function importTasks(host: TowerHost): Promise<void> {
  const { here } = host;
  const found = await pickSource();
  if (!found) return;
  if (found.length === 0) {
    void showInformation(vscode.l10n.t('No task was found. A list has one a line; a Vibe Kanban export is a ZIP or its issues.csv.'));
    return;
  }
  const tasks = await pickTasks(found);
  const how = tasks && tasks.length > 0 ? await pickOrder(tasks) : undefined;
  if (!tasks || !how) return;
  const numbers = new Map<string, string>();
  let last: string | undefined;
  for (const { title, prompt, priority, key, after } of inOrder(tasks)) {
    const waits =
      how === 'chain' ? (last === undefined ? [] : [last]) : how === 'free' ? [] : after.flatMap((name) => numbers.get(name) ?? []);
    const spec = { title, prompt, after: waits, ...(priority === undefined ? {} : { priority }) };
    const { number } = await here.execute({ type: 'CreateTask', spec }, YOU);
    last = `#${number}`;
    if (key !== undefined) numbers.set(key, last);
  }
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('{0} queued.', counted(tasks.length, vscode.l10n.t('{0} task'), vscode.l10n.t('{0} tasks'))),
    4000,
  );
}

async function pickSource(): Promise<ImportedTask[] | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor?.document.getText(editor.selection) ?? '';
  const items = [
    ...(selected.trim() ? [{ label: vscode.l10n.t('$(list-selection) The selected lines'), read: () => readChecklist(selected) }] : []),
    { label: vscode.l10n.t('$(clippy) The list in the clipboard'), read: async () => readText(await vscode.env.clipboard.readText()) },
    {
      label: vscode.l10n.t('$(file) A file...'),
      detail: vscode.l10n.t('A checklist, or a Vibe Kanban export (ZIP or issues.csv)'),
      read: readFile,
    },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Import tasks from') });
  return picked?.read();
}

function readText(text: string): ImportedTask[] {
  return readVibeKanban(text) ?? readChecklist(text);
}

async function readFile(): Promise<ImportedTask[] | undefined> {
  const filters = { [vscode.l10n.t('Lists and exports')]: ['md', 'txt', 'csv', 'zip'], [vscode.l10n.t('All files')]: ['*'] };
  const [uri] =
    (await vscode.window.showOpenDialog({ title: vscode.l10n.t('Import Tasks'), openLabel: vscode.l10n.t('Import'), filters })) ?? [];
  if (!uri) return undefined;
  if ((await vscode.workspace.fs.stat(uri)).size > MAX_BYTES) throw new Error(vscode.l10n.t('{0} is larger than 20 MB.', uri.fsPath));
  return readExport(await vscode.workspace.fs.readFile(uri));
}

/** The tasks of a file: a ZIP with the tables of an export, one of them, or a list. @throws {Error} when a ZIP is damaged. */
export function readExport(bytes: Uint8Array): ImportedTask[] {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return readText(strFromU8(bytes));
  const files = unzipSync(bytes, { filter: ({ name, originalSize }) => VIBE_KANBAN.includes(name) && originalSize <= MAX_BYTES });
  const [issues, relationships] = VIBE_KANBAN.map((name) => (files[name] ? strFromU8(files[name]) : ''));
  return readVibeKanban(issues ?? '', relationships) ?? [];
}

async function pickTasks(found: readonly ImportedTask[]): Promise<ImportedTask[] | undefined> {
  const items = found.map((task) => ({
    label: withoutIcons(task.title),
    description: [task.key, task.done ? vscode.l10n.t('done') : undefined].filter(Boolean).join(' · '),
    detail: withoutIcons(shorten(task.prompt.replace(/\s+/g, ' '), 120)),
    picked: !task.done,
    task,
  }));
  const title = vscode.l10n.t('Which of {0}?', counted(found.length, vscode.l10n.t('{0} task'), vscode.l10n.t('{0} tasks')));
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  return picked?.map(({ task }) => task);
}

type Order = 'chain' | 'free' | 'theirs';

async function pickOrder(tasks: readonly ImportedTask[]): Promise<Order | undefined> {
  const linked = tasks.some(({ after }) => after.length > 0);
  const items: (vscode.QuickPickItem & { order: Order })[] = [
    ...(linked ? [{ label: vscode.l10n.t('As they block each other there'), order: 'theirs' as const }] : []),
    {
      label: vscode.l10n.t('One after another'),
      description: vscode.l10n.t('each waits until the one before is completed'),
      order: 'chain',
    },
    { label: vscode.l10n.t('As agents are free'), description: vscode.l10n.t('in this order of the queue'), order: 'free' },
  ];
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('In which order?'), ignoreFocusOut: true }))?.order;
}
