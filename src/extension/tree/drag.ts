import * as vscode from 'vscode';
import { Refusal } from '../../server/domain/refusal';
import { Command } from '../manifest';
import type { TowerHost } from '../towerHost';
import type { Report } from '../report';
import { YOU } from '../you';
import type { TaskNode } from './nodes';
import { word } from '../../server/domain/words';

const MIME = 'application/vnd.code.tree.tasktower.tasks';

/** Reorders pending tasks by dragging; in another priority's rows a task takes that priority. */
export class TaskDrag implements vscode.TreeDragAndDropController<TaskNode> {
  readonly dragMimeTypes = [MIME];
  readonly dropMimeTypes = [MIME];

  constructor(
    private readonly host: TowerHost,
    private readonly report: Report,
  ) {}

  handleDrag(nodes: readonly TaskNode[], data: vscode.DataTransfer): void {
    const pending = nodes.flatMap((node) => (node.kind === 'task' && this.isPending(node.taskId) ? [node.taskId] : []));
    if (pending.length > 0) data.set(MIME, new vscode.DataTransferItem(pending));
  }

  async handleDrop(target: TaskNode | undefined, data: vscode.DataTransfer): Promise<void> {
    const dragged: unknown = data.get(MIME)?.value;
    const before = target?.kind === 'task' && this.isPending(target.taskId) ? target.taskId : null;
    if (!Array.isArray(dragged) || (target?.kind === 'group' && target.group.key !== 'pending')) return;
    await this.report(async () => {
      const why = this.host.whyNot(Command.moveUp);
      if (why !== undefined) throw new Refusal('forbidden', why);
      const tower = this.host.here;
      for (const taskId of dragged.map(String)) {
        const old = tower.board.tasks.get(taskId)?.priority;
        await tower.execute({ type: 'ReorderTask', taskId, before }, YOU);
        const task = tower.board.tasks.get(taskId);
        if (task && task.priority !== old)
          vscode.window.setStatusBarMessage(vscode.l10n.t('#{0} is now {1}.', task.number, word(task.priority)), 4000);
      }
    });
  }

  private isPending(taskId: string): boolean {
    return this.host.tower?.board.tasks.get(taskId)?.status === 'pending';
  }
}
