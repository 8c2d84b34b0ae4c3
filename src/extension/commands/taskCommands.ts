import * as vscode from 'vscode';
import type { CommandInput } from '../../server/domain/command';
import type { Evidence } from '../../server/domain/evidence';
import type { Tower } from '../../server/domain/ports';
import { cleanLine, shorten } from '../../server/domain/text';
import { isFinal, lastAttempt, taskName, type Status, type Task } from '../../server/domain/task';
import { showDetails, showLog } from '../documents/towerDocuments';
import { resultUri } from '../documents/uris';
import { Command } from '../manifest';
import type { EvidencePanel } from '../panels/evidencePanel';
import { saveBundle, type Opener } from '../panels/openElsewhere';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import { PRIORITIES, type CreateTask } from './createTask';
import type { Handlers } from './handlers';
import type { Targets } from './targets';
import { Refusal } from '../../server/domain/refusal';
import { spoken } from '../../server/domain/spoken';
import { word } from '../../server/domain/words';
import { answer, askNote, askRetry, confirm, edit, mayCancel, move, reject } from './taskDialogs';

const OPEN: readonly Status[] = ['running', 'input_required', 'review', 'parked', 'pending'];
const FINAL: readonly Status[] = ['failed', 'cancelled', 'completed'];
const WAITING: readonly Status[] = ['pending', 'parked'];
/** Evidence that the Evidence panel shows better than anything the editor has. */
const IN_PANEL: ReadonlySet<Evidence['kind']> = new Set(['screenshot', 'metrics', 'report']);

/** Where evidence is opened. */
export interface Proof {
  panel: Pick<EvidencePanel, 'show'>;
  opener: Pick<Opener, 'piece'>;
}

