import type { Agent } from './agent';
import type { Budget } from './budget';
import type { Answer, ProcessRef } from './command';
import type { Evidence } from './evidence';
import { compareWaiting, insertWaiting } from './order';
import type { DaySpent } from './spent';
import { isFinal, openAttempt, Status, type Task } from './task';

/** Answers older than this, ms, or beyond this many, are forgotten. */
export const ANSWER_MAX_AGE = 86_400_000;
export const ANSWER_MAX_COUNT = 10_000;

export interface Queue {
  /** `draining`: only retries of tasks already tried start; paused when none is left. */
  state: 'open' | 'draining' | 'paused';
  /** How many tasks run at once, over all agents. */
  cap: number;
  /** Nothing new starts while this many tasks wait for a person; absent = no limit. */
  reviewCap?: number;
  /** How many tasks run at once for an account. */
  accountCaps?: Record<string, number>;
  /** Failures in a row after which an agent gets no more work; absent = never. */
  breaker?: number;
  /** Nothing starts without a person. */
  approval?: boolean;
  /** What may be spent; absent = no limit. */
  budget?: Budget;
}

/** All that stands now, folded from the records. Only `reduce` changes it. */
export interface Board {
  seq: number;
  at: number;
  nextNumber: number;
  queue: Queue;
  tasks: Map<string, Task>;
  agents: Map<string, Agent>;
  /** Process groups that our runner started, by pid. */
  processes: Map<number, ProcessRef & { agentId: string }>;
  /** Answers by command id, oldest first. */
  answers: Map<string, Answer & { at: number }>;
  /** The last two days on which something was told of cost, the latest last. */
  spent: DaySpent[];

  /** Indexes, derived from `tasks`. */
  numbers: Map<number, string>;
  byStatus: Record<Status, Set<string>>;
  /** Pending tasks in the order they start. */
  waiting: string[];
  /** Tasks that hold a slot of an agent. */
  held: Map<string, Set<string>>;
  /** Tasks with a picture to compare, or a baseline that does not follow its verdict yet. */
  proofOwed: Set<string>;
  /** Who waits for a task: dependents by dependency. */
  dependents: Map<string, Set<string>>;
}

/** A board where nothing has happened. */
export function emptyBoard(): Board {
  return {
    seq: 0,
    at: 0,
    nextNumber: 1,
    queue: { state: 'open', cap: 4 },
    tasks: new Map(),
    agents: new Map(),
    processes: new Map(),
    answers: new Map(),
    spent: [],
    numbers: new Map(),
    byStatus: Object.fromEntries(Status.options.map((status) => [status, new Set<string>()])) as Record<Status, Set<string>>,
    waiting: [],
    held: new Map(),
    proofOwed: new Set(),
    dependents: new Map(),
  };
}

/** The board without its indexes, as checkpoints and snapshots carry it. */
export interface BoardData {
  seq: number;
  at: number;
  nextNumber: number;
  queue: Queue;
  tasks: Task[];
  agents: Agent[];
  processes: (ProcessRef & { agentId: string })[];
  answers: [string, Answer & { at: number }][];
  /** Absent in checkpoints from before there were budgets. */
  spent?: DaySpent[];
}

/** The board as plain data. */
export function encodeBoard(board: Board): BoardData {
  const { seq, at, nextNumber, queue, spent } = board;
  return {
    seq,
    at,
    nextNumber,
    queue,
    spent,
    tasks: [...board.tasks.values()],
    agents: [...board.agents.values()],
    processes: [...board.processes.values()],
    answers: [...board.answers],
  };
}

/** The board of `data`, which it takes over. */
export function decodeBoard(data: BoardData): Board {
  const board = emptyBoard();
  const { seq, at, nextNumber, queue, spent = [] } = data;
  Object.assign(board, { seq, at, nextNumber, queue, spent });
  for (const agent of data.agents) board.agents.set(agent.id, agent);
  for (const process of data.processes) board.processes.set(process.pid, process);
  board.answers = new Map(data.answers);
  const pending: Task[] = [];
  for (const task of data.tasks) {
    board.tasks.set(task.id, task);
    board.numbers.set(task.number, task.id);
    if (task.status === 'pending') pending.push(task);
    else indexTask(board, task);
  }
  for (const task of pending) {
    board.byStatus.pending.add(task.id);
    indexDependencies(board, task);
    indexProof(board, task);
  }
  board.waiting = pending.sort(compareWaiting).map((task) => task.id);
  return board;
}

/** Enters a task into the indexes. */
export function indexTask(board: Board, task: Task): void {
  board.byStatus[task.status].add(task.id);
  if (task.status === 'pending') insertWaiting(board, task);
  const agentId = openAttempt(task)?.agentId;
  if (agentId !== undefined) hold(board, agentId, task.id);
  // What has ended waits for nothing.
  if (!isFinal(task.status)) indexDependencies(board, task);
  indexProof(board, task);
}

/** Notes whether a task has proof that someone must see to. */
export function indexProof(board: Board, task: Task): void {
  if (task.attempts.some(({ evidence }) => evidence.some(owesProof))) board.proofOwed.add(task.id);
  else board.proofOwed.delete(task.id);
}

/** True for a picture that was not compared yet, or whose baseline does not follow its verdict. */
export function owesProof({ kind, comparison, baseline }: Evidence): boolean {
  return (kind === 'screenshot' && !comparison) || baseline === 'owed' || baseline === 'undo';
}

/** Enters what a task waits for. */
export function indexDependencies(board: Board, task: Task): void {
  for (const id of task.after) {
    const waiting = board.dependents.get(id);
    if (waiting) waiting.add(task.id);
    else board.dependents.set(id, new Set([task.id]));
  }
}

/** Notes that a task takes a slot of an agent. */
export function hold(board: Board, agentId: string, taskId: string): void {
  const held = board.held.get(agentId);
  if (held) held.add(taskId);
  else board.held.set(agentId, new Set([taskId]));
}

/** The task named by an id or `#12`. */
export function findTask(board: Board, ref: string): Task | undefined {
  const id = ref.startsWith('#') ? board.numbers.get(Number(ref.slice(1))) : ref;
  return id === undefined ? undefined : board.tasks.get(id);
}

/** How many slots of an agent are taken. */
export function load(board: Board, agentId: string): number {
  return board.held.get(agentId)?.size ?? 0;
}

/** How many tasks count against the global cap: those that run. Waiting for a person frees the slot. */
export function runningCount(board: Board): number {
  return board.byStatus.running.size;
}

/** Tasks of a status, in the order they reached it. */
export function tasksIn(board: Board, status: Status): Task[] {
  return [...board.byStatus[status]].flatMap((id) => board.tasks.get(id) ?? []);
}
