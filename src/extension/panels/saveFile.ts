import { basename, extname } from 'node:path';
import * as vscode from 'vscode';

/** A file that a page made: a text, or bytes as base64. */
interface MadeFile {
  name: string;
  text?: string;
  base64?: string;
}

/** Writes a file of a page where the person says. */
export async function saveFile({ name, text, base64 }: MadeFile): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const proposed = basename(name);
  const extension = extname(proposed).slice(1);
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save {0}', proposed),
    filters: { [extension.toUpperCase()]: [extension] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, proposed) } : {}),
  });
  if (!to) return;
  await vscode.workspace.fs.writeFile(to, base64 === undefined ? Buffer.from(text ?? '', 'utf8') : Buffer.from(base64, 'base64'));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}.', basename(to.path)), 4000);
}
