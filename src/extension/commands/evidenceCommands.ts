import * as vscode from 'vscode';
import { evidenceLabel, wantsReview, type Evidence } from '../../server/domain/evidence';
import { lastAttempt, taskName, type Attempt, type Task } from '../../server/domain/task';
import { Command } from '../manifest';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import type { Handlers } from './handlers';
import { counted } from '../../server/domain/format';
import { showInformation, withoutIcons } from '../messages';

interface Picture {
  task: Task;
  attempt: Attempt;
  piece: Evidence;
}

/** A person's verdicts on pictures, from the tree and the palette. */
export function evidenceCommands(host: TowerHost): Handlers {
  const judge = async ({ task, attempt }: Picture, pieces: readonly Evidence[], verdict: Evidence['verdict'], note?: string) => {
    const evidenceIds = pieces.map(({ id }) => id);
    const ask = { type: 'JudgeEvidence' as const, taskId: task.id, attempt: attempt.n, evidenceIds, verdict };
    await host.here.execute({ ...ask, ...(note ? { note } : {}) }, YOU);
  };
  const say = (text: string): void => void vscode.window.setStatusBarMessage(text, 4000);
  const picture = (node: unknown): Picture | undefined => pictureOf(host, node);
  return {
    [Command.acceptPicture]: async (node) => {
      const found = picture(node) ?? (await pick(host, 'accept'));
      if (!found) return;
      await judge(found, [found.piece], 'accepted');
      say(vscode.l10n.t('Accepted {0}. It is the baseline now.', evidenceLabel(found.piece)));
    },
    [Command.rejectPicture]: async (node) => {
      const found = picture(node) ?? (await pick(host, 'reject'));
      if (!found) return;
      const title = vscode.l10n.t('Reject {0}', evidenceLabel(found.piece));
      const prompt = vscode.l10n.t('Note to the agent, used in its next attempt');
      const note = await vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true });
      if (note !== undefined) await judge(found, [found.piece], 'rejected', note);
    },
    [Command.undoVerdict]: async (node) => {
      const found = picture(node) ?? (await pick(host, 'take back'));
      if (found) await judge(found, [found.piece], 'unreviewed');
    },
    [Command.acceptPictures]: async (node) => {
      const task = taskOf(host, node) ?? (await pick(host, 'accept'))?.task;
      const attempt = task && lastAttempt(task);
      const pieces = attempt?.evidence.filter(wantsReview) ?? [];
      const [piece] = pieces;
      if (!task || !attempt || !piece) return say(vscode.l10n.t('No picture waits for a verdict.'));
      await judge({ task, attempt, piece }, pieces, 'accepted');
      say(
        vscode.l10n.t(
          'Accepted {0} of #{1}.',
          counted(pieces.length, vscode.l10n.t('{0} picture'), vscode.l10n.t('{0} pictures')),
          task.number,
        ),
      );
    },
  };
}

async function pick(host: TowerHost, verb: 'accept' | 'reject' | 'take back'): Promise<Picture | undefined> {
  const words = { accept: vscode.l10n.t('accept'), reject: vscode.l10n.t('reject'), 'take back': vscode.l10n.t('take back') };
  const wanted = (piece: Evidence): boolean => (verb === 'take back' ? piece.verdict !== 'unreviewed' : wantsReview(piece));
  const items = [...host.here.board.tasks.values()].flatMap((task) => {
    const attempt = lastAttempt(task);
    const pieces = attempt?.evidence.filter((piece) => piece.kind === 'screenshot' && wanted(piece)) ?? [];
    return attempt
      ? pieces.map((piece) => ({ label: evidenceLabel(piece), description: withoutIcons(taskName(task)), found: { task, attempt, piece } }))
      : [];
  });
  if (items.length === 0) {
    void showInformation(vscode.l10n.t('There is no picture to {0}.', words[verb]));
    return undefined;
  }
  return (
    await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which picture to {0}?', words[verb]), matchOnDescription: true })
  )?.found;
}

function pictureOf(host: TowerHost, node: unknown): Picture | undefined {
  if (typeof node !== 'object' || node === null || !('evidenceId' in node) || !('attempt' in node)) return undefined;
  const task = taskOf(host, node);
  const attempt = task?.attempts[Number(node.attempt) - 1];
  const piece = attempt?.evidence.find(({ id }) => id === node.evidenceId);
  return task && attempt && piece ? { task, attempt, piece } : undefined;
}

function taskOf(host: TowerHost, node: unknown): Task | undefined {
  const id =
    typeof node === 'string' ? node : typeof node === 'object' && node !== null && 'taskId' in node ? String(node.taskId) : undefined;
  if (id !== undefined) return host.here.board.tasks.get(id);
  if (typeof node !== 'object' || node === null || !('value' in node)) return undefined;
  const { value } = node;
  return typeof value === 'object' && value !== null && 'task' in value ? taskOf(host, { taskId: (value.task as Task).id }) : undefined;
}
