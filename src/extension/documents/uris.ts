import * as vscode from 'vscode';
import type { Task } from '../../server/domain/task';
import { SCHEME } from '../manifest';

/** What a document of ours shows. */
export interface DocumentPlace {
  kind: 'task' | 'log' | 'result' | 'line';
  taskId: string;
  /** Of a result. */
  attempt?: number;
  /** Of a line of the log. */
  line?: string;
}

/** The address of a task's details; its last part is the name on the tab. */
export function detailsUri(task: Pick<Task, 'id' | 'number' | 'title'>): vscode.Uri {
  return uri(`/task/${task.id}`, `#${task.number} ${task.title}`, 'md');
}

export function logUri(task: Pick<Task, 'id' | 'number' | 'title'>): vscode.Uri {
  return uri(`/log/${task.id}`, `#${task.number} ${task.title}`, 'log');
}

export function resultUri(task: Pick<Task, 'id' | 'number' | 'title'>, attempt: number): vscode.Uri {
  // Plain text: in Markdown, what an agent wrote would get links, to commands too.
  return uri(`/result/${task.id}/${attempt}`, `#${task.number} result ${attempt}`, 'txt');
}

/** The address of one stored line of the log, at its place. */
export function lineUri(taskId: string, place: string, name: string, extension: string): vscode.Uri {
  return uri(`/line/${taskId}`, name, extension, place);
}

function uri(folder: string, name: string, extension: string, query = ''): vscode.Uri {
  return vscode.Uri.from({
    scheme: SCHEME,
    query,
    path: `${folder}/${name
      .replace(/[\\/:*?"<>|]/g, ' ')
      .slice(0, 80)
      .trim()}.${extension}`,
  });
}

/** Reads such an address; undefined for one that is not ours. */
export function placeOf({ path, query }: vscode.Uri): DocumentPlace | undefined {
  const [, kind, taskId, attempt] = path.split('/');
  if (taskId && kind === 'line') return { kind, taskId, line: query };
  if (!taskId || (kind !== 'task' && kind !== 'log' && kind !== 'result')) return undefined;
  return { kind, taskId, ...(kind === 'result' ? { attempt: Number(attempt) } : {}) };
}
