import type { Activity } from './domain/activity';
import { RUNS, taskEvidence, type EvidenceQueryParts } from './evidenceQuery';
import { emptyBoard, findTask, tasksIn, type Board } from './domain/board';
import { RECORD_VERSION } from './domain/event';
import { isThere, type Live } from './domain/live';
import { compareWaiting, waitingTasks } from './domain/order';
import type { LogScope } from './domain/logQuery';
import type { History, LogReader, LogStore, Presence, StoredEvent, TaskFiles } from './domain/ports';
import type { Query, QueryResult, QueryResults, TaskDetails, TaskEvidence, TaskFilter, TaskPage } from './domain/query';
import { reduce } from './domain/reduce';
import { Refusal } from './domain/refusal';
import { rowOf } from './domain/taskRow';
import { isFinal, lastAttempt, type Status, type Task } from './domain/task';
import { phrase } from './domain/phrase';

/** Where queries read. */
export interface QueryParts {
  board: Board;
  live: Live;
  files: TaskFiles;
  logs: LogStore;
  lines: LogReader;
  history: History;
  proof: EvidenceQueryParts;
  /** The last things that happened, newest first. */
  activity(limit: number): Promise<Activity[]>;
}

/** Answers what the board does not hold: texts, logs, the past. */
export class Queries {
  constructor(private readonly parts: QueryParts) {}

  async run<Q extends Query>(query: Q): Promise<QueryResult<Q>> {
    const result = await this.read(query);
    return result as QueryResult<Q>;
  }

  private read(query: Query): Promise<QueryResults[keyof QueryResults]> {
    const { board, history, logs } = this.parts;
    switch (query.type) {
      case 'Tasks':
        return this.tasks(query.filter);
      case 'TaskDetails':
        return this.details(query.taskId);
      case 'Logs': {
        const { taskId, ...filter } = query.filter;
        return logs.tail({ ...filter, ...(taskId === undefined ? {} : { taskId: this.idOf(taskId) }) });
      }
      case 'Evidence':
        return this.evidence(query.taskId);
      case 'Outcomes':
        return history.outcomes(query.days, board.seq);
      case 'Activity':
        return this.parts.activity(query.limit);
      case 'Analytics':
        return history.analytics(query.filter, this.presence(), board.seq);
      case 'Estimates':
        return history.estimates(board.seq);
      case 'LogPage':
        return this.parts.lines.page({ ...query, scope: this.scopeOf(query.scope) });
      case 'LogSearch':
        return this.parts.lines.search(this.scopeOf(query.scope), query.match, query.limit, query.stopEarly);
    }
  }

  /** The task a command names, from its folder, when it is no longer on the board. */
  async recall(ref: string): Promise<Task | undefined> {
    const { board, files, history } = this.parts;
    const id = ref.startsWith('#') ? await history.idOf(Number(ref.slice(1)), board.seq) : ref;
    if (id === undefined) return undefined;
    const task = foldTask(await files.events(id), id);
    if (!task && (await history.idOf(id, board.seq)) !== undefined) throw filesGone(ref);
    return task;
  }

  private presence(): Presence {
    const { board, live } = this.parts;
    const present = [...live.agents].flatMap(([id, agent]) => (isThere(agent) ? [id] : []));
    return { present, seenAt: board.at };
  }

  /** A scope whose tasks are named by their ids. */
  private scopeOf({ taskIds, ...scope }: LogScope): LogScope {
    return taskIds === undefined ? scope : { ...scope, taskIds: taskIds.map((ref) => this.idOf(ref)) };
  }

  private idOf(ref: string): string {
    return findTask(this.parts.board, ref)?.id ?? ref;
  }

  private async evidence(ref: string): Promise<TaskEvidence> {
    const { board, files, proof } = this.parts;
    const task = structuredClone(findTask(board, ref)) ?? (await this.recall(ref));
    if (!task) throw new Refusal('not_found', phrase('There is no task {0}. List the tasks to see their numbers.', ref));
    return taskEvidence(proof, task, await files.events(task.id), await this.earlierRuns(task));
  }

