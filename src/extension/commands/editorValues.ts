import * as vscode from 'vscode';
import type { TemplateValues } from '../../server/domain/template';

/** How much of a selection and how many problems go into a prompt. */
const MAX_SELECTION = 100_000;
const MOST_PROBLEMS = 100;

/** What the active editor gives to a template; empty where there is none. */
export function editorValues(editor = vscode.window.activeTextEditor): TemplateValues {
  const { document, selection } = editor ?? {};
  if (!document || document.uri.scheme !== 'file') return {};
  const values: TemplateValues = { file: vscode.workspace.asRelativePath(document.uri) };
  if (selection && !selection.isEmpty) values.selection = selectionText(document, selection);
  const problems = vscode.languages.getDiagnostics(document.uri);
  if (problems.length > 0) values.problems = problemsText(problems);
  return values;
}

/** Lines of a file as a prompt quotes them. The fence is longer than any in them. */
function selectionText(document: vscode.TextDocument, { start, end }: vscode.Range): string {
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  const whole = new vscode.Range(start.line, 0, last, document.lineAt(last).text.length);
  const text = document.getText(whole).slice(0, MAX_SELECTION);
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length + 1)));
  const lines = last === start.line ? `line ${start.line + 1}` : `lines ${start.line + 1} to ${last + 1}`;
  return `${vscode.workspace.asRelativePath(document.uri)}, ${lines}:\n\n${fence}${document.languageId}\n${text}\n${fence}`;
}

/** Problems one a line, the worst first. */
export function problemsText(problems: readonly vscode.Diagnostic[]): string {
  const sorted = [...problems].sort((a, b) => a.severity - b.severity || a.range.start.line - b.range.start.line);
  const left = sorted.length - MOST_PROBLEMS;
  const lines = sorted.slice(0, MOST_PROBLEMS).map(({ range, message, source }) => {
    const from = source === undefined ? '' : ` (${source})`;
    return `- line ${range.start.line + 1}: ${message.replace(/\s+/g, ' ')}${from}`;
  });
  return [...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
}
