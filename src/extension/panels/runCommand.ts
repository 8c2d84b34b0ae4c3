import * as vscode from 'vscode';
import type { RunCommand } from '../../webviews/protocol';
import { Command } from '../manifest';

const KNOWN: ReadonlySet<string> = new Set(Object.values(Command));

/** Carries out a command of ours for a page, on what the page names as a row of a tree would. @throws for any other command. */
export async function runCommand({ command, taskIds = [], agentId, evidenceId }: RunCommand): Promise<void> {
  if (!KNOWN.has(command)) throw new Error(`The page asked for ${String(command)}, which is no command of Tasktower.`);
  const rows = taskIds.map((taskId) => ({ taskId, ...(evidenceId === undefined ? {} : { evidenceId }) }));
  const args = agentId === undefined ? (rows.length > 0 ? [rows[0], rows] : []) : [{ id: agentId }];
  await vscode.commands.executeCommand(command, ...args);
}
