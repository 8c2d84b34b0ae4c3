import * as l10n from '@vscode/l10n';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import { calmLine, needsYou } from '../../server/domain/needsYou';
import { waitingTasks } from '../../server/domain/order';
import { lastAttempt, openAttempt, taskName, type Priority, type Task } from '../../server/domain/task';
import { agentName } from '../../server/domain/rows/row';
import type { ComponentChild } from 'preact';
import { Button } from '../kit/button';
import type { RunCommand } from '../protocol';
import { showAccount } from './account';
import { DetailsView } from './detailsView';
import { DiffView } from './diffView';
import { detailOf, send, signOut } from './session';
import type { Stage } from './stage';
import { word } from '../../server/domain/words';

type Handler = (stage: Stage, run: Required<Pick<RunCommand, 'taskIds'>> & RunCommand) => Promise<unknown>;

const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
/** Text that is shown in place, characters. */
const SHOWN = 2_000_000;
/** Evidence that the Evidence page shows better than any dialog. */
const ON_PAGE: ReadonlySet<Evidence['kind']> = new Set(['screenshot', 'metrics', 'report']);

/** Carries out a command of the editor for a page in a browser. */
export function runCommand(stage: Stage, run: RunCommand): Promise<void> {
  const name = run.command.replace(/^tasktower\./, '');
  const handler = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return stage.try(async () => {
    const why = stage.whyNot(run.command);
    if (why !== undefined) throw new Error(why);
    if (!handler) throw new Error(l10n.t('This is done in the editor. Connect it to this tower: "Tasktower: Connect to a Tower…".'));
    await handler(stage, { ...run, taskIds: run.taskIds ?? [] });
  });
}

