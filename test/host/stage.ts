import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TasktowerApi } from '../../src/extension/extension';
import type { CommandInput } from '../../src/server/domain/command';
import type { Answer } from '../../src/server/domain/command';
import type { Task } from '../../src/server/domain/task';
import type { TaskNode } from '../../src/extension/tree/nodes';
import { until } from '../support/until';

export type Spec = Extract<CommandInput, { type: 'CreateTask' }>['spec'];

/** The extension as the editor runs it: its live objects, and what a person could see. */
export class HostStage {
  private constructor(
    readonly api: TasktowerApi,
    readonly manifest: Record<string, unknown>,
    /** Where the extension is, absolute. */
    readonly folder: string,
  ) {}

  /** Waits for the extension and its tower. */
  static async open(): Promise<HostStage> {
    const extension = vscode.extensions.getExtension<TasktowerApi>('tasktower.tasktower');
    assert.ok(extension, 'the extension is not installed');
    const api = await extension.activate();
    await api.started;
    return new HostStage(api, extension.packageJSON as Record<string, unknown>, extension.extensionPath);
  }

  get tower(): NonNullable<TasktowerApi['host']['tower']> {
    return this.api.host.here;
  }

  execute(command: CommandInput): Promise<Answer> {
    return this.tower.execute(command, { kind: 'person', name: 'you' });
  }

  /** Makes a task by the command, without a dialog. */
  async create(spec: Spec): Promise<Task> {
    const id = await vscode.commands.executeCommand<string>('tasktower.createTask', spec);
    return this.task(id);
  }

  task(id: string): Task {
    const task = this.tower.board.tasks.get(id);
    assert.ok(task, `there is no task ${id}`);
    return task;
  }

  /** The rows of a group of the Tasks tree, as the editor gets them. */
  rows(group: string): vscode.TreeItem[] {
    const { tree } = this.api;
    const node = tree.getChildren().find(({ id }) => id === `group/${group}`);
    return node ? tree.getChildren(node).map((child: TaskNode) => tree.getTreeItem(child)) : [];
  }

  /** Opens the details of a task by what a click on its row does. */
  async details(task: Task): Promise<vscode.TextDocument> {
    const groups = this.api.tree.getChildren();
    const nodes = groups.flatMap((group) => this.api.tree.getChildren(group));
    const node = nodes.find(({ id }) => id === `task/${task.id}`);
    assert.ok(node, `#${task.number} has no row`);
    const { command } = this.api.tree.getTreeItem(node);
    assert.equal(command?.command, 'vscode.open');
    const uri = command.arguments?.[0] as vscode.Uri;
    await vscode.commands.executeCommand('vscode.open', uri);
    return vscode.workspace.openTextDocument(uri);
  }

  /** Waits for a text in a document that follows what happens. */
  shows(document: vscode.TextDocument, text: string): Promise<true> {
    return until(`"${text}" in ${document.uri.path}`, () => {
      if (document.getText().includes(text)) return true;
      throw new Error(document.getText());
    });
  }

  /** Waits for the status of a task. */
  reaches(task: Task, status: Task['status']): Promise<true> {
    return until(`#${task.number} to be ${status}`, () => this.task(task.id).status === status, 30_000) as Promise<true>;
  }
}
