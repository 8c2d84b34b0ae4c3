import { applyPatch, parsePatch, reversePatch, type StructuredPatch } from 'diff';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import * as vscode from 'vscode';
import { PATCH_SCHEME } from '../manifest';

/** The two sides of a file that a patch changes. */
interface Sides {
  file: string;
  before: string;
  after: string;
}

/** Shows patches in VS Code's own diff editor, a file each. */
export class PatchDiff implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly subscriptions = [
    vscode.workspace.registerTextDocumentContentProvider(PATCH_SCHEME, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.toString())),
  ];

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? vscode.l10n.t('This patch is no longer open. Open it again from its task.\n');
  }

  /** Opens a patch against the files of a folder. @returns false when it fits none of them, as when they have changed since. */
  async show(title: string, id: string, text: string, folder: string | undefined): Promise<boolean> {
    const sides = await sidesOf(text, folder).catch(() => []);
    if (sides.length === 0) return false;
    const changes = sides.map(({ file, before, after }): [vscode.Uri, vscode.Uri, vscode.Uri] => {
      const uri = (side: string, content: string): vscode.Uri => {
        const made = vscode.Uri.from({ scheme: PATCH_SCHEME, path: `/${file}`, query: `${id}/${side}` });
        this.texts.set(made.toString(), content);
        return made;
      };
      return [folder === undefined ? uri('file', after) : vscode.Uri.file(join(folder, file)), uri('before', before), uri('after', after)];
    });
    await vscode.commands.executeCommand('vscode.changes', title, changes);
    return true;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.texts.clear();
  }
}

async function sidesOf(text: string, folder: string | undefined): Promise<Sides[]> {
  const sides: Sides[] = [];
  for (const patch of parsePatch(text)) {
    const file = nameOf(patch);
    if (file === undefined) continue;
    const there = folder === undefined ? '' : await readFile(join(folder, file), 'utf8').catch(() => '');
    const after = applyPatch(there, patch);
    // It may have been applied already.
    const before = after === false ? applyPatch(there, reversePatch(patch)) : there;
    if (before === false) return [];
    sides.push({ file, before, after: after === false ? there : after });
  }
  return sides;
}

/** The file that a patch changes, below its folder; undefined for a name that leads out of it. */
function nameOf({ oldFileName, newFileName }: StructuredPatch): string | undefined {
  const named = newFileName === undefined || newFileName === '/dev/null' ? oldFileName : newFileName;
  const file = named?.replace(/^[ab]\//, '');
  if (file === undefined || file === '' || isAbsolute(file) || relative('.', file).startsWith('..') || file.includes('\0'))
    return undefined;
  return file;
}