const COMMANDS: Readonly<Record<string, Handler>> = {
  openDashboard: async () => go('/'),
  openAnalytics: async () => go('/analytics'),
  openLogs: async (_, { taskIds: [id] }) => go('/logs', { task: id }),
  showLogs: async (_, { taskIds: [id] }) => go('/logs', { task: id }),
  showAgentOutput: async (_, { agentId }) => go('/logs', { agent: agentId }),
  openEvidence: async (stage, { taskIds: [id], evidenceId }) => {
    if (id === undefined) return go('/evidence');
    const piece = piecesOf(await stage.task(id)).find((one) => one.id === evidenceId);
    return piece && !ON_PAGE.has(piece.kind)
      ? showPiece(stage, await stage.task(id), piece)
      : go('/evidence', { task: id, piece: piece?.id });
  },
  createTask: async () => go('/', { create: 'true' }),
  searchHistory: async () => go('/', { search: 'status:completed,failed,cancelled ' }),
  openSettings: async (stage) => showAccount(stage),
  signOutTower: () => signOut(),
  showLog: async () => {
    throw new Error(l10n.t("The tower's own log is where the tower runs."));
  },
  addAgent: async (stage) => {
    stage.overlay.show({
      title: l10n.t('Add an Agent'),
      body: () => (
        <>
          <p>{l10n.t('An agent connects to this tower with its address and an agent token, which whoever runs the tower gives it:')}</p>
          <pre class="words-shown">{`export TASKTOWER_URL=${location.origin} TASKTOWER_TOKEN=…`}</pre>
          <p>{l10n.t('Agents that the tower starts itself stand in the file of its option --agents.')}</p>
        </>
      ),
      actions: (close) => <Button onClick={close}>{l10n.t('Close')}</Button>,
    });
  },
  showDetails: (stage, { taskIds: [id] }) => (id === undefined ? Promise.resolve() : showDetails(stage, id)),
  openResult: async (stage, { taskIds: [id = ''] }) => {
    const { task, results } = await (await stage.tower).query({ type: 'TaskDetails', taskId: id });
    showText(stage, l10n.t('Result of {0}', taskName(task)), results[lastAttempt(task)?.n ?? 0] ?? l10n.t('There is no result.'));
  },
  downloadEvidence: async (stage, { taskIds: [id = ''] }) => downloadBundle(stage, await stage.task(id)),
  copyId: async (stage, { taskIds }) => {
    await navigator.clipboard.writeText(taskIds.join('\n'));
    stage.overlay.toast({ text: l10n.t('Copied.') });
  },
  nextNeedsMe: async (stage) => {
    const { board, live } = await stage.tower;
    const [ask] = needsYou(board, live);
    if (!ask) return stage.overlay.toast({ text: calmLine(board) });
    if (ask.kind === 'agent') return go('/logs', { agent: ask.agent.id });
    if (ask.kind === 'question' && stage.whyNot('tasktower.answerTask') === undefined) return answer(stage, ask.task);
    return showDetails(stage, ask.task.id);
  },

  cancelTask: async (stage, { taskIds }) => {
    const { board } = await stage.tower;
    const running = taskIds.flatMap((id) => board.tasks.get(id) ?? []).filter((task) => openAttempt(task));
    const [task] = running;
    const who = agentName(board, task && openAttempt(task)?.agentId);
    const question =
      taskIds.length > 1
        ? running.length === 1
          ? l10n.t('Cancel {0} tasks? {1} of them is running and will be stopped.', taskIds.length, running.length)
          : l10n.t('Cancel {0} tasks? {1} of them are running and will be stopped.', taskIds.length, running.length)
        : task && l10n.t('Cancel {0}? {1} is working on it and will be stopped.', taskName(task), who);
    const verb = taskIds.length > 1 ? l10n.t('Cancel {0} Tasks', taskIds.length) : l10n.t('Cancel Task');
    if (running.length === 0 || question === undefined || (await stage.overlay.confirm(question, verb, l10n.t('Keep Running'))))
      await stage.each(taskIds, word('cancelled'), (taskId) => ({ type: 'CancelTask', taskId }));
  },
  retryTask: (stage, { taskIds }) => stage.each(taskIds, l10n.t('queued again'), (taskId) => ({ type: 'RetryTask', taskId })),
  retryTaskWith: async (stage, { taskIds: [id = ''] }) => {
    const task = await stage.task(id);
    const note = await stage.overlay.ask(l10n.t('Retry {0}', taskName(task)), {
      prompt: l10n.t('Notes for the next attempt'),
      rows: 5,
      verb: l10n.t('Retry'),
    });
    if (note !== undefined)
      await stage.each([id], l10n.t('queued again'), (taskId) => ({ type: 'RetryTask', taskId, ...(note.trim() ? { note } : {}) }));
  },
  retryFailed: async (stage) => {
    const { count = 0 } = await stage.execute({ type: 'RetryFailed' });
    stage.overlay.toast({ text: count > 0 ? l10n.t('{0} {1}.', count, l10n.t('queued again')) : l10n.t('No task has failed.') });
  },
  startNow: (stage, { taskIds }) => stage.each(taskIds, l10n.t('is next in line'), (taskId) => ({ type: 'StartNow', taskId })),
  moveUp: (stage, { taskIds: [id = ''] }) => move(stage, id, -1),
  moveDown: (stage, { taskIds: [id = ''] }) => move(stage, id, 1),
  setPriority: async (stage, { taskIds }) => {
    const priority = await stage.overlay.pick(
      l10n.t('How urgent is it?'),
      PRIORITIES.map((value) => ({ text: word(value), value })),
    );
    if (priority)
      await stage.each(taskIds, l10n.t('{0} now', word(priority)), (taskId) => ({ type: 'EditTask', taskId, patch: { priority } }));
  },
  editTask: async (stage, { taskIds: [id = ''] }) => {
    const { task, prompt: before } = await (await stage.tower).query({ type: 'TaskDetails', taskId: id });
    const title = await stage.overlay.ask(l10n.t('Title of #{0}', task.number), { value: task.title, verb: l10n.t('Next') });
    const prompt =
      title === undefined
        ? undefined
        : await stage.overlay.ask(l10n.t('Prompt of #{0}', task.number), { value: before, rows: 10, verb: l10n.t('Save') });
    if (title === undefined || prompt === undefined) return;
    const patch = { ...(title === task.title ? {} : { title }), ...(prompt === before ? {} : { prompt }) };
    if (Object.keys(patch).length > 0) await stage.each([id], l10n.t('changed'), (taskId) => ({ type: 'EditTask', taskId, patch }));
  },
  answerTask: async (stage, { taskIds: [id = ''] }) => answer(stage, await stage.task(id)),
  sendMessage: async (stage, { taskIds: [id = ''] }) => {
    const text = await stage.overlay.ask(l10n.t('Message to the agent of {0}', taskName(await stage.task(id))), { rows: 4 });
    if (text?.trim()) await stage.each([id], l10n.t('has your message'), (taskId) => ({ type: 'SendMessage', taskId, text }));
  },
  continueTask: async (stage, { taskIds: [id = ''] }) => {
    const task = await stage.task(id);
    const prompt = await stage.overlay.ask(l10n.t('What next, after {0}?', taskName(task)), { rows: 5, verb: l10n.t('Queue It') });
    if (!prompt?.trim()) return;
    const title = prompt.trim().split('\n', 1)[0]?.slice(0, 200) ?? '';
    const { number = 0 } = await stage.execute({
      type: 'CreateTask',
      spec: { title, prompt, continues: task.id, kind: task.kind, priority: task.priority },
    });
    stage.overlay.toast({ text: l10n.t('#{0} goes on from #{1}.', number, task.number) });
  },
  acceptTask: (stage, { taskIds }) => stage.each(taskIds, word('accepted'), (taskId) => ({ type: 'SignOff', taskId, verdict: 'accepted' })),
  rejectTask: async (stage, { taskIds: [id = ''] }) => {
    const task = await stage.task(id);
    const prompt = l10n.t('Note to the agent, used in its next attempt');
    const note = await stage.overlay.ask(l10n.t('Reject {0}', taskName(task)), { prompt, rows: 4, verb: l10n.t('Reject') });
    if (note === undefined) return;
    const words = note.trim() ? { note } : {};
    await stage.execute({ type: 'SignOff', taskId: id, verdict: 'rejected', ...words });
    stage.overlay.toast({
      text: l10n.t('#{0} rejected. Your note goes into the next attempt.', task.number),
      actions: [{ text: l10n.t('Retry Now'), run: () => void stage.try(() => stage.execute({ type: 'RetryTask', taskId: id, ...words })) }],
    });
  },
  dismiss: (stage, { taskIds, agentId }) =>
    agentId === undefined
      ? stage.each(taskIds, l10n.t('dismissed'), (taskId) => ({ type: 'DismissTask', taskId }))
      : stage.execute({ type: 'DismissAgent', agentId }),
  deleteTask: async (stage, { taskIds }) => {
    const verb = taskIds.length === 1 ? l10n.t('Delete Task') : l10n.t('Delete {0} Tasks', taskIds.length);
    const what = taskIds.length === 1 ? taskName(await stage.task(taskIds[0] ?? '')) : l10n.t('{0} finished tasks', taskIds.length);
    if (await stage.overlay.confirm(l10n.t('Delete {0}, with logs and results?', what), verb))
      for (const taskId of taskIds) await stage.execute({ type: 'PurgeTask', taskId });
  },
  pauseQueue: async (stage) => {
    await stage.execute({ type: 'PauseQueue' });
    stage.overlay.toast({ text: l10n.t('Paused. Running tasks go on; nothing new starts.') });
  },
  resumeQueue: async (stage) => {
    await stage.execute({ type: 'ResumeQueue' });
    stage.overlay.toast({ text: l10n.t('The queue goes on.') });
  },
  startAgent: (stage, { agentId = '' }) => stage.execute({ type: 'StartAgent', agentId }),
  stopAgent: (stage, { agentId = '' }) => stage.execute({ type: 'StopAgent', agentId }),
  restartAgent: (stage, { agentId = '' }) => stage.execute({ type: 'RestartAgent', agentId }),
};

