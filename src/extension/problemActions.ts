import * as vscode from 'vscode';
import { problemsText } from './commands/editorValues';
import { Command } from './manifest';

/** Offers, where a problem is, to queue a task that mends it. */
export class ProblemActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.QuickFix];

  provideCodeActions(document: vscode.TextDocument, _: vscode.Range, { diagnostics }: vscode.CodeActionContext): vscode.CodeAction[] {
    if (diagnostics.length === 0) return [];
    const title =
      diagnostics.length === 1
        ? vscode.l10n.t('Queue a Task for This Problem')
        : vscode.l10n.t('Queue a Task for These {0} Problems', diagnostics.length);
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
