import * as l10n from '@vscode/l10n';
import { agentIdOf, hasSkills, type Agent } from './agent';
import { load, runningCount, type Board } from './board';
import { budgetName, usedBudget } from './budget';
import { clock } from './format';
import type { Live } from './live';
import { queuePosition } from './order';
import { taskName, type Task } from './task';
import { word } from './words';

/** Why a task does not run yet. `next`: nothing is in its way, it starts as soon as its turn comes. */
export type WaitCause =
  | 'dependency'
  | 'no_agent'
  | 'agent_offline'
  | 'agent_busy'
  | 'passed_over'
  | 'limited'
  | 'broken'
  | 'budget'
  | 'cap'
  | 'account'
  | 'approval'
  | 'reviews'
  | 'paused'
  | 'disk'
  | 'backoff'
  | 'quota'
  | 'next';

export interface WaitReason {
  cause: WaitCause;
  /** For people: `waits for #18`. */
  text: string;
}

/** Who is connected; a live fact, so it is passed in. */
export type Presence = Pick<Live, 'agents' | 'trouble'>;

function isPresent(presence: Presence, agent: Agent): boolean {
  const now = presence.agents.get(agent.id)?.presence;
  return now === 'online' || now === 'pull';
}

/** The first dependency that is not completed. An id that is not on the board was completed and archived. */
export function openDependency(board: Board, task: Task): Task | undefined {
  for (const id of task.after) {
    const other = board.tasks.get(id);
    if (other && other.status !== 'completed') return other;
  }
  return undefined;
}

/** Agents that may do the task, connected or not. */
export function fittingAgents(board: Board, task: Task): Agent[] {
  if (task.agent !== undefined) {
    const agent = board.agents.get(agentIdOf(task.agent));
    return agent && hasSkills(agent, task.skills) ? [agent] : [];
  }
  return [...board.agents.values()].filter((agent) => hasSkills(agent, task.skills));
}

/** True when the queue lets the task start beside `running` others, whatever the agents do. */
export function queueAllows(board: Board, task: Task, running = runningCount(board)): boolean {
  if (task.startNow) return true;
  if (board.queue.approval) return false;
  if (board.queue.state === 'paused') return false;
  if (board.queue.state === 'draining' && task.tries === 0) return false;
  return running < board.queue.cap && !reviewsFull(board);
}

/** How many tasks wait for a person's answer or verdict. */
function reviews(board: Board): number {
  return board.byStatus.review.size + board.byStatus.input_required.size;
}

function reviewsFull(board: Board): boolean {
  return board.queue.reviewCap !== undefined && reviews(board) >= board.queue.reviewCap;
}

/** Why a pending or parked task waits, the cause that must go first named first. */
export function waitReason(board: Board, presence: Presence, task: Task, now: number): WaitReason {
  if (task.status === 'parked') {
    const cause = task.parkedFor ?? 'backoff';
    return { cause, text: cause === 'quota' ? l10n.t('waits for the quota to return') : l10n.t('waits before try {0}', task.tries + 1) };
  }
  const dependency = openDependency(board, task);
  if (dependency) return { cause: 'dependency', text: l10n.t('waits for {0}', dependencyText(dependency)) };
  if (presence.trouble !== undefined) return { cause: 'disk', text: l10n.t('waits for room on the disk') };
  const fitting = fittingAgents(board, task);
  const none = noAgent(board, presence, task, fitting);
  if (none) return none;
  const online = fitting.filter((agent) => isPresent(presence, agent));
  // Before who is busy: no agent that gets free would get it either.
  const used = online.map((agent) => usedBudget(board, now, agent.id));
  if (used[0] && used.every(Boolean)) return { cause: 'budget', text: l10n.t('{0} is used up', budgetName(board, used[0])) };
  const funded = online.filter((_, index) => !used[index]);
  const ready = funded.filter((agent) => !agent.broken && (agent.limitedUntil ?? 0) <= now);
  if (ready.length === 0) return heldBack(funded, now);
  const willing = ready.filter((agent) => (agent.passedOverUntil ?? 0) <= now);
  const free = willing.find((agent) => load(board, agent.id) < agent.capacity);
  if (!free) return busy(ready, willing);
  if (willing.every((agent) => load(board, agent.id) >= agent.capacity || accountFull(board, agent)))
    return {
      cause: 'account',
      text: l10n.t(
        'the cap of {0} running tasks of {1} is reached',
        board.queue.accountCaps?.[free.account ?? ''] ?? 0,
        free.account ?? '',
      ),
    };
  if (!task.startNow && board.queue.approval) return { cause: 'approval', text: l10n.t('waits for your go') };
  if (!task.startNow && board.queue.state !== 'open' && !queueAllows(board, task))
    return { cause: 'paused', text: l10n.t('the queue is paused') };
  if (!task.startNow && reviewsFull(board))
    return { cause: 'reviews', text: l10n.t('{0} of at most {1} wait for you', reviews(board), board.queue.reviewCap ?? 0) };
  if (!queueAllows(board, task)) return { cause: 'cap', text: l10n.t('the cap of {0} running tasks is reached', board.queue.cap) };
  return { cause: 'next', text: queuePosition(board, task) === 1 ? l10n.t('starts next') : l10n.t('waits for its turn') };
}