/** Goes to a page of the dashboard. */
export function go(path: string, query: Record<string, string | undefined> = {}): void {
  const search = new URLSearchParams(Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)).toString();
  location.assign(search ? `${path}?${search}` : path);
}

export function piecesOf(task: Task): Evidence[] {
  return task.attempts.flatMap(({ evidence }) => evidence);
}

/** Shows a task in a dialog, as an editor shows it in a document. */
export async function showDetails(stage: Stage, id: string): Promise<void> {
  const details = await (await stage.tower).query({ type: 'TaskDetails', taskId: id });
  const scene = await stage.scene();
  const { task } = details;
  stage.overlay.show({
    title: taskName(task),
    isWide: true,
    body: () => <DetailsView {...{ scene, details }} onEvidence={(piece) => void stage.try(() => showPiece(stage, task, piece))} />,
    actions: (close) => (
      <>
        <Button onClick={() => go('/logs', { task: id })}>{l10n.t('Show Logs')}</Button>
        {piecesOf(task).length > 0 ? (
          <Button
            disabled={stage.whyNot('tasktower.downloadEvidence')}
            onClick={() => void stage.try(async () => downloadBundle(stage, task))}
          >
            {l10n.t('Download Proof')}
          </Button>
        ) : null}
        <Button onClick={close}>{l10n.t('Close')}</Button>
      </>
    ),
  });
}

