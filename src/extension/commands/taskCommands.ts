import * as vscode from 'vscode';
import type { CommandInput } from '../../server/domain/command';
import type { Evidence } from '../../server/domain/evidence';
import { waitingTasks } from '../../server/domain/order';
import type { Tower } from '../../server/domain/ports';
import { cleanLine, shorten } from '../../server/domain/text';
import { isFinal, lastAttempt, openAttempt, taskName, type Status, type Task } from '../../server/domain/task';
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
import { Refusal } from '../../server/domain/refusal';
import { spoken } from '../../server/domain/spoken';
import { word } from '../../server/domain/words';
import { showInformation, showWarning } from '../messages';

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

/** Asks before stopping what someone works on; what only waits needs no question. */
async function mayCancel({ board }: Tower, tasks: readonly Task[]): Promise<boolean> {
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

async function confirm(question: string, verb: string, keep = vscode.l10n.t('Keep')): Promise<boolean> {
  const picked = await showWarning(question, { modal: true }, { title: verb }, { title: keep, isCloseAffordance: true });
  return picked?.title === verb;
}

/** Moves the tasks by one place each, within their priorities and in the order that they have. */
async function move(tower: Tower, tasks: readonly Task[], by: -1 | 1): Promise<void> {
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

async function edit(tower: Tower, task: Task): Promise<void> {
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

/** The agent's options as it wrote them, or an answer in words. */
/** How a task is tried again: as it was, with words for the agent, or by another agent. Undefined when the person thinks better of it. */
async function askRetry(tower: Tower, task: Task): Promise<{ note?: string; agent?: string | null } | undefined> {
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

async function answer(tower: Tower, task: Task): Promise<void> {
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

async function askNote(title: string): Promise<string | undefined> {
  return vscode.window.showInputBox({ title, prompt: vscode.l10n.t('Note to the agent, used in its next attempt'), ignoreFocusOut: true });
}

async function reject(tower: Tower, task: Task): Promise<void> {
  const note = await askNote(vscode.l10n.t('Reject #{0}', task.number));
  if (note === undefined) return;
  await tower.execute({ type: 'SignOff', taskId: task.id, verdict: 'rejected', ...(note ? { note } : {}) }, YOU);
  const retry = vscode.l10n.t('Retry Now');
  if ((await showInformation(vscode.l10n.t('#{0} rejected. Your note goes into the next attempt.', task.number), retry)) === retry) {
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
