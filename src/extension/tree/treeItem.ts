import * as vscode from 'vscode';
import { type Row } from '../../server/domain/rows/row';

/** A row as VS Code takes it. */
export function treeItem(row: Row, state: vscode.TreeItemCollapsibleState = vscode.TreeItemCollapsibleState.None): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.id = row.id;
  item.description = row.description;
  item.contextValue = row.contextValue;
  item.accessibilityInformation = { label: row.spoken };
  if (row.icon) item.iconPath = new vscode.ThemeIcon(row.icon, row.color === undefined ? undefined : new vscode.ThemeColor(row.color));
  return item;
}
