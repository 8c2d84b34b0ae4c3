import * as vscode from 'vscode';
import type { Tower } from '../../server/domain/ports';
import type { Task } from '../../server/domain/task';
import { Command, SCHEME } from '../manifest';
import type { TowerHost } from '../towerHost';
import { detailsMarkdown, logText } from './detailsMarkdown';
import { detailsUri, logUri, placeOf, resultUri } from './uris';
import { spoken } from '../../server/domain/spoken';

/** Lines of a log document; older ones are in the files of the task. */
const LOG_LINES = 5_000;
/** The least time between two updates of a document, ms. */
const PAUSE = 400;
const LINK = /\[((?:[^\]\\]|\\.)*)\]\[(\d+)\]/g;
/** A document of ours links to nothing but these. */
const TARGET = /^\[(\d+)\]: ((?:tasktower:|command:tasktower\.openEvidence\?)\S*)$/gm;

/** Details, logs and results as read-only documents that follow what happens. */
export class TowerDocuments implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly dirty = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private listening: { dispose(): void }[] = [];
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly host: TowerHost) {
    this.subscriptions = [
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.languages.registerDocumentLinkProvider({ scheme: SCHEME }, this),
      vscode.workspace.onDidChangeTextDocument(({ document }) => follow(document)),
      // While a document was being opened it was not among those that are told of changes.
      vscode.workspace.onDidOpenTextDocument(({ uri }) => uri.scheme === SCHEME && this.changed.fire(uri)),
      host.onDidChange(() => this.follow()),
    ];
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    const { tower } = this.host;
    const touch = (taskIds: Iterable<string>): void => {
      for (const id of taskIds) this.dirty.add(id);
      this.timer ??= setTimeout(() => this.update(), PAUSE);
    };
    this.listening = tower
      ? [
          tower.onDidCommit((records) =>
            touch(records.flatMap(({ events }) => events.flatMap((event) => ('taskId' in event ? [event.taskId] : [])))),
          ),
          tower.onDidChangeLive(({ tasks }) => touch(Object.keys(tasks ?? {}))),
          tower.onDidLog((lines) => touch(lines.map(({ taskId }) => taskId))),
        ]
      : [];
    for (const document of this.open()) this.changed.fire(document.uri);
  }

  private update(): void {
    this.timer = undefined;
    const ids = new Set(this.dirty);
    this.dirty.clear();
    for (const { uri } of this.open()) {
      const place = placeOf(uri);
      // A line stays as it is.
      if (place && place.kind !== 'line' && ids.has(place.taskId)) this.changed.fire(uri);
    }
  }

  private open(): vscode.TextDocument[] {
    return vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === SCHEME);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const place = placeOf(uri);
    if (!place) return vscode.l10n.t('Tasktower has no such document.\n');
    try {
      const tower = this.host.here;
      if (place.kind === 'line') return await lineText(tower, place.taskId, place.line ?? '');
      const details = await tower.query({ type: 'TaskDetails', taskId: place.taskId });
      if (place.kind === 'result') return details.results[place.attempt ?? 0] ?? vscode.l10n.t('No result yet.\n');
      if (place.kind === 'log') {
        const lines = await tower.query({ type: 'Logs', filter: { taskId: place.taskId, limit: LOG_LINES } });
        return lines.length > 0
          ? `${lines.map(logText).join('\n')}\n`
          : vscode.l10n.t('No log yet. Lines appear here the moment an agent sends one.\n');
      }
      const lines = await tower.query({ type: 'Logs', filter: { taskId: place.taskId, limit: 200 } });
      const scene = { board: tower.board, live: tower.live, now: Date.now() };
      return detailsMarkdown(scene, details, lines, linksOf(details.task));
    } catch (error) {
      return `${spoken(error)}\n`;
    }
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const text = document.getText();
    const targets = new Map([...text.matchAll(TARGET)].map(([, number = '', target = '']) => [number, target]));
    return [...text.matchAll(LINK)].flatMap(({ index, 1: label = '', 2: number = '' }) => {
      const target = targets.get(number);
      if (target === undefined) return [];
      const start = document.positionAt(index + 1);
      return new vscode.DocumentLink(new vscode.Range(start, start.translate(0, label.length)), vscode.Uri.parse(target, true));
    });
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of [...this.listening, ...this.subscriptions]) subscription.dispose();
  }
}

async function lineText(tower: Pick<Tower, 'query'>, taskId: string, place: string): Promise<string> {
  const page = await tower.query({ type: 'LogPage', scope: { taskIds: [taskId] }, place, direction: 'around', limit: 2 });
  return page.lines.find((line) => line.place === place)?.text ?? vscode.l10n.t('This line is not kept any more.\n');
}

/** Shows the details of a task, as a click on its row does. */
export async function showDetails(task: Task): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', detailsUri(task));
}

/** Shows the log of a task at its end. */
export async function showLog(task: Task): Promise<void> {
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(logUri(task)), { preview: true });
  toEnd(editor);
}

/** Keeps a log at its end when that is where the person is. */
function follow(document: vscode.TextDocument): void {
  if (document.uri.scheme !== SCHEME || placeOf(document.uri)?.kind !== 'log') return;
  for (const editor of vscode.window.visibleTextEditors) {
    const seen = editor.visibleRanges.at(-1)?.end.line ?? 0;
    if (editor.document === document && editor.selection.isEmpty && seen >= document.lineCount - 50) toEnd(editor);
  }
}

function toEnd(editor: vscode.TextEditor): void {
  const end = new vscode.Position(Math.max(0, editor.document.lineCount - 1), 0);
  editor.revealRange(new vscode.Range(end, end));
}

function linksOf(task: Task): { log: string; result(attempt: number): string; evidence(attempt: number, evidenceId: string): string } {
  const address = (uri: vscode.Uri): string => uri.toString().replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
  return {
    log: address(logUri(task)),
    result: (attempt) => address(resultUri(task, attempt)),
    evidence: (attempt, evidenceId) =>
      `command:${Command.openEvidence}?${encodeURIComponent(JSON.stringify([{ kind: 'evidence', taskId: task.id, attempt, evidenceId }]))}`,
  };
}
