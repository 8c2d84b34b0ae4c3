import * as vscode from 'vscode';
import { problemsText } from './commands/editorValues';
import { Command } from './manifest';

/** Offers, where a problem is, to queue a task that mends it. */
export class ProblemActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];

  provideCodeActions(document: vscode.TextDocument, _: vscode.Range, { diagnostics }: vscode.CodeActionContext): vscode.CodeAction[] {
    if (diagnostics.length === 0) return [];
    const what = diagnostics.length === 1 ? 'This Problem' : `These ${diagnostics.length} Problems`;
    const title = `Queue a Task for ${what}`;
    const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    action.diagnostics = [...diagnostics];
    action.command = {
      command: Command.queueProblems,
      title,
      arguments: [{ file: vscode.workspace.asRelativePath(document.uri), problems: problemsText(diagnostics) }],
    };
    return [action];
  }
}
