import * as vscode from 'vscode';
import { Command, TASK_SCHEME, View } from '../manifest';
import { detailsUri } from '../documents/uris';
import type { TowerState } from '../statusText';
import type { Estimates } from '../estimates';
import type { TowerHost } from '../towerHost';
import { Churn } from './churn';
import type { TaskNode } from './nodes';
import { type Scene } from '../../server/domain/rows/row';
import { taskFacts } from '../../server/domain/rows/taskRow';
import { TaskModel } from './taskModel';
import { treeItem } from './treeItem';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** The Tasks view: tasks by status, each with its attempts and evidence. */
export class TaskTree implements vscode.TreeDataProvider<TaskNode>, vscode.Disposable {
  private readonly model = new TaskModel();
  private readonly changed = new vscode.EventEmitter<TaskNode[] | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  readonly view: vscode.TreeView<TaskNode>;
  private readonly churn = new Churn(() => this.refresh());
  private readonly subscriptions: vscode.Disposable[];
  /** What each node said and held when VS Code last read it. */
  private readonly drawn = new Map<string, string>();
  private readonly held = new Map<string, string>();
  private listening: { dispose(): void }[] = [];

  constructor(
    private readonly host: TowerHost,
    private readonly estimates: Pick<Estimates, 'of' | 'onDidChange'>,
    dragAndDropController: vscode.TreeDragAndDropController<TaskNode>,
  ) {
    this.view = vscode.window.createTreeView(View.tasks, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
      dragAndDropController,
    });
    this.subscriptions = [this.view, this.changed, this.churn, this.churn.watch(this.view), host.onDidChange(() => this.follow())];
    this.subscriptions.push(estimates.onDidChange(() => this.churn.touch('live')));
    this.follow();
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    const { tower, state } = this.host;
    this.listening = tower
      ? [tower.onDidCommit(() => this.churn.touch('state')), tower.onDidChangeLive(() => this.churn.touch('live'))]
      : [];
    this.view.message = viewMessage(state);
    this.changed.fire(undefined);
  }

  private get scene(): Scene | undefined {
    const { tower } = this.host;
    return tower && { board: tower.board, live: tower.live, now: Date.now(), estimateOf: this.estimates.of };
  }

  getChildren(node?: TaskNode): TaskNode[] {
    const { scene } = this;
    if (!scene) return [];
    const children = this.model.children(scene, node);
    this.held.set(node?.id ?? '', childrenText(children));
    return children;
  }

  getParent(node: TaskNode): TaskNode | undefined {
    return this.scene && this.model.parent(this.scene, node);
  }

  getTreeItem(node: TaskNode): vscode.TreeItem {
    const { scene } = this;
    const row = scene && this.model.row(scene, node);
    if (!row || !scene) return new vscode.TreeItem('');
    this.drawn.set(node.id, JSON.stringify(row));
    const task = node.kind === 'task' ? scene.board.tasks.get(node.taskId) : undefined;
    const state = node.kind === 'group' ? (node.group.open ? Expanded : Collapsed) : task && TaskModel.expandable(task) ? Collapsed : None;
    const item = treeItem(row, state);
    if (task) {
      item.command = { command: 'vscode.open', title: vscode.l10n.t('Show Details'), arguments: [detailsUri(task)] };
      // The badge is a file decoration, looked up by this address.
      if (task.priority !== 'normal') item.resourceUri = vscode.Uri.from({ scheme: TASK_SCHEME, path: `/${task.priority}/${task.id}` });
    } else if (node.kind === 'evidence')
      item.command = { command: Command.openEvidence, title: vscode.l10n.t('Open Evidence'), arguments: [node] };
    else if (node.kind === 'attempt')
      item.command = { command: Command.openResult, title: vscode.l10n.t('Open Result'), arguments: [node] };
    else if (node.kind === 'more') item.command = { command: Command.showMore, title: vscode.l10n.t('Show More'), arguments: [node] };
    return item;
  }

  /** The tooltip, made when someone points at the row. Foreign text goes in as text, never as Markdown. */
  resolveTreeItem(item: vscode.TreeItem, node: TaskNode): vscode.TreeItem {
    const { scene } = this;
    const task = scene && node.kind === 'task' ? scene.board.tasks.get(node.taskId) : undefined;
    if (!scene || !task) return item;
    const tooltip = new vscode.MarkdownString('**');
    tooltip.appendText(`#${task.number} ${task.title}`).appendMarkdown('**\n\n');
    for (const fact of taskFacts(scene, task)) tooltip.appendText(fact).appendMarkdown('\n\n');
    const line = scene.live.tasks.get(task.id)?.lastLine;
    if (line !== undefined) tooltip.appendText(`“${line}”`);
    item.tooltip = tooltip;
    return item;
  }

  /** Shows more rows of a group. */
  more(node: TaskNode): void {
    const group = node.kind === 'more' ? this.model.more(node.group) : undefined;
    if (group) this.changed.fire([group]);
  }

  /** The task of a row, for commands. */
  async reveal(taskId: string): Promise<void> {
    await this.view.reveal(this.model.taskNode(taskId), { select: true, focus: false });
  }

  /** Tells VS Code of the rows that say something else now, and of no other. */
  private refresh(): boolean {
    const { scene } = this;
    if (!scene) return false;
    this.model.forget(scene.board);
    const roots = this.model.children(scene);
    if (childrenText(roots) !== this.held.get('')) {
      this.changed.fire(undefined);
      return true;
    }
    const stale: TaskNode[] = [];
    for (const group of roots) {
      const members = this.held.has(group.id) ? this.model.children(scene, group) : [];
      if (this.held.has(group.id) && childrenText(members) !== this.held.get(group.id)) stale.push(group);
      else
        stale.push(
          ...[group, ...members, ...members.flatMap((member) => this.openParts(scene, member))].filter((node) => this.isStale(scene, node)),
        );
    }
    if (stale.length > 0) this.changed.fire(stale);
    return stale.length > 0;
  }

  private openParts(scene: Scene, node: TaskNode): TaskNode[] {
    return this.held.has(node.id) ? this.model.children(scene, node) : [];
  }

  private isStale(scene: Scene, node: TaskNode): boolean {
    const before = this.drawn.get(node.id);
    return before !== undefined && before !== JSON.stringify(this.model.row(scene, node));
  }

  dispose(): void {
    for (const subscription of [...this.listening, ...this.subscriptions]) subscription.dispose();
  }
}

/** Why a view is empty, when it is not for want of tasks. */
function viewMessage(state: TowerState): string | undefined {
  if (state.kind === 'down') return state.message;
  return state.kind !== 'running' || state.isTrusted || ('team' in state.standing && state.standing.team !== undefined)
    ? undefined
    : vscode.l10n.t('History is readable. Nothing is started in an untrusted folder.');
}

function childrenText(nodes: readonly TaskNode[]): string {
  return nodes.map(({ id }) => id).join('\n');
}