function dependencyText(task: Task): string {
  if (task.status === 'failed') return l10n.t('#{0}, which failed', task.number);
  if (task.status === 'cancelled') return l10n.t('#{0}, which was cancelled', task.number);
  return `#${task.number}`;
}

function noAgent(board: Board, presence: Presence, task: Task, fitting: readonly Agent[]): WaitReason | undefined {
  if (fitting.length === 0) {
    if (task.agent !== undefined) return { cause: 'no_agent', text: namedAgentText(board, task, task.agent) };
    const missing = missingSkill(board, task);
    return { cause: 'no_agent', text: missing ? l10n.t('waits for an agent with skill: {0}', missing) : l10n.t('waits for an agent') };
  }
  if (fitting.some((agent) => isPresent(presence, agent))) return undefined;
  const [only] = fitting;
  if (fitting.length > 1 || !only) return { cause: 'agent_offline', text: l10n.t('waits for an agent (all offline)') };
  const starting = presence.agents.get(only.id)?.presence === 'starting';
  return { cause: 'agent_offline', text: l10n.t('waits for {0} ({1})', only.name, word(starting ? 'starting' : 'offline')) };
}

function namedAgentText(board: Board, task: Task, name: string): string {
  const agent = board.agents.get(agentIdOf(name));
  if (!agent) return l10n.t('waits for an agent named {0}', name);
  return l10n.t('waits for {0}, which lacks skill: {1}', agent.name, task.skills.filter((skill) => !hasSkills(agent, [skill])).join(', '));
}

/** A skill no known agent has, or else the skills no single agent combines. */
function missingSkill(board: Board, task: Task): string | undefined {
  const agents = [...board.agents.values()];
  return task.skills.find((skill) => !agents.some((agent) => hasSkills(agent, [skill]))) ?? (task.skills.join(' + ') || undefined);
}

/** Every agent that fits and is there gets no work now. */
function heldBack(online: readonly Agent[], now: number): WaitReason {
  const limited = online.filter((agent) => !agent.broken).sort((a, b) => (a.limitedUntil ?? 0) - (b.limitedUntil ?? 0));
  const [first] = limited;
  if (first)
    return {
      cause: 'limited',
      text: l10n.t('waits for the limit of {0}, which returns {1}', first.name, clock(first.limitedUntil ?? now, now)),
    };
  const [broken] = online;
  return { cause: 'broken', text: l10n.t('{0} was stopped after failures; start it to go on', broken?.name ?? l10n.t('its agent')) };
}

/** True when the account of an agent has as many running tasks as it may have. */
export function accountFull(board: Board, { account }: Agent): boolean {
  const cap = account === undefined ? undefined : board.queue.accountCaps?.[account];
  return cap !== undefined && accountLoad(board, account) >= cap;
}

/** How many tasks the agents of an account hold. */
export function accountLoad(board: Board, account: string | undefined): number {
  let sum = 0;
  for (const agent of board.agents.values()) if (agent.account === account) sum += load(board, agent.id);
  return sum;
}

function busy(online: readonly Agent[], willing: readonly Agent[]): WaitReason {
  const declined = online.length > 0 && willing.length === 0;
  if (declined)
    return { cause: 'passed_over', text: l10n.t('{0} declined; asked again soon', online.map((agent) => agent.name).join(', ')) };
  const text =
    willing.length === 1
      ? l10n.t('waits for {0} ({1})', willing[0]?.name ?? l10n.t('an agent'), word('busy'))
      : l10n.t('waits for a free agent');
  return { cause: 'agent_busy', text };
}

/** The sentence for "Start now" on a task that cannot start now, or undefined when it can. */
export function whyNotNow(board: Board, presence: Presence, task: Task, now: number): string | undefined {
  const { cause, text } = waitReason(board, presence, { ...task, status: 'pending', startNow: true }, now);
  return cause === 'next' ? undefined : l10n.t('{0} is next in line, but {1}.', taskName(task), text);
}
