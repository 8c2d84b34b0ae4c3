import * as vscode from 'vscode';
import type { TowerHost } from '../towerHost';
import { Churn } from './churn';
import { type Row, type Scene } from '../../server/domain/rows/row';
import { treeItem } from './treeItem';

/** A node of a small tree: what it says, and what is under it. */
export interface FlatNode<T> {
  row: Row;
  value: T;
  children?: FlatNode<T>[];
  command?: vscode.Command;
}

/** A view of a few rows, read anew as a whole when one of them says something else. */
export abstract class FlatTree<T> implements vscode.TreeDataProvider<FlatNode<T>>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  protected readonly view: vscode.TreeView<FlatNode<T>>;
  private readonly churn = new Churn(() => this.refresh());
  private readonly subscriptions: vscode.Disposable[];
  private listening: { dispose(): void }[] = [];
  private drawn = '';

  constructor(
    private readonly host: TowerHost,
    id: string,
  ) {
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this });
    this.subscriptions = [this.view, this.changed, this.churn, this.churn.watch(this.view), host.onDidChange(() => this.follow())];
    this.follow();
  }

  /** What the view shows now. */
  protected abstract roots(scene: Scene): FlatNode<T>[];
  /** After each refresh, for messages and badges. */
  protected abstract decorate(scene: Scene | undefined): void;

  protected get scene(): Scene | undefined {
    const { tower } = this.host;
    return tower && { board: tower.board, live: tower.live, now: Date.now() };
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    const { tower } = this.host;
    this.listening = tower
      ? [tower.onDidCommit(() => this.churn.touch('state')), tower.onDidChangeLive(() => this.churn.touch('live'))]
      : [];
    // Not from the constructor, where a subclass is not whole yet.
    setImmediate(() => this.refresh());
  }

  private refresh(): boolean {
    const { scene } = this;
    this.decorate(scene);
    const now = JSON.stringify(scene ? this.roots(scene).map(textOf) : []);
    if (now === this.drawn) return false;
    this.drawn = now;
    this.changed.fire();
    return true;
  }

  getChildren(node?: FlatNode<T>): FlatNode<T>[] {
    if (node) return node.children ?? [];
    return this.scene ? this.roots(this.scene) : [];
  }

  getTreeItem({ row, children, command }: FlatNode<T>): vscode.TreeItem {
    const item = treeItem(row, children ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
    if (command) item.command = command;
    return item;
  }

  dispose(): void {
    for (const subscription of [...this.listening, ...this.subscriptions]) subscription.dispose();
  }
}

function textOf(node: FlatNode<unknown>): unknown {
  return [node.row, node.children?.map(textOf)];
}
