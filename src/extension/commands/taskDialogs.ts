import * as vscode from 'vscode';
import { waitingTasks } from '../../server/domain/order';
import type { Tower } from '../../server/domain/ports';
import { agentName } from '../../server/domain/rows/row';
import { lastAttempt, openAttempt, taskName, type Task } from '../../server/domain/task';
import { showDetails } from '../documents/towerDocuments';
import { showInformation, showWarning } from '../messages';
import { YOU } from '../you';

/** Asks before stopping what someone works on; what only waits needs no question. */
export async function mayCancel({ board }: Tower, tasks: readonly Task[]): Promise<boolean> {
  const running = tasks.filter((task) => openAttempt(task));
  if (running.length === 0) return true;
  const [task] = tasks;
  if (tasks.length > 1 || !task) {
    const question =
      running.length === 1
        ? vscode.l10n.t('Cancel {0} tasks? {1} of them is running and will be stopped.', tasks.length, running.length)
        : vscode.l10n.t('Cancel {0} tasks? {1} of them are running and will be stopped.', tasks.length, running.length);
    return confirm(question, vscode.l10n.t('Cancel {0} Tasks', tasks.length), vscode.l10n.t('Keep Them'));
  }
  const who = agentName(board, openAttempt(task)?.agentId);
  return confirm(
    vscode.l10n.t('Cancel {0}? {1} is working on it and will be stopped.', taskName(task), who),
    vscode.l10n.t('Cancel Task'),
    vscode.l10n.t('Keep Running'),
  );
}

/** Asks a question with one way to go on. @returns whether the person goes on. */
export async function confirm(question: string, verb: string, keep = vscode.l10n.t('Keep')): Promise<boolean> {
  const picked = await showWarning(question, { modal: true }, { title: verb }, { title: keep, isCloseAffordance: true });
  return picked?.title === verb;
}

/** Moves the tasks by one place each, within their priorities and in the order that they have. */
export async function move(tower: Tower, tasks: readonly Task[], by: -1 | 1): Promise<void> {
  const chosen = new Set(tasks.map(({ id }) => id));
  const inOrder = [...waitingTasks(tower.board)].filter(({ id }) => chosen.has(id));
  for (const task of by < 0 ? inOrder : inOrder.toReversed()) {
    const band = [...waitingTasks(tower.board)].filter(({ priority }) => priority === task.priority);
    const at = band.findIndex(({ id }) => id === task.id);
    const beside = band[at + by];
    // At the end of its band, or behind another of them that is.
    if (at < 0 || !beside || chosen.has(beside.id)) continue;
    const before = by < 0 ? beside : band[at + 2];
    await tower.execute({ type: 'ReorderTask', taskId: task.id, before: before?.id ?? null, priority: task.priority }, YOU);
  }
}

/** Lets the person change what a task is called and asks for. */
export async function edit(tower: Tower, task: Task): Promise<void> {
  const title = await vscode.window.showInputBox({
    title: vscode.l10n.t('Edit #{0}', task.number),
    prompt: vscode.l10n.t('Title'),
    value: task.title,
    ignoreFocusOut: true,
  });
  if (title === undefined) return;
  const { prompt: before } = await tower.query({ type: 'TaskDetails', taskId: task.id });
  const prompt = await vscode.window.showInputBox({
    title: vscode.l10n.t('Edit #{0}', task.number),
    prompt: vscode.l10n.t('Prompt'),
    value: before,
    ignoreFocusOut: true,
  });
  if (prompt === undefined) return;
  const patch = { ...(title === task.title ? {} : { title }), ...(prompt === before ? {} : { prompt }) };
  if (Object.keys(patch).length > 0) await tower.execute({ type: 'EditTask', taskId: task.id, patch }, YOU);
}

/** How a task is tried again: as it was, with words for the agent, or by another agent. Undefined when the person thinks better of it. */
export async function askRetry(tower: Tower, task: Task): Promise<{ note?: string; agent?: string | null } | undefined> {
  const last = lastAttempt(task);
  const others = [...tower.board.agents.values()].filter(({ id }) => id !== last?.agentId);
  const items = [
    { label: vscode.l10n.t('$(debug-restart) The same again'), how: 'same' as const },
    { label: vscode.l10n.t('$(note) With notes for the agent…'), detail: task.error?.message ?? '', how: 'note' as const },
    { label: vscode.l10n.t('$(hubot) By any agent that fits'), how: null },
    ...others.map(({ id, name, skills }) => ({
      label: vscode.l10n.t('$(hubot) By {0}', name),
      description: skills.join(', '),
      how: { id },
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Retry {0}', taskName(task)) });
  if (!picked) return undefined;
  if (picked.how === 'same') return {};
  if (picked.how !== 'note') return { agent: picked.how?.id ?? null };
  const value = task.error ? vscode.l10n.t('The last attempt failed: {0}', task.error.message) : '';
  const note = await vscode.window.showInputBox({
    title: vscode.l10n.t('Notes for the next attempt of #{0}', task.number),
    value,
    ignoreFocusOut: true,
  });
  return note === undefined ? undefined : note.trim() ? { note } : {};
}

/** The agent's options as it wrote them, or an answer in words. */
export async function answer(tower: Tower, task: Task): Promise<void> {
  const question = openAttempt(task)?.question;
  if (!question) return;
  const items = [
    ...question.options.map(({ id, label }) => ({ label, optionId: id })),
    { label: vscode.l10n.t('$(edit) Answer in words...'), optionId: undefined },
    { label: vscode.l10n.t('$(go-to-file) Show task'), optionId: null },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('#{0} asks', task.number),
    placeHolder: question.text,
    ignoreFocusOut: true,
  });
  if (!picked) return;
  if (picked.optionId === null) return showDetails(task);
  const words =
    picked.optionId === undefined
      ? await vscode.window.showInputBox({ title: vscode.l10n.t('#{0} asks', task.number), prompt: question.text, ignoreFocusOut: true })
      : picked.label;
  if (words === undefined) return;
  const option = picked.optionId === undefined ? {} : { optionId: picked.optionId };
  await tower.execute({ type: 'AnswerInput', taskId: task.id, questionId: question.id, answer: words, ...option }, YOU);
}

/** A note to the agent; undefined when the person thinks better of it. */
export async function askNote(title: string): Promise<string | undefined> {
  return vscode.window.showInputBox({ title, prompt: vscode.l10n.t('Note to the agent, used in its next attempt'), ignoreFocusOut: true });
}

/** Rejects a task in review with a note, and offers to try it again. */
export async function reject(tower: Tower, task: Task): Promise<void> {
  const note = await askNote(vscode.l10n.t('Reject #{0}', task.number));
  if (note === undefined) return;
  await tower.execute({ type: 'SignOff', taskId: task.id, verdict: 'rejected', ...(note ? { note } : {}) }, YOU);
  const retry = vscode.l10n.t('Retry Now');
  if ((await showInformation(vscode.l10n.t('#{0} rejected. Your note goes into the next attempt.', task.number), retry)) === retry) {
    await tower.execute({ type: 'RetryTask', taskId: task.id, ...(note ? { note } : {}) }, YOU);
  }
}