  /** The last completed tasks of the same kind that told numbers, oldest first, wherever they are kept. */
  private async earlierRuns({ kind, number }: Task): Promise<Task[]> {
    const { board, history } = this.parts;
    const ids = await history.runs(kind, number, RUNS, board.seq);
    const tasks = await Promise.all(ids.map(async (id) => board.tasks.get(id) ?? (await this.recall(id))));
    return tasks.filter((task) => task !== undefined).toReversed();
  }

  private async details(ref: string): Promise<TaskDetails> {
    // A copy: the task goes on changing while its folder is read.
    const task = structuredClone(findTask(this.parts.board, ref)) ?? (await this.recall(ref));
    if (!task) throw new Refusal('not_found', phrase('There is no task {0}. List the tasks to see their numbers.', ref));
    const events = await this.parts.files.events(task.id);
    if (!events.some(({ event }) => event.type === 'TaskCreated')) throw filesGone(`#${task.number}`);
    let prompt = '';
    const results: Record<number, string> = {};
    for (const { event } of events) {
      if (event.type === 'TaskCreated') prompt = event.prompt;
      else if (event.type === 'TaskEdited') prompt = event.patch.prompt ?? prompt;
      else if (event.type === 'ResultReported') results[event.attempt] = event.result;
    }
    return { task, prompt, results, attempts: task.attempts, events: events.map(({ by, ...rest }) => ({ ...rest, by: by.name })) };
  }

  /** `queue` lists what is unfinished as the board orders it, then what is finished, newest first. */
  private async tasks(filter: TaskFilter): Promise<TaskPage> {
    const { board, live, history } = this.parts;
    if (filter.order !== 'queue') return withProgress(await history.tasks(filter, board.seq), live);
    const open = this.unfinished(filter);
    const done = wantsFinished(filter);
    const from = filter.cursor === undefined ? 0 : placeAfter(board, open, filter.cursor);
    if (from === undefined) {
      const page = await this.finished({ ...filter, ...done });
      return { ...page, total: page.total + open.length };
    }
    const tasks = open.slice(from, from + filter.limit);
    const last = tasks.at(-1);
    const cursor = `q${last?.number ?? 0}.${last?.status ?? 'pending'}`;
    const rows = tasks.map((task) => rowOf(task, live));
    if (open.length > from + filter.limit) return { tasks: rows, total: open.length + (await this.count(filter, done)), cursor };
    if (!done) return { tasks: rows, total: open.length };
    const { cursor: _, ...first } = filter;
    const page = await this.finished({ ...first, ...done, limit: Math.max(1, filter.limit - rows.length) });
    const total = open.length + page.total;
    if (rows.length === filter.limit) return { tasks: rows, total, ...(page.total > 0 ? { cursor } : {}) };
    // What ended while the history was asked stands in the line of the queue as it was.
    const shown = new Set(tasks.map(({ id }) => id));
    return {
      tasks: [...rows, ...page.tasks.filter(({ id }) => !shown.has(id))],
      total,
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    };
  }

  private unfinished(filter: TaskFilter): Task[] {
    return unfinished(this.parts.board).filter((task) => matches(task, filter));
  }

  /** A page of finished tasks, newest first, with those that the board has taken back into the queue while the history was asked. */
  private async finished(filter: TaskFilter): Promise<TaskPage> {
    const { board, live, history } = this.parts;
    const ended = new Map(
      [...board.tasks.values()]
        .filter((task) => isFinal(task.status) && matches(task, filter))
        .map((task) => [task.number, rowOf(task, live)]),
    );
    const page = await history.tasks({ ...filter, order: 'newest' }, board.seq);
    const below = filter.cursor === undefined ? Infinity : Number(filter.cursor);
    const above = page.cursor === undefined ? -1 : Number(page.cursor);
    const known = new Set(page.tasks.map(({ number }) => number));
    const missing = [...ended.values()].filter(({ number }) => number < below && number > above && !known.has(number));
    if (missing.length === 0) return page;
    return { ...page, total: page.total + missing.length, tasks: [...page.tasks, ...missing].sort((a, b) => b.number - a.number) };
  }

