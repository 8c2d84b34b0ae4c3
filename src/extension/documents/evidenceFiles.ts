import { copyFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import type { Task } from '../../server/domain/task';
import type { WindowTower } from '../../server/sharedTower';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'application/json': 'json',
  'text/markdown': 'md',
  'text/x-diff': 'diff',
};

/** Opens a piece of evidence with the editor's own viewer. The stored file has no extension, so a copy with a name is shown. */
export async function openEvidence(tower: WindowTower, cache: vscode.Uri, task: Task, piece: Evidence): Promise<void> {
  const stored = tower.evidencePath(piece.sha256);
  if (stored === undefined) throw new Error(vscode.l10n.t('{0} of #{1} is no longer on the disk.', evidenceLabel(piece), task.number));
  const extension = piece.kind === 'patch' ? 'diff' : (EXTENSIONS[piece.mime] ?? (piece.mime.startsWith('text/') ? 'txt' : 'bin'));
  const folder = join(cache.fsPath, 'evidence', piece.sha256.slice(0, 16));
  const name = `#${task.number} ${evidenceLabel(piece)}`.replace(/[^\w@.# -]/g, '_').slice(0, 100);
  const path = join(folder, `${name}.${extension}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await stat(path).catch(() => undefined))) await copyFile(stored, path);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path), { preview: true });
}
