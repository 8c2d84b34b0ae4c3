import * as z from 'zod';
import type { Clock } from '../base/clock';
import { findTask } from '../domain/board';
import type { Answer, CommandInput } from '../domain/command';
import { inEnglish } from '../domain/language';
import type { Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { requirementText } from '../domain/requirement';
import { isFinal } from '../domain/task';
import { whyNotNow } from '../domain/waiting';
import {
  AnswerBody,
  CreateTaskBody,
  MessageBody,
  PatchTaskBody,
  PauseBody,
  RetryBody,
  SignOffBody,
  TaskDetailsOut,
  TaskListQuery,
  TaskOut,
} from '../protocol/rest';
import { REPORT_LEASE_MS } from '../protocol/version';
import { route, type Call, type Route } from './route';
import { mayActAs } from './scopes';
import { detailsOut, rowOut, taskOut } from './taskOut';
import { taskRefOf } from './taskRef';
import { taskTrace } from './taskTrace';

/** The task that a call names. */
export function taskRef(call: Call): string {
  return taskRefOf(call.params.id ?? '');
}

/** The queue: create, read, change, cancel, order. */
export function taskRoutes(tower: Tower, clock: Clock): Route[] {
  const shown = (answer: Answer): unknown => {
    const task = answer.taskId === undefined ? undefined : findTask(tower.board, answer.taskId);
    const now = clock.now();
    // The answer's own sentence is in the language of the window that runs the tower.
    const message = answer.message !== undefined && task ? inEnglish(() => whyNotNow(tower.board, tower.live, task, now)) : undefined;
    return { ...(task ? taskOut(tower, task, now) : {}), ...(message === undefined ? {} : { message }) };
  };
  const run = async (call: Call, command: CommandInput): Promise<unknown> => {
    const answer = await tower.execute(command, call.by, call.commandId);
    return shown('taskId' in command ? { ...answer, taskId: command.taskId } : answer);
  };
  const post = (verb: string, about: string, command: (taskId: string) => CommandInput): Route =>
    route({ method: 'POST', path: `/api/tasks/:id/${verb}`, about, answer: TaskOut, handle: (call) => run(call, command(taskRef(call))) });

  return [
    route({
      method: 'GET',
      path: '/api/tasks',
      about: 'Lists tasks: what is unfinished in the order of the queue, then what is finished, newest first.',
      query: TaskListQuery,
      answer: z.object({ tasks: z.array(TaskOut), total: z.int(), cursor: z.string().optional() }),
      handle: async ({ query }) => {
        const { from, to, ...rest } = query;
        const time = (value: string | undefined): number | undefined => (value === undefined ? undefined : Date.parse(value));
        const filter = { ...rest, ...defined({ from: time(from), to: time(to) }) };
        const page = await tower.query({ type: 'Tasks', filter });
        return { ...page, tasks: page.tasks.map((row) => rowOut(tower, row, clock.now())) };
      },
    }),
    route({
      method: 'POST',
      path: '/api/tasks',
      about: 'Queues a task. With `status: "running"` the work goes on elsewhere and is only reported here.',
      body: CreateTaskBody,
      status: 201,
      answer: TaskOut,
      handle: async (call) => {
        const { status, leaseMs = REPORT_LEASE_MS, ...spec } = call.body;
        const input = { ...spec, requires: spec.requires.map(requirementText) };
        if (status === 'pending') return run(call, { type: 'CreateTask', spec: input });
        const own = call.who?.kind === 'client' ? call.who.agent : undefined;
        const agent = spec.agent ?? own ?? 'reporter';
        mayActAs(call.who, agent);
        return run(call, { type: 'ReportTask', spec: input, agent, leaseMs });
      },
    }),
    route({
      method: 'GET',
      path: '/api/tasks/:id',
      about: 'One task, with its prompt, its last result, and what each attempt used and cost.',
      attempt: 'read',
      answer: TaskDetailsOut,
      handle: async (call) => detailsOut(tower, await tower.query({ type: 'TaskDetails', taskId: taskRef(call) }), clock.now()),
    }),
    route({
      method: 'GET',
      path: '/api/tasks/:id/trace',
      about: 'A task and its ended attempts as an OpenTelemetry trace: OTLP in JSON with the names of its GenAI conventions.',
      answer: z.object({ resourceSpans: z.array(z.record(z.string(), z.unknown())) }),
      handle: async (call) => taskTrace(tower.board, (await tower.query({ type: 'TaskDetails', taskId: taskRef(call) })).task),
    }),
    route({
      method: 'PATCH',
      path: '/api/tasks/:id',
      about: 'Edits a task that waits; `before` moves it in the queue.',
      body: PatchTaskBody,
      answer: TaskOut,
      handle: async (call) => {
        const { before, requires, ...patch } = call.body;
        const taskId = taskRef(call);
        const edits = { ...patch, ...(requires === undefined ? {} : { requires: requires.map(requirementText) }) };
        if (before !== undefined) {
          const moved = await run(call, { type: 'ReorderTask', taskId, before, ...defined({ priority: patch.priority }) });
          if (Object.keys(edits).length === 0) return moved;
          const commandId = call.commandId === undefined ? undefined : `${call.commandId}:edit`;
          return shown({ ...(await tower.execute({ type: 'EditTask', taskId, patch: edits }, call.by, commandId)), taskId });
        }
        return run(call, { type: 'EditTask', taskId, patch: edits });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/tasks/:id',
      about: 'Cancels a task; 409 when it has ended.',
      answer: TaskOut,
      handle: (call) => run(call, { type: 'CancelTask', taskId: taskRef(call) }),
    }),
    route({
      method: 'POST',
      path: '/api/tasks/:id/retry',
      about: 'Queues a finished task again; `note` goes to the agent.',
      body: RetryBody,
      answer: TaskOut,
      handle: (call) => run(call, { type: 'RetryTask', taskId: taskRef(call), ...defined(call.body) }),
    }),
    post('start-now', 'Puts a task next in line, past rank, pause and the global cap.', (taskId) => ({ type: 'StartNow', taskId })),
    post('dismiss', 'Takes a failure off the list of what needs a person.', (taskId) => ({ type: 'DismissTask', taskId })),
    route({
      method: 'POST',
      path: '/api/tasks/:id/purge',
      about: 'Deletes a finished task with its logs.',
      answer: z.object({}),
      handle: async (call) => {
        const task = findTask(tower.board, taskRef(call));
        if (task && !isFinal(task.status)) throw new Refusal('conflict', `#${task.number} is ${task.status}. Cancel it first.`);
        await tower.execute({ type: 'PurgeTask', taskId: taskRef(call) }, call.by, call.commandId);
        return {};
      },
    }),
    route({
      method: 'POST',
      path: '/api/tasks/:id/answer',
      about: 'Answers what an agent asked.',
      body: AnswerBody,
      answer: TaskOut,
      handle: (call) => run(call, { type: 'AnswerInput', taskId: taskRef(call), ...defined(call.body), answer: call.body.answer }),
    }),
    route({
      method: 'POST',
      path: '/api/tasks/:id/message',
      about: 'Says something to the attempt under way; the log says whether its agent took it.',
      body: MessageBody,
      answer: TaskOut,
      handle: (call) => run(call, { type: 'SendMessage', taskId: taskRef(call), text: call.body.text }),
    }),
    route({
      method: 'POST',
      path: '/api/tasks/:id/signoff',
      about: 'Accepts or rejects a task in review.',
      body: SignOffBody,
      answer: TaskOut,
      handle: (call) =>
        run(call, { type: 'SignOff', taskId: taskRef(call), verdict: call.body.verdict, ...defined({ note: call.body.note }) }),
    }),
    route({
      method: 'POST',
      path: '/api/tasks/retry-failed',
      about: 'Queues every failed task again.',
      answer: z.object({ count: z.int() }),
      handle: async (call) => ({ count: (await tower.execute({ type: 'RetryFailed' }, call.by, call.commandId)).count ?? 0 }),
    }),
    route({
      method: 'POST',
      path: '/api/queue/pause',
      about: 'Nothing new starts; what runs goes on.',
      body: PauseBody,
      answer: z.object({ state: z.string() }),
      handle: async (call) => {
        await tower.execute({ type: 'PauseQueue', when: call.body.when }, call.by, call.commandId);
        return { state: tower.board.queue.state };
      },
    }),
    route({
      method: 'POST',
      path: '/api/queue/resume',
      about: 'Goes on with the queue.',
      answer: z.object({ state: z.string() }),
      handle: async (call) => {
        await tower.execute({ type: 'ResumeQueue' }, call.by, call.commandId);
        return { state: tower.board.queue.state };
      },
    }),
  ];
}

/** The entries that are there: an optional field is left out, not set to undefined. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
