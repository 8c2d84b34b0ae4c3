import { createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as vscode from 'vscode';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import { taskName, type Task } from '../../server/domain/task';
import type { WindowTower } from '../../server/sharedTower';
import type { OpenElsewhere } from '../../webviews/protocol';
import { openEvidence } from '../documents/evidenceFiles';
import type { PatchDiff } from '../documents/patchDiff';
import { showDetails, showLog } from '../documents/towerDocuments';
import { Command } from '../manifest';
import type { TowerHost } from '../towerHost';
import type { FindingProblems } from '../problems';

export interface OpenParts {
  host: TowerHost;
  patches: PatchDiff;
  problems: FindingProblems;
  /** Where copies of evidence with a readable name lie. */
  cache: vscode.Uri;
}

/** Opens what belongs to a task with the editor's own viewers. */
export class Opener {
  constructor(private readonly parts: OpenParts) {}

  async open({ what, taskId, attempt, evidenceId, file, line }: OpenElsewhere): Promise<void> {
    const { host, problems } = this.parts;
    if (what === 'next') return void (await vscode.commands.executeCommand(Command.nextNeedsMe));
    if (what === 'log') return void (await vscode.commands.executeCommand(Command.showLog));
    const { task } = await host.here.query({ type: 'TaskDetails', taskId });
    if (what === 'details') return showDetails(task);
    if (what === 'logs') return showLog(task);
    if (what === 'bundle') return saveBundle(host.here, task);
    if (what === 'problems') return problems.show(await host.here.query({ type: 'Evidence', taskId }), folderOf(task), evidenceId);
    if (what === 'file' && file !== undefined) return openFile(folderOf(task), file, line);
    const pieces = task.attempts.filter(({ n }) => attempt === undefined || n === attempt).flatMap(({ evidence }) => evidence);
    const piece = pieces.find(({ id }) => id === evidenceId);
    if (piece) await this.piece(task, piece);
  }

  /** Opens a piece of evidence: a patch in the diff editor, anything else in what the editor has for it. */
  async piece(task: Task, piece: Evidence): Promise<void> {
    const { host, patches, cache } = this.parts;
    await host.here.prepareEvidence(task.id);
    const path = host.here.evidencePath(piece.sha256);
    if (piece.kind === 'patch' && path !== undefined) {
      const text = await readFile(path, 'utf8');
      if (
        await patches.show(
          vscode.l10n.t({
            message: '{0} of {1}',
            args: [evidenceLabel(piece), taskName(task)],
            comment: ['A piece of evidence, and its task'],
          }),
          piece.id,
          text,
          folderOf(task),
        )
      )
        return;
    }
    await openEvidence(host.here, cache, task, piece);
  }
}

function folderOf({ folder }: Task): string | undefined {
  return folder ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
}

/** Writes all the proof of a task where the person says. */
export async function saveBundle(tower: WindowTower, task: Task): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `task-${task.number}.zip`;
  const to = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save the proof of #{0}', task.number),
    filters: { ZIP: ['zip'] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}),
  });
  if (!to) return;
  const part = `${to.fsPath}.part`;
  try {
    await pipeline(await tower.bundle(task.id), createWriteStream(part));
    await rename(part, to.fsPath);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  vscode.window.setStatusBarMessage(vscode.l10n.t('Saved the proof of #{0}.', task.number), 4000);
}

/** Opens a file that a report names, which may be none of the workspace's business. */
async function openFile(folder: string | undefined, file: string, line = 1): Promise<void> {
  if (folder === undefined || isAbsolute(file) || relative('.', file).startsWith('..'))
    throw new Error(vscode.l10n.t('{0} is not in the folder of this task.', file));
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(vscode.Uri.file(join(folder, file)), { selection: new vscode.Range(at, at), preview: true });
}