/** Shows a piece of evidence: a patch as a diff, text as text, pictures on the Evidence page; anything else is downloaded. */
export async function showPiece(stage: Stage, task: Task, piece: Evidence): Promise<void> {
  const path = `/api/evidence/${task.id}/${piece.id}`;
  const label = evidenceLabel(piece);
  if (ON_PAGE.has(piece.kind) && location.pathname !== '/evidence') return go('/evidence', { task: task.id, piece: piece.id });
  const isText = piece.kind === 'patch' || /^(text\/|application\/(json|xml))/.test(piece.mime);
  if (!isText || piece.bytes > SHOWN) return stage.download(path, label);
  const reply = await send('GET', path);
  if (!reply.ok) throw new Error(await detailOf(reply));
  const text = await reply.text();
  const title = l10n.t({ message: '{0} of {1}', args: [label, taskName(task)], comment: ['A piece of evidence, and its task'] });
  const download = () => <Button onClick={() => void stage.try(async () => stage.download(path, label))}>{l10n.t('Download')}</Button>;
  if (piece.kind !== 'patch') return showText(stage, title, text, download());
  stage.overlay.show({
    title,
    isWide: true,
    body: () => <DiffView patch={text} />,
    actions: (close) => (
      <>
        {download()}
        <Button onClick={close}>{l10n.t('Close')}</Button>
      </>
    ),
  });
}

/** Shows a text whole. */
export function showText(stage: Stage, title: string, text: string, more?: ComponentChild): void {
  stage.overlay.show({
    title,
    isWide: true,
    body: () => (
      <pre class="words-shown" tabIndex={0}>
        {text}
      </pre>
    ),
    actions: (close) => (
      <>
        {more}
        <Button onClick={close}>{l10n.t('Close')}</Button>
      </>
    ),
  });
}

/** Has the browser save all the proof of a task. */
export function downloadBundle(stage: Stage, { id, number }: Task): void {
  stage.download(`/api/evidence/${id}/bundle.zip`, `task-${number}.zip`);
}

async function answer(stage: Stage, task: Task): Promise<void> {
  const question = openAttempt(task)?.question;
  if (!question) return showDetails(stage, task.id);
  const title = l10n.t('#{0} asks', task.number);
  const own = { text: l10n.t('Answer in words…'), value: undefined };
  const options = question.options.map((option) => ({ text: option.label, value: option }));
  let chosen: (typeof question.options)[number] | undefined;
  if (options.length > 0) {
    const picked = await stage.overlay.pick(
      title,
      [...options, own].map(({ text, value }) => ({ text, value: { option: value } })),
      question.text,
    );
    if (!picked) return;
    chosen = picked.option;
  }
  const words = chosen?.label ?? (await stage.overlay.ask(title, { prompt: question.text, rows: 4, verb: l10n.t('Answer') }));
  if (words === undefined) return;
  const option = chosen ? { optionId: chosen.id } : {};
  await stage.execute({ type: 'AnswerInput', taskId: task.id, questionId: question.id, answer: words, ...option });
}

async function move(stage: Stage, id: string, by: -1 | 1): Promise<void> {
  const { board } = await stage.tower;
  const task = board.tasks.get(id);
  const band = [...waitingTasks(board)].filter(({ priority }) => priority === task?.priority);
  const at = band.findIndex((one) => one.id === id);
  if (!task || (by < 0 ? at <= 0 : at === band.length - 1)) return;
  const before = by < 0 ? band[at - 1] : band[at + 2];
  await stage.execute({ type: 'ReorderTask', taskId: id, before: before?.id ?? null, priority: task.priority });
}
