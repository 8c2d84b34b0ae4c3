import * as l10n from '@vscode/l10n';
import { tasksIn, type Board } from '../../server/domain/board';
import { count, counted } from '../../server/domain/format';
import { waitingTasks } from '../../server/domain/order';
import { lastAttempt, type Task } from '../../server/domain/task';
import { FINISHED, GROUPS, PAGE, type Group, type TaskNode } from './nodes';
import { attemptRow, evidenceRow } from '../../server/domain/rows/partRows';
import { join, type Row, type Scene } from '../../server/domain/rows/row';
import { taskRow } from '../../server/domain/rows/taskRow';

/** The Tasks tree without VS Code: which nodes there are, and what each says. */
export class TaskModel {
  private readonly nodes = new Map<string, TaskNode>();
  private readonly shown = new Map<string, number>();

  /** The children of a node, or the groups. */
  children(scene: Scene, node?: TaskNode): TaskNode[] {
    if (!node)
      return GROUPS.filter((group) => size(scene.board, group) > 0).map((group) =>
        this.node({ kind: 'group', id: `group/${group.key}`, group }),
      );
    if (node.kind === 'group') return this.members(scene.board, node.group);
    const task = node.kind === 'task' ? scene.board.tasks.get(node.taskId) : undefined;
    return task ? this.parts(task) : [];
  }

  parent(scene: Scene, node: TaskNode): TaskNode | undefined {
    if (node.kind === 'group') return undefined;
    if (node.kind === 'more') return this.nodes.get(`group/${node.group.key}`);
    const task = scene.board.tasks.get(node.taskId);
    if (node.kind !== 'task') return this.taskNode(node.taskId);
    const group = GROUPS.find(({ statuses }) => task && statuses.includes(task.status));
    return group && this.node({ kind: 'group', id: `group/${group.key}`, group });
  }

  taskNode(taskId: string): TaskNode {
    return this.node({ kind: 'task', id: `task/${taskId}`, taskId });
  }

  /** Shows the next page of a group. */
  more(group: Group): TaskNode | undefined {
    this.shown.set(group.key, (this.shown.get(group.key) ?? PAGE) + PAGE);
    return this.nodes.get(`group/${group.key}`);
  }

  row(scene: Scene, node: TaskNode): Row | undefined {
    if (node.kind === 'group') return groupRow(scene, node.group);
    if (node.kind === 'more') return this.moreRow(scene.board, node);
    const task = scene.board.tasks.get(node.taskId);
    if (!task) return undefined;
    if (node.kind === 'task') return taskRow(scene, task);
    const attempt = task.attempts[node.attempt - 1];
    if (!attempt) return undefined;
    if (node.kind === 'attempt') return attemptRow(scene, task, attempt);
    const piece = attempt.evidence.find(({ id }) => id === node.evidenceId);
    return piece && evidenceRow(task, attempt, piece);
  }

  /** True when a task has parts worth a level of their own. */
  static expandable(task: Task): boolean {
    return task.attempts.length > 1 || (lastAttempt(task)?.evidence.length ?? 0) > 0;
  }

  private members(board: Board, group: Group): TaskNode[] {
    if (group.key === 'finished')
      return finished(board)
        .slice(0, FINISHED)
        .map(({ id }) => this.taskNode(id));
    if (group.key === 'running')
      return tasksIn(board, 'running')
        .sort((a, b) => startOf(a) - startOf(b))
        .map(({ id }) => this.taskNode(id));
    const limit = this.shown.get(group.key) ?? PAGE;
    const nodes: TaskNode[] = [];
    for (const { id } of group.key === 'pending' ? waitingTasks(board) : group.statuses.flatMap((status) => tasksIn(board, status))) {
      if (nodes.length === limit) return [...nodes, this.node({ kind: 'more', id: `more/${group.key}`, group })];
      nodes.push(this.taskNode(id));
    }
    return nodes;
  }

  private parts(task: Task): TaskNode[] {
    const attempts = [...task.attempts]
      .reverse()
      .map(({ n }) => this.node({ kind: 'attempt', id: `attempt/${task.id}/${n}`, taskId: task.id, attempt: n }));
    const newest = lastAttempt(task);
    const evidence = newest?.evidence.map(({ id }) =>
      this.node({ kind: 'evidence', id: `evidence/${task.id}/${newest.n}/${id}`, taskId: task.id, attempt: newest.n, evidenceId: id }),
    );
    return [...attempts, ...(evidence ?? [])];
  }

  private moreRow(board: Board, { id, group }: TaskNode & { kind: 'more' }): Row {
    const left = size(board, group) - (this.shown.get(group.key) ?? PAGE);
    const label = l10n.t('Show {0} more of {1}', Math.min(PAGE, left), count(left));
    return { id, label, description: '', icon: 'ellipsis', contextValue: 'more', spoken: label };
  }

  /** One object a node, as VS Code knows a node by its object. */
  private node<T extends TaskNode>(node: T): TaskNode {
    const known = this.nodes.get(node.id);
    if (known) return known;
    this.nodes.set(node.id, node);
    return node;
  }

  /** Forgets nodes of tasks that left the board. */
  forget(board: Board): void {
    for (const [id, node] of this.nodes) if ('taskId' in node && !board.tasks.has(node.taskId)) this.nodes.delete(id);
  }
}

function size(board: Board, group: Group): number {
  return group.statuses.reduce((sum, status) => sum + board.byStatus[status].size, 0);
}

function groupRow({ board, now }: Scene, group: Group): Row {
  const description = group.key === 'finished' ? finishedFact(board, now) : count(size(board, group));
  return {
    id: `group/${group.key}`,
    label: group.label,
    description,
    icon: '',
    contextValue: `group.${group.key}`,
    spoken: `${group.label}, ${counted(size(board, group), l10n.t('{0} task'), l10n.t('{0} tasks'))}`,
  };
}

function finishedFact(board: Board, now: number): string {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const today = finished(board).filter((task) => task.since >= midnight);
  const failed = today.filter((task) => task.status === 'failed').length;
  return join(l10n.t('{0} today', today.length), failed > 0 ? l10n.t('{0} failed', failed) : '');
}

function finished(board: Board): Task[] {
  return (['completed', 'failed', 'cancelled'] as const).flatMap((status) => tasksIn(board, status)).sort((a, b) => b.since - a.since);
}

function startOf(task: Task): number {
  return lastAttempt(task)?.startedAt ?? task.since;
}
