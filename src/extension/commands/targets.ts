import * as vscode from 'vscode';
import { tasksIn, type Board } from '../../server/domain/board';
import { waitingTasks } from '../../server/domain/order';
import { Id, Status, type Task } from '../../server/domain/task';
import type { Agent } from '../../server/domain/agent';
import type { TowerHost } from '../towerHost';
import { agentRow } from '../../server/domain/rows/agentRow';
import { type Row, type Scene } from '../../server/domain/rows/row';
import { taskRow } from '../../server/domain/rows/taskRow';
import { showInformation, withoutIcons } from '../messages';

/** Finds what a command is about: the rows it was called on, or what the person picks. */
export class Targets {
  constructor(private readonly host: TowerHost) {}

  /** The tasks of the call, or one that the person picks among those of `statuses`. Empty when they think better of it. */
  async tasks(args: readonly unknown[], verb: string, statuses: readonly Status[]): Promise<Task[]> {
    const { board } = this.host.here;
    const named = await Promise.all(namedIds(args).map(async (id) => board.tasks.get(id) ?? this.archived(id)));
    const found = named.filter((task) => task !== undefined);
    if (found.length > 0) return found;
    const picked = await this.pickTask(verb, statuses);
    return picked ? [picked] : [];
  }

  /** A task that is no longer on the board, from its folder; undefined where the name is none of a task. @throws {Refusal} when it is gone. */
  private async archived(taskId: string): Promise<Task | undefined> {
    if (!Id.safeParse(taskId).success) return undefined;
    return (await this.host.here.query({ type: 'TaskDetails', taskId })).task;
  }

  /** Lets the person pick a task. */
  async pickTask(verb: string, statuses: readonly Status[] = Status.options): Promise<Task | undefined> {
    const { scene } = this;
    const found = statuses.flatMap((status) => (status === 'pending' ? [...waitingTasks(scene.board)] : tasksIn(scene.board, status)));
    if (found.length === 0) {
      void showInformation(vscode.l10n.t('There is no task to {0}.', verb));
      return undefined;
    }
    const items = found.slice(0, 1000).map((task) => ({ ...itemOf(taskRow(scene, task)), task }));
    return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which task to {0}?', verb), matchOnDescription: true }))?.task;
  }

  /** The agent of the call, or one that the person picks. */
  async agent(args: readonly unknown[], verb: string, fits: (agent: Agent) => boolean): Promise<Agent | undefined> {
    const { scene } = this;
    const named = namedAgent(scene.board, args[0]);
    if (named) return named;
    const found = [...scene.board.agents.values()].filter(fits);
    if (found.length === 0) {
      void showInformation(vscode.l10n.t('There is no agent to {0}.', verb));
      return undefined;
    }
    const items = found.map((agent) => ({ ...itemOf(agentRow(scene, agent)), agent }));
    return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which agent to {0}?', verb) }))?.agent;
  }

  private get scene(): Scene {
    const { board, live } = this.host.here;
    return { board, live, now: Date.now() };
  }
}

function itemOf({ label, description, icon }: Row): vscode.QuickPickItem {
  return { label: `$(${icon}) ${withoutIcons(label)}`, description: withoutIcons(description) };
}

/** Tasks named by tree nodes (of any of our trees), ids or numbers; a selection of many comes as the second argument. */
export function namedTasks(board: Board, args: readonly unknown[]): Task[] {
  return namedIds(args).flatMap((id) => board.tasks.get(id) ?? []);
}

function namedIds([one, many]: readonly unknown[]): string[] {
  const values = Array.isArray(many) && many.length > 0 ? (many as unknown[]) : one === undefined ? [] : [one];
  return [...new Set(values.flatMap((value) => taskIdOf(value) ?? []))];
}

function taskIdOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if ('taskId' in value && typeof value.taskId === 'string') return value.taskId;
  if ('value' in value) return taskIdOf(value.value);
  return 'task' in value && typeof value.task === 'object' && value.task !== null && 'id' in value.task
    ? taskIdOf(value.task.id)
    : undefined;
}

function namedAgent(board: Board, value: unknown): Agent | undefined {
  if (typeof value === 'string') return board.agents.get(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('value' in value) return namedAgent(board, value.value);
  if ('agent' in value) return namedAgent(board, value.agent);
  return 'id' in value && typeof value.id === 'string' ? board.agents.get(value.id) : undefined;
}
