import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Finding, Severity } from '../server/domain/finding';
import { evidenceLabel } from '../server/domain/evidence';
import type { TaskEvidence } from '../server/domain/query';
import { showInformation } from './messages';

const SEVERITY: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

/** Findings of reports in the Problems view, when a person asks for them. */
export class FindingProblems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('tasktower');

  /** Shows the findings of a task's last attempt, or of one piece, in place of those shown before. */
  async show({ task, pieces }: TaskEvidence, folder: string | undefined, evidenceId?: string): Promise<void> {
    this.collection.clear();
    const wanted = pieces.filter(({ attempt, evidence }) =>
      evidenceId === undefined ? attempt === task.attempts.length : evidence.id === evidenceId,
    );
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const { evidence, findings } of wanted) {
      for (const finding of findings?.shown ?? []) {
        if (finding.file === undefined || folder === undefined) continue;
        const known = byFile.get(finding.file) ?? [];
        known.push(diagnosticOf(finding, `${evidenceLabel(evidence)}, #${task.number}`));
        byFile.set(finding.file, known);
      }
    }
    for (const [file, diagnostics] of byFile) this.collection.set(vscode.Uri.file(join(folder ?? '', file)), diagnostics);
    if (byFile.size === 0) void showInformation(vscode.l10n.t('No finding of this report names a file.'));
    else await vscode.commands.executeCommand('workbench.actions.view.problems');
  }

  dispose(): void {
    this.collection.dispose();
  }
}

function diagnosticOf({ message, severity, rule, line = 1, column = 1, helpUrl }: Finding, source: string): vscode.Diagnostic {
  const at = new vscode.Position(line - 1, column - 1);
  const diagnostic = new vscode.Diagnostic(new vscode.Range(at, at), message, SEVERITY[severity]);
  diagnostic.source = source;
  diagnostic.code = helpUrl === undefined ? rule : { value: rule, target: vscode.Uri.parse(helpUrl, true) };
  return diagnostic;
}