  private async count(filter: TaskFilter, done: Pick<TaskFilter, 'status'> | undefined): Promise<number> {
    if (!done) return 0;
    const { cursor: _, ...first } = filter;
    return (await this.parts.history.tasks({ ...first, ...done, order: 'newest', limit: 1 }, this.parts.board.seq)).total;
  }
}

function filesGone(ref: string): Refusal {
  const said = phrase(
    'The files of {0} are gone from the disk: prompt, results and log. Restore its folder under tasks/ in the storage folder, or create the task anew.',
    ref,
  );
  return new Refusal('not_found', said);
}

/** A task as its own events make it, or undefined when it was never created or was purged. */
export function foldTask(events: readonly StoredEvent[], id: string): Task | undefined {
  const board = emptyBoard();
  for (const { seq, at, by, event } of events) reduce(board, { v: RECORD_VERSION, seq, at, by, commandId: `${seq}`, events: [event] });
  return board.tasks.get(id);
}

/** The parts of a list of the queue, in its order. */
const PARTS: readonly Status[] = ['running', 'input_required', 'review', 'parked', 'pending'];

function unfinished(board: Board): Task[] {
  return PARTS.flatMap((part) => (part === 'pending' ? [...waitingTasks(board)] : tasksIn(board, part)));
}

/**
 * Where a list of the queue goes on: behind the task that was the last one, or where it would stand. `q12.pending` says which one that was and in
 * which part. Undefined: the cursor is of the history.
 */
function placeAfter(board: Board, open: readonly Task[], cursor: string): number | undefined {
  if (!cursor.startsWith('q')) return undefined;
  const [number = '', part = 'running'] = cursor.slice(1).split('.');
  const last = findTask(board, `#${number}`);
  const at = last?.status === part ? open.indexOf(last) : -1;
  if (at >= 0) return at + 1;
  // Only those that wait have an order to go by; a part without one is listed again, so that none is left out.
  const later = new Set<Status>(
    PARTS.slice(
      Math.max(
        0,
        PARTS.findIndex((one) => one === part),
      ),
    ),
  );
  const next = open.findIndex((task) => later.has(task.status) && (part !== 'pending' || !last || compareWaiting(task, last) > 0));
  return next < 0 ? open.length : next;
}

function wantsFinished(filter: TaskFilter): (Pick<TaskFilter, 'status'> & object) | undefined {
  const final = (filter.status ?? ['completed', 'failed', 'cancelled']).filter(isFinal);
  return final.length > 0 ? { status: final } : undefined;
}

function matches(task: Task, { status, agent, agents, priority, kinds, number, text, from, to, endedFrom, endedTo }: TaskFilter): boolean {
  // What is not finished has not ended at any time.
  if (endedFrom !== undefined || endedTo !== undefined) return false;
  if (number !== undefined && task.number !== number) return false;
  if (kinds && !kinds.some((kind) => kind.toLowerCase() === task.kind.toLowerCase())) return false;
  if (agents && !agents.some((id) => id === task.agent || id === lastAttempt(task)?.agentId)) return false;
  if (status && !status.includes(task.status)) return false;
  if (priority && !priority.includes(task.priority)) return false;
  if (agent !== undefined && task.agent !== agent && lastAttempt(task)?.agentId !== agent) return false;
  if (from !== undefined && task.createdAt < from) return false;
  if (to !== undefined && task.createdAt >= to) return false;
  return text === undefined || task.title.toLowerCase().includes(text.toLowerCase());
}

function withProgress(page: TaskPage, live: Live): TaskPage {
  return { ...page, tasks: page.tasks.map((row) => ({ ...row, progress: live.tasks.get(row.id)?.progress ?? row.progress })) };
}
