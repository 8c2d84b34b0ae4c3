import { strFromU8, unzipSync } from 'fflate';
import * as vscode from 'vscode';
import { inOrder, readChecklist, readVibeKanban, type ImportedTask } from '../../server/domain/taskImport';
import { plural } from '../../server/domain/format';
import { shorten } from '../../server/domain/text';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';

/** The largest file that is read, bytes, packed or not. */
const MAX_BYTES = 20_000_000;
const VIBE_KANBAN = ['issues.csv', 'relationships.csv'];

/** Makes tasks of a list or of another board's export: what is selected, in the clipboard, or in a file. */
export async function importTasks(host: TowerHost): Promise<void> {
  const { here } = host;
  const found = await pickSource();
  if (!found) return;
  if (found.length === 0) {
    void vscode.window.showInformationMessage('No task was found. A list has one a line; a Vibe Kanban export is a ZIP or its issues.csv.');
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
  vscode.window.setStatusBarMessage(`${plural(tasks.length, 'task')} queued.`, 4000);
}

async function pickSource(): Promise<ImportedTask[] | undefined> {
  const editor = vscode.window.activeTextEditor;
  const selected = editor?.document.getText(editor.selection) ?? '';
  const items = [
    ...(selected.trim() ? [{ label: '$(list-selection) The selected lines', read: () => readChecklist(selected) }] : []),
    { label: '$(clippy) The list in the clipboard', read: async () => readText(await vscode.env.clipboard.readText()) },
    { label: '$(file) A file...', detail: 'A checklist, or a Vibe Kanban export (ZIP or issues.csv)', read: readFile },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: 'Import tasks from' });
  return picked?.read();
}

function readText(text: string): ImportedTask[] {
  return readVibeKanban(text) ?? readChecklist(text);
}

async function readFile(): Promise<ImportedTask[] | undefined> {
  const filters = { 'Lists and exports': ['md', 'txt', 'csv', 'zip'], 'All files': ['*'] };
  const [uri] = (await vscode.window.showOpenDialog({ title: 'Import Tasks', openLabel: 'Import', filters })) ?? [];
  if (!uri) return undefined;
  if ((await vscode.workspace.fs.stat(uri)).size > MAX_BYTES) throw new Error(`${uri.fsPath} is larger than 20 MB.`);
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
    label: task.title,
    description: [task.key, task.done ? 'done' : undefined].filter(Boolean).join(' · '),
    detail: shorten(task.prompt.replace(/\s+/g, ' '), 120),
    picked: !task.done,
    task,
  }));
  const title = `Which of ${plural(found.length, 'task')}?`;
  const picked = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  return picked?.map(({ task }) => task);
}

type Order = 'chain' | 'free' | 'theirs';

async function pickOrder(tasks: readonly ImportedTask[]): Promise<Order | undefined> {
  const linked = tasks.some(({ after }) => after.length > 0);
  const items: (vscode.QuickPickItem & { order: Order })[] = [
    ...(linked ? [{ label: 'As they block each other there', order: 'theirs' as const }] : []),
    { label: 'One after another', description: 'each waits until the one before is completed', order: 'chain' },
    { label: 'As agents are free', description: 'in this order of the queue', order: 'free' },
  ];
  return (await vscode.window.showQuickPick(items, { title: 'In which order?', ignoreFocusOut: true }))?.order;
}