/** What a person does with tasks. */
export function taskCommands(host: TowerHost, createTask: CreateTask, targets: Targets, proof: Proof): Handlers {
  const tower = (): Tower => host.here;

  /** One command for each task; those it does not fit are counted, not hidden. */
  const each = async (tasks: readonly Task[], done: string, command: (task: Task) => CommandInput): Promise<void> => {
    let [changed, said] = [0, ''];
    const refused: string[] = [];
    for (const task of tasks) {
      try {
        const { message } = await tower().execute(command(task), YOU);
        changed++;
        said = message ?? said;
      } catch (error) {
        if (tasks.length === 1 || !(error instanceof Refusal) || error.code === 'unavailable') throw error;
        refused.push(spoken(error));
      }
    }
    const [first] = tasks;
    const what = tasks.length === 1 && first ? vscode.l10n.t('#{0} {1}.', first.number, done) : vscode.l10n.t('{0} {1}.', changed, done);
    const [why] = refused;
    const skipped = why === undefined ? '' : ` ${vscode.l10n.t('{0} skipped: {1}', refused.length, why)}`;
    if (tasks.length > 0) vscode.window.setStatusBarMessage(said || `${what}${skipped}`, 4000);
  };
  const cancel = async (tasks: readonly Task[]): Promise<void> => {
    if (tasks.length > 0 && (await mayCancel(tower(), tasks)))
      await each(tasks, word('cancelled'), ({ id }) => ({ type: 'CancelTask', taskId: id }));
  };

  return {
    [Command.createTask]: (spec) => createTask.run(spec),
    [Command.cancelTask]: async (...args) => cancel(await targets.tasks(args, vscode.l10n.t('cancel'), OPEN)),
    [Command.retryTask]: async (...args) =>
      each(await targets.tasks(args, vscode.l10n.t('retry'), FINAL), vscode.l10n.t('queued again'), ({ id }) => ({
        type: 'RetryTask',
        taskId: id,
      })),
    [Command.retryTaskWith]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('retry'), FINAL);
      const how = task && (await askRetry(tower(), task));
      if (task && how) await each([task], vscode.l10n.t('queued again'), ({ id }) => ({ type: 'RetryTask', taskId: id, ...how }));
    },
    [Command.retryFailed]: async () => {
      const { count = 0 } = await tower().execute({ type: 'RetryFailed' }, YOU);
      vscode.window.setStatusBarMessage(
        count > 0 ? vscode.l10n.t('{0} {1}.', count, vscode.l10n.t('queued again')) : vscode.l10n.t('No task has failed.'),
        4000,
      );
    },
    [Command.startNow]: async (...args) =>
      each(await targets.tasks(args, vscode.l10n.t('start now'), WAITING), vscode.l10n.t('is next in line'), ({ id }) => ({
        type: 'StartNow',
        taskId: id,
      })),
    [Command.moveUp]: async (...args) => move(tower(), await targets.tasks(args, vscode.l10n.t('move up'), ['pending']), -1),
    [Command.moveDown]: async (...args) => move(tower(), await targets.tasks(args, vscode.l10n.t('move down'), ['pending']), 1),
    [Command.setPriority]: async (...args) => {
      const tasks = await targets.tasks(args, vscode.l10n.t('reprioritise'), WAITING);
      const picked =
        tasks.length > 0 ? await vscode.window.showQuickPick(PRIORITIES, { title: vscode.l10n.t('How urgent is it?') }) : undefined;
      if (picked)
        await each(tasks, vscode.l10n.t('{0} now', word(picked.priority)), ({ id }) => ({
          type: 'EditTask',
          taskId: id,
          patch: { priority: picked.priority },
        }));
    },
    [Command.editTask]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('edit'), WAITING);
      if (task) await edit(tower(), task);
    },
    [Command.showDetails]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('show'), [...OPEN, ...FINAL]);
      if (task) await showDetails(task);
    },
    [Command.showLogs]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('show the log of'), [...OPEN, ...FINAL]);
      if (task) await showLog(task);
    },
    [Command.openResult]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('open the result of'), ['completed', 'review', 'failed']);
      const attempt = attemptOf(args[0]) ?? (task && lastAttempt(task)?.n);
      if (task && attempt !== undefined) await vscode.commands.executeCommand('vscode.open', resultUri(task, attempt));
    },
    [Command.downloadEvidence]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('download evidence of'), [...OPEN, ...FINAL]);
      if (task) await saveBundle(host.here, task);
    },
    [Command.openEvidence]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('open the evidence of'), [...OPEN, ...FINAL]);
      const piece = task && pieceOf(task, args[0]);
      if (!task) return;
      const shown = piece ?? firstNumbers(task);
      if (!piece || IN_PANEL.has(piece.kind)) return proof.panel.show(task.id, shown ? { evidenceId: shown.id } : {});
      await proof.opener.piece(task, piece);
    },
    [Command.sendMessage]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('send a message'), ['running', 'input_required']);
      const text =
        task &&
        (await vscode.window.showInputBox({ title: vscode.l10n.t('Message to the agent of {0}', taskName(task)), ignoreFocusOut: true }));
      if (!task || !text?.trim()) return;
      await tower().execute({ type: 'SendMessage', taskId: task.id, text }, YOU);
      vscode.window.setStatusBarMessage(vscode.l10n.t('Sent to the agent of #{0}; its log says what became of it.', task.number), 4000);
    },
    [Command.continueTask]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('go on from'), ['completed', 'review', 'failed', 'cancelled']);
      const title = task && vscode.l10n.t('What next, after {0}?', taskName(task));
      const prompt =
        task &&
        (await vscode.window.showInputBox({
          title,
          placeHolder: vscode.l10n.t('The same agent goes on, in the same session where it keeps one'),
          ignoreFocusOut: true,
        }));
      if (!task || !prompt?.trim()) return;
      const { number = 0 } = await tower().execute(
        {
          type: 'CreateTask',
          spec: { title: shorten(cleanLine(prompt), 200), prompt, continues: task.id, kind: task.kind, priority: task.priority },
        },
        YOU,
      );
      vscode.window.setStatusBarMessage(vscode.l10n.t('#{0} goes on from #{1}.', number, task.number), 4000);
    },
    [Command.answerTask]: async (...args) => {
      const [task] = await targets.tasks(args, vscode.l10n.t('answer'), ['input_required']);
      if (task) await answer(tower(), task);
    },
    [Command.acceptTask]: async (...args) =>
      each(await targets.tasks(args, vscode.l10n.t('accept'), ['review']), word('accepted'), ({ id }) => ({
        type: 'SignOff',
        taskId: id,
        verdict: 'accepted',
      })),
    [Command.rejectTask]: async (...args) => {
      const tasks = await targets.tasks(args, vscode.l10n.t('reject'), ['review']);
      const [task] = tasks;
      if (task && tasks.length === 1) return reject(tower(), task);
      const note = tasks.length > 0 ? await askNote(vscode.l10n.t('Reject {0} Tasks', tasks.length)) : undefined;
      if (note !== undefined)
        await each(tasks, word('rejected'), ({ id }) => ({ type: 'SignOff', taskId: id, verdict: 'rejected', ...(note ? { note } : {}) }));
    },
    [Command.deleteTask]: async (...args) => {
      const tasks = await targets.tasks(args, vscode.l10n.t('delete'), FINAL);
      const open = tasks.filter(({ status }) => !isFinal(status));
      // The key is the same: what goes on is cancelled first, as in the Dashboard.
      if (open.length > 0) return cancel(open);
      const verb = tasks.length === 1 ? vscode.l10n.t('Delete Task') : vscode.l10n.t('Delete {0} Tasks', tasks.length);
      const what = tasks.length === 1 && tasks[0] ? taskName(tasks[0]) : vscode.l10n.t('{0} finished tasks', tasks.length);
      if (tasks.length > 0 && (await confirm(vscode.l10n.t('Delete {0}, with logs and results?', what), verb))) {
        await each(tasks, vscode.l10n.t('deleted'), ({ id }) => ({ type: 'PurgeTask', taskId: id }));
      }
    },
    [Command.copyId]: async (...args) => {
      const tasks = await targets.tasks(args, vscode.l10n.t('copy the id of'), [...OPEN, ...FINAL]);
      if (tasks.length > 0) await vscode.env.clipboard.writeText(tasks.map(({ id }) => id).join('\n'));
    },
  };
}

/** What to begin with where there is no picture to see. */
function firstNumbers({ attempts }: Task): Evidence | undefined {
  const evidence = attempts.findLast((attempt) => attempt.evidence.length > 0)?.evidence ?? [];
  if (evidence.some(({ kind }) => kind === 'screenshot')) return undefined;
  return evidence.find(({ kind }) => kind === 'report' || kind === 'metrics');
}

function attemptOf(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && 'attempt' in value && typeof value.attempt === 'number' ? value.attempt : undefined;
}

/** The piece of evidence that a row is about. */
function pieceOf(task: Task, value: unknown): Evidence | undefined {
  const id = typeof value === 'object' && value !== null && 'evidenceId' in value ? value.evidenceId : undefined;
  return task.attempts.flatMap(({ evidence }) => evidence).find((piece) => piece.id === id);
}
