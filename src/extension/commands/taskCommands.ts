import * as vscode from 'vscode';
import type { CommandInput } from '../../server/domain/command';
import type { Evidence } from '../../server/domain/evidence';
import { waitingTasks } from '../../server/domain/order';
import type { Tower } from '../../server/domain/ports';
import { cleanLine, shorten } from '../../server/domain/text';
import { lastAttempt, openAttempt, taskName, type Status, type Task } from '../../server/domain/task';
import { showDetails, showLog } from '../documents/towerDocuments';
import { resultUri } from '../documents/uris';
import { Command } from '../manifest';
import type { EvidencePanel } from '../panels/evidencePanel';
import { saveBundle, type Opener } from '../panels/openElsewhere';
import type { TowerHost } from '../towerHost';
import { agentName } from '../../server/domain/rows/row';
import { YOU } from '../you';
import { PRIORITIES, type CreateTask } from './createTask';
import type { Handlers } from './handlers';
import type { Targets } from './targets';

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
        if (tasks.length === 1) throw error;
        refused.push(taskName(task));
      }
    }
    const [first] = tasks;
    const what = tasks.length === 1 && first ? `#${first.number} ${done}.` : `${changed} ${done}.`;
    const skipped = refused.length > 0 ? ` ${refused.length} skipped: not in a state for it.` : '';
    if (tasks.length > 0) vscode.window.setStatusBarMessage(said || what + skipped, 4000);
  };

  return {
    [Command.createTask]: (spec) => createTask.run(spec),
    [Command.cancelTask]: async (...args) => {
      const tasks = await targets.tasks(args, 'cancel', OPEN);
      if (tasks.length > 0 && (await mayCancel(tower(), tasks)))
        await each(tasks, 'cancelled', ({ id }) => ({ type: 'CancelTask', taskId: id }));
    },
    [Command.retryTask]: async (...args) =>
      each(await targets.tasks(args, 'retry', FINAL), 'queued again', ({ id }) => ({ type: 'RetryTask', taskId: id })),
    [Command.retryTaskWith]: async (...args) => {
      const [task] = await targets.tasks(args, 'retry', FINAL);
      const how = task && (await askRetry(tower(), task));
      if (task && how) await each([task], 'queued again', ({ id }) => ({ type: 'RetryTask', taskId: id, ...how }));
    },
    [Command.retryFailed]: async () => {
      const { count = 0 } = await tower().execute({ type: 'RetryFailed' }, YOU);
      vscode.window.setStatusBarMessage(count > 0 ? `${count} queued again.` : 'No task has failed.', 4000);
    },
    [Command.startNow]: async (...args) =>
      each(await targets.tasks(args, 'start now', WAITING), 'is next in line', ({ id }) => ({ type: 'StartNow', taskId: id })),
    [Command.moveUp]: async (...args) => move(tower(), await targets.tasks(args, 'move up', ['pending']), -1),
    [Command.moveDown]: async (...args) => move(tower(), await targets.tasks(args, 'move down', ['pending']), 1),
    [Command.setPriority]: async (...args) => {
      const tasks = await targets.tasks(args, 'reprioritise', WAITING);
      const picked = tasks.length > 0 ? await vscode.window.showQuickPick(PRIORITIES, { title: 'How urgent is it?' }) : undefined;
      if (picked)
        await each(tasks, `${picked.priority} now`, ({ id }) => ({ type: 'EditTask', taskId: id, patch: { priority: picked.priority } }));
    },
    [Command.editTask]: async (...args) => {
      const [task] = await targets.tasks(args, 'edit', WAITING);
      if (task) await edit(tower(), task);
    },
    [Command.showDetails]: async (...args) => {
      const [task] = await targets.tasks(args, 'show', [...OPEN, ...FINAL]);
      if (task) await showDetails(task);
    },
    [Command.showLogs]: async (...args) => {
      const [task] = await targets.tasks(args, 'show the log of', [...OPEN, ...FINAL]);
      if (task) await showLog(task);
    },
    [Command.openResult]: async (...args) => {
      const [task] = await targets.tasks(args, 'open the result of', ['completed', 'review', 'failed']);
      const attempt = attemptOf(args[0]) ?? (task && lastAttempt(task)?.n);
      if (task && attempt !== undefined) await vscode.commands.executeCommand('vscode.open', resultUri(task, attempt));
    },
    [Command.downloadEvidence]: async (...args) => {
      const [task] = await targets.tasks(args, 'download evidence of', [...OPEN, ...FINAL]);
      if (task) await saveBundle(host.here, task);
    },
    [Command.openEvidence]: async (...args) => {
      const [task] = await targets.tasks(args, 'open the evidence of', [...OPEN, ...FINAL]);
      const piece = task && pieceOf(task, args[0]);
      if (!task) return;
      const shown = piece ?? firstNumbers(task);
      if (!piece || IN_PANEL.has(piece.kind)) return proof.panel.show(task.id, shown ? { evidenceId: shown.id } : {});
      await proof.opener.piece(task, piece);
    },
    [Command.sendMessage]: async (...args) => {
      const [task] = await targets.tasks(args, 'send a message', ['running', 'input_required']);
      const text = task && (await vscode.window.showInputBox({ title: `Message to the agent of ${taskName(task)}`, ignoreFocusOut: true }));
      if (!task || !text?.trim()) return;
      await tower().execute({ type: 'SendMessage', taskId: task.id, text }, YOU);
      vscode.window.setStatusBarMessage(`Sent to the agent of #${task.number}; its log says what became of it.`, 4000);
    },
    [Command.continueTask]: async (...args) => {
      const [task] = await targets.tasks(args, 'go on from', ['completed', 'review', 'failed', 'cancelled']);
      const title = task && `What next, after ${taskName(task)}?`;
      const prompt =
        task &&
        (await vscode.window.showInputBox({
          title,
          placeHolder: 'The same agent goes on, in the same session where it keeps one',
          ignoreFocusOut: true,
        }));
      if (!task || !prompt?.trim()) return;
      const { number } = await tower().execute(
        {
          type: 'CreateTask',
          spec: { title: shorten(cleanLine(prompt), 200), prompt, continues: task.id, kind: task.kind, priority: task.priority },
        },
        YOU,
      );
      vscode.window.setStatusBarMessage(`#${number} goes on from #${task.number}.`, 4000);
    },
    [Command.answerTask]: async (...args) => {
      const [task] = await targets.tasks(args, 'answer', ['input_required']);
      if (task) await answer(tower(), task);
    },
    [Command.acceptTask]: async (...args) =>
      each(await targets.tasks(args, 'accept', ['review']), 'accepted', ({ id }) => ({ type: 'SignOff', taskId: id, verdict: 'accepted' })),
    [Command.rejectTask]: async (...args) => {
      const [task] = await targets.tasks(args, 'reject', ['review']);
      if (task) await reject(tower(), task);
    },
    [Command.deleteTask]: async (...args) => {
      const tasks = await targets.tasks(args, 'delete', FINAL);
      const verb = tasks.length === 1 ? 'Delete Task' : `Delete ${tasks.length} Tasks`;
      const what = tasks.length === 1 && tasks[0] ? taskName(tasks[0]) : `${tasks.length} finished tasks`;
      if (tasks.length > 0 && (await confirm(`Delete ${what}, with logs and results?`, verb))) {
        await each(tasks, 'deleted', ({ id }) => ({ type: 'PurgeTask', taskId: id }));
      }
    },
    [Command.copyId]: async (...args) => {
      const tasks = await targets.tasks(args, 'copy the id of', [...OPEN, ...FINAL]);
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

/** Asks before stopping what someone works on; what only waits needs no question. */
async function mayCancel({ board }: Tower, tasks: readonly Task[]): Promise<boolean> {
  const running = tasks.filter((task) => openAttempt(task));
  if (running.length === 0) return true;
  const [task] = tasks;
  if (tasks.length > 1 || !task) {
    const them = `${running.length} of them ${running.length === 1 ? 'is' : 'are'} running and will be stopped.`;
    return confirm(`Cancel ${tasks.length} tasks? ${them}`, `Cancel ${tasks.length} Tasks`, 'Keep Them');
  }
  const who = agentName(board, openAttempt(task)?.agentId);
  return confirm(`Cancel ${taskName(task)}? ${who} is working on it and will be stopped.`, 'Cancel Task', 'Keep Running');
}

async function confirm(question: string, verb: string, keep = 'Keep'): Promise<boolean> {
  const picked = await vscode.window.showWarningMessage(
    question,
    { modal: true },
    { title: verb },
    { title: keep, isCloseAffordance: true },
  );
  return picked?.title === verb;
}

async function move(tower: Tower, tasks: readonly Task[], by: -1 | 1): Promise<void> {
  const [task] = tasks;
  if (!task) return;
  const band = [...waitingTasks(tower.board)].filter(({ priority }) => priority === task.priority);
  const at = band.findIndex(({ id }) => id === task.id);
  const before = by < 0 ? band[at - 1] : band[at + 2];
  if (by < 0 ? at <= 0 : at === band.length - 1) return;
  await tower.execute({ type: 'ReorderTask', taskId: task.id, before: before?.id ?? null, priority: task.priority }, YOU);
}

async function edit(tower: Tower, task: Task): Promise<void> {
  const title = await vscode.window.showInputBox({
    title: `Edit #${task.number}`,
    prompt: 'Title',
    value: task.title,
    ignoreFocusOut: true,
  });
  if (title === undefined) return;
  const { prompt: before } = await tower.query({ type: 'TaskDetails', taskId: task.id });
  const prompt = await vscode.window.showInputBox({ title: `Edit #${task.number}`, prompt: 'Prompt', value: before, ignoreFocusOut: true });
  if (prompt === undefined) return;
  const patch = { ...(title === task.title ? {} : { title }), ...(prompt === before ? {} : { prompt }) };
  if (Object.keys(patch).length > 0) await tower.execute({ type: 'EditTask', taskId: task.id, patch }, YOU);
}

/** The agent's options as it wrote them, or an answer in words. */
/** How a task is tried again: as it was, with words for the agent, or by another agent. Undefined when the person thinks better of it. */
async function askRetry(tower: Tower, task: Task): Promise<{ note?: string; agent?: string | null } | undefined> {
  const last = lastAttempt(task);
  const others = [...tower.board.agents.values()].filter(({ id }) => id !== last?.agentId);
  const items = [
    { label: '$(debug-restart) The same again', how: 'same' as const },
    { label: '$(note) With notes for the agent…', detail: task.error?.message ?? '', how: 'note' as const },
    { label: '$(hubot) By any agent that fits', how: null },
    ...others.map(({ id, name, skills }) => ({ label: `$(hubot) By ${name}`, description: skills.join(', '), how: { id } })),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: `Retry ${taskName(task)}` });
  if (!picked) return undefined;
  if (picked.how === 'same') return {};
  if (picked.how !== 'note') return { agent: picked.how?.id ?? null };
  const value = task.error ? `The last attempt failed: ${task.error.message}` : '';
  const note = await vscode.window.showInputBox({ title: `Notes for the next attempt of #${task.number}`, value, ignoreFocusOut: true });
  return note === undefined ? undefined : note.trim() ? { note } : {};
}

async function answer(tower: Tower, task: Task): Promise<void> {
  const question = openAttempt(task)?.question;
  if (!question) return;
  const items = [
    ...question.options.map(({ id, label }) => ({ label, optionId: id })),
    { label: '$(edit) Answer in words...', optionId: undefined },
    { label: '$(go-to-file) Show task', optionId: null },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: `#${task.number} asks`,
    placeHolder: question.text,
    ignoreFocusOut: true,
  });
  if (!picked) return;
  if (picked.optionId === null) return showDetails(task);
  const words =
    picked.optionId === undefined
      ? await vscode.window.showInputBox({ title: `#${task.number} asks`, prompt: question.text, ignoreFocusOut: true })
      : picked.label;
  if (words === undefined) return;
  const option = picked.optionId === undefined ? {} : { optionId: picked.optionId };
  await tower.execute({ type: 'AnswerInput', taskId: task.id, questionId: question.id, answer: words, ...option }, YOU);
}

async function reject(tower: Tower, task: Task): Promise<void> {
  const note = await vscode.window.showInputBox({
    title: `Reject #${task.number}`,
    prompt: 'Note to the agent, used in its next attempt',
    ignoreFocusOut: true,
  });
  if (note === undefined) return;
  await tower.execute({ type: 'SignOff', taskId: task.id, verdict: 'rejected', ...(note ? { note } : {}) }, YOU);
  const retry = 'Retry Now';
  if ((await vscode.window.showInformationMessage(`#${task.number} rejected. Your note goes into the next attempt.`, retry)) === retry) {
    await tower.execute({ type: 'RetryTask', taskId: task.id, ...(note ? { note } : {}) }, YOU);
  }
}

function attemptOf(value: unknown): number | undefined {
  return typeof value === 'object' && value !== null && 'attempt' in value && typeof value.attempt === 'number' ? value.attempt : undefined;
}

/** The piece of evidence that a row is about. */
function pieceOf(task: Task, value: unknown): Evidence | undefined {
  const id = typeof value === 'object' && value !== null && 'evidenceId' in value ? value.evidenceId : undefined;
  return task.attempts.flatMap(({ evidence }) => evidence).find((piece) => piece.id === id);
}
