import * as vscode from 'vscode';
import * as z from 'zod';
import { TaskRef, taskName, lastAttempt, type Task } from '../server/domain/task';
import { showDetails } from './documents/towerDocuments';
import { ModelTool } from './manifest';
import type { EvidencePanel } from './panels/evidencePanel';
import type { TowerHost } from './towerHost';

const Input = z.object({ task: TaskRef });

/** What the editor's own chat can do that MCP cannot: show a task, and open its proof. */
export function modelTools(host: TowerHost, panel: Pick<EvidencePanel, 'show'>): vscode.Disposable {
  const find = async (input: unknown): Promise<Task> => {
    const { task: taskId } = Input.parse(input);
    return (await host.here.query({ type: 'TaskDetails', taskId })).task;
  };
  const tool = (says: (task: string) => string, open: (task: Task) => unknown): vscode.LanguageModelTool<unknown> => ({
    prepareInvocation: ({ input }) => ({ invocationMessage: says(Input.safeParse(input).data?.task ?? vscode.l10n.t('a task')) }),
    invoke: async ({ input }) => {
      const task = await find(input);
      await open(task);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(summaryOf(task))]);
    },
  });
  return vscode.Disposable.from(
    vscode.lm.registerTool(
      ModelTool.showTask,
      tool(
        (task) => vscode.l10n.t('Showing {0}', task),
        (task) => showDetails(task),
      ),
    ),
    vscode.lm.registerTool(
      ModelTool.openProof,
      tool(
        (task) => vscode.l10n.t('Opening the proof of {0}', task),
        (task) => panel.show(task.id),
      ),
    ),
  );
}

function summaryOf(task: Task): string {
  const attempt = lastAttempt(task);
  const pieces = attempt?.evidence.length ?? 0;
  const lines = [`${taskName(task)} is ${task.status.replace('_', ' ')}.`];
  if (task.error) lines.push(`Error: ${task.error.message}`);
  if (attempt) lines.push(`Attempt ${attempt.n} by ${attempt.agentId}, ${pieces} pieces of evidence.`);
  if (attempt?.summary) lines.push(`Result: ${attempt.summary}`);
  return lines.join('\n');
}
