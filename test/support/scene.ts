import { type Row, type Scene } from '../../src/server/domain/rows/row';
import type { TaskNode } from '../../src/extension/tree/nodes';
import { TaskModel } from '../../src/extension/tree/taskModel';
import type { LiveTask } from '../../src/server/domain/live';
import type { RuleBench } from './ruleBench';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** One in the afternoon, so that "today" does not end within a test. */
export const AFTERNOON = new Date(2026, 10, 23, 13, 0).getTime();

/** What the views may look at, at the bench's own time. */
export function sceneOf(bench: RuleBench, going: Record<string, LiveTask> = {}): Scene {
  return { board: bench.board, live: { tasks: new Map(Object.entries(going)), agents: bench.online }, now: bench.now };
}

/** The Tasks tree as text, a level an indent: `label  description`. */
export function treeText(scene: Scene, model = new TaskModel()): string {
  const draw = (nodes: TaskNode[], indent: string): string[] =>
    nodes.flatMap((node) => {
      const row = model.row(scene, node);
      return [`${indent}${row ? rowText(row) : '?'}`, ...(isOpen(scene, node) ? draw(model.children(scene, node), `${indent}  `) : [])];
    });
  return draw(model.children(scene), '').join('\n');
}

function isOpen({ board }: Scene, node: TaskNode): boolean {
  const task = node.kind === 'task' ? board.tasks.get(node.taskId) : undefined;
  return node.kind === 'group' || (task !== undefined && TaskModel.expandable(task));
}

/** A row as text; times of day read HH:MM, whatever the locale of the machine. */
export function rowText({ label, description }: Row): string {
  return withoutClock(`${label}  ${description}`.trim());
}

export function withoutClock(text: string): string {
  return text.replace(/\d{1,2}:\d{2}(?:\s[AP]M)?/g, 'HH:MM');
}

/** Literal text of a test without its common indent. */
export function lines(text: string): string {
  const all = text.replace(/^\n|\n\s*$/g, '').split('\n');
  const indent = Math.min(...all.filter((line) => line.trim()).map((line) => /^ */.exec(line)?.[0].length ?? 0));
  return all.map((line) => line.slice(indent)).join('\n');
}
