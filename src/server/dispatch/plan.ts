import { agentIdOf, hasSkills, type Agent } from '../domain/agent';
import { usedBudget } from '../domain/budget';
import { load, runningCount, type Board } from '../domain/board';
import { waitingTasks } from '../domain/order';
import type { Task } from '../domain/task';
import { accountLoad, openDependency, queueAllows, type Presence } from '../domain/waiting';

export interface Pair {
  taskId: string;
  agentId: string;
}

/**
 * Which waiting task goes to which free agent now, in the order of the queue. Pure; `now` in ms.
 * @param only the one agent that asks. @param here where several towers share the queue: the one whose agents are meant.
 */
export function plan(board: Board, presence: Presence, now: number, only?: string, here?: string): Pair[] {
  if (presence.trouble !== undefined) return [];
  const free = new FreeAgents(board, presence, now, only, here);
  const pairs: Pair[] = [];
  let running = runningCount(board);
  for (const task of waitingTasks(board)) {
    if (free.none) break;
    if (!queueAllows(board, task, running) || openDependency(board, task)) continue;
    const agent = free.take(task);
    if (!agent) continue;
    pairs.push({ taskId: task.id, agentId: agent.id });
    running++;
  }
  return pairs;
}

/** The agents that can take one more, with what is left of their capacity. */
class FreeAgents {
  private readonly left = new Map<string, number>();
  /** What is left of the caps of accounts that have one. */
  private readonly accounts = new Map<string, number>();
  private readonly agents: Agent[];
  /** Wishes that no agent can meet any more, so that thousands of like tasks cost one look each. */
  private readonly hopeless = new Set<string>();

  constructor(board: Board, presence: Presence, now: number, only: string | undefined, here: string | undefined) {
    this.agents = [...board.agents.values()]
      .filter((agent) => only === undefined || agent.id === only)
      .filter((agent) => only !== undefined || here === undefined || agent.tower === here)
      .filter((agent) => only !== undefined || presence.agents.get(agent.id)?.presence === 'online')
      .filter((agent) => !agent.broken && (agent.limitedUntil ?? 0) <= now)
      .filter((agent) => !usedBudget(board, now, agent.id))
      .filter((agent) => (agent.passedOverUntil ?? 0) <= now && agent.capacity > load(board, agent.id))
      // Specialists first, so that an agent that can do more stays free for what only it can do.
      .sort((a, b) => a.skills.length - b.skills.length || a.name.localeCompare(b.name, 'en'));
    for (const agent of this.agents) this.left.set(agent.id, agent.capacity - load(board, agent.id));
    for (const [account, cap] of Object.entries(board.queue.accountCaps ?? {}))
      this.accounts.set(account, cap - accountLoad(board, account));
  }

  get none(): boolean {
    return this.left.size === 0;
  }

  take(task: Task): Agent | undefined {
    const wish = `${task.agent ?? ''}\n${task.skills.join('\n')}`;
    if (this.hopeless.has(wish)) return undefined;
    const wanted = task.agent === undefined ? undefined : agentIdOf(task.agent);
    let best: Agent | undefined;
    for (const agent of this.agents) {
      if ((this.accounts.get(agent.account ?? '') ?? 1) <= 0) continue;
      if (!this.left.has(agent.id) || (wanted !== undefined && agent.id !== wanted) || !hasSkills(agent, task.skills)) continue;
      if (!best || (this.left.get(agent.id) ?? 0) > (this.left.get(best.id) ?? 0)) best = agent;
      if (best.skills.length < agent.skills.length) break;
    }
    if (!best) {
      this.hopeless.add(wish);
      return undefined;
    }
    const account = this.accounts.get(best.account ?? '');
    if (account !== undefined) this.accounts.set(best.account ?? '', account - 1);
    const left = (this.left.get(best.id) ?? 1) - 1;
    if (left > 0) this.left.set(best.id, left);
    else this.left.delete(best.id);
    return best;
  }
}
