import * as l10n from '@vscode/l10n';
import * as z from 'zod';
import { agentIdOf } from './agent';
import type { Board } from './board';
import { attemptCost, noCosts, sumCosts, type Cost, type CostSum } from './cost';
import { cost, costSum } from './format';
import { spentToday, totalSpent, type DaySpent, type MetBudget } from './spent';
import { agentName } from './rows/row';
import type { Task } from './task';

const Usd = z.number().positive().max(1_000_000);

/** What may be spent, US dollars; what is absent has no limit. */
export const Budget = z.strictObject({
  /** On one task, by the tries that the tower makes by itself; a task's own limit goes before it. */
  perTask: Usd.optional(),
  /** On each agent a day, or on those named. */
  perAgentDay: z.union([Usd, z.record(z.string().max(80), Usd)]).optional(),
  /** On all of them a day. */
  perDay: Usd.optional(),
});
export type Budget = z.infer<typeof Budget>;

/** The share of a budget at which people are warned. */
const NEAR = 0.8;

/** How a budget of the day stands. What is unknown cannot be counted: `spent` says how many attempts that is. */
export interface BudgetState {
  /** Whose; absent = of all agents together. */
  agentId?: string;
  limitUsd: number;
  spent: CostSum;
  /** `near`: people are warned; `used`: nothing new starts. */
  level: 'open' | 'near' | 'used';
}

/** The money of the day, for surfaces. */
export interface Budgets {
  /** All that was spent today. */
  today: CostSum;
  /** The same by agent id. */
  agents: Readonly<Record<string, CostSum>>;
  /** The budgets of the day that there are, that of all agents first. */
  states: BudgetState[];
  /** True when that of all agents is used up: nothing new starts today. */
  isUsed: boolean;
}

/** How the budgets of a board stand at `now`, ms. Pure. */
export function budgetOf(board: Board, now: number): Budgets {
  const day = spentToday(board.spent, now);
  const states = budgetStates(board.queue.budget, day, board.agents.keys());
  return { today: totalSpent(day), agents: day?.agents ?? {}, states, isUsed: usedBudget(board, now) !== undefined };
}

/** How each budget of the day stands after what was spent on it: that of all, and those of the agents named. */
export function budgetStates(
  budget: Budget | undefined,
  day: Pick<DaySpent, 'agents'> | undefined,
  agentIds: Iterable<string>,
): BudgetState[] {
  const states: BudgetState[] = [];
  if (budget?.perDay !== undefined) states.push(stateOf(budget.perDay, totalSpent(day)));
  for (const agentId of agentIds) {
    const limitUsd = agentLimit(budget, agentId);
    if (limitUsd !== undefined) states.push({ agentId, ...stateOf(limitUsd, day?.agents[agentId] ?? noCosts()) });
  }
  return states;
}

/** The budget that lets nothing new start at `now` (ms): that of all agents, else that of the one named. */
export function usedBudget(board: Board, now: number, agentId?: string): BudgetState | undefined {
  const { budget } = board.queue;
  if (!budget) return undefined;
  const states = budgetStates(budget, spentToday(board.spent, now), agentId === undefined ? [] : [agentId]);
  return states.find(({ level }) => level === 'used');
}

function stateOf(limitUsd: number, spent: CostSum): Omit<BudgetState, 'agentId'> {
  const share = spent.usd / limitUsd;
  return { limitUsd, spent, level: share >= 1 ? 'used' : share >= NEAR ? 'near' : 'open' };
}

function agentLimit(budget: Budget | undefined, agentId: string): number | undefined {
  const limit = budget?.perAgentDay;
  if (typeof limit !== 'object') return limit;
  return Object.entries(limit).find(([name]) => agentIdOf(name) === agentId)?.[1];
}

/** What one task may cost, US dollars; undefined = no limit. */
export function taskLimit(board: Board, task: Task): number | undefined {
  return task.limits.costUsd ?? board.queue.budget?.perTask;
}

/** What a task has cost since a person last asked for it: the tries that count under its limit, and `now` for the one under way. */
export function costOfTries({ attempts, tries }: Task, now: Cost): CostSum {
  const ended = attempts.filter(({ endedAt, outcome }) => endedAt !== undefined && outcome !== 'declined');
  return sumCosts([...ended.slice(ended.length - tries).map(attemptCost), now]);
}

/** Whose budget it is and how much: `today's budget of $5.00`, `today's budget of $2.00 for Kimi`. */
export function budgetName(board: Board, { agentId, limitUsd }: Pick<BudgetState, 'agentId' | 'limitUsd'>): string {
  if (agentId === undefined) return l10n.t("today's budget of {0}", cost(limitUsd));
  return l10n.t("today's budget of {0} for {1}", cost(limitUsd), agentName(board, agentId));
}

/** What to tell people when a budget was met at `now`, ms: `Today's budget of $5.00 is used up. Nothing new starts.` */
export function budgetNews(board: Board, { agent, level, limitUsd }: MetBudget, now: number): string {
  const name = budgetName(board, { ...(agent === undefined ? {} : { agentId: agent }), limitUsd });
  if (level === 'used') {
    const head = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
    if (agent === undefined) return l10n.t('{0} is used up. Nothing new starts.', head);
    return l10n.t('{0} is used up. {1} gets nothing new today.', head, agentName(board, agent));
  }
  const day = spentToday(board.spent, now);
  return l10n.t('{0} of {1} is spent.', costSum(agent === undefined ? totalSpent(day) : (day?.agents[agent] ?? noCosts())), name);
}

/** Whether what a budget said when it was met still holds at `now`, ms: not after it was raised, or on the next day. */
export function isStillMet(board: Board, { agent, level, limitUsd }: MetBudget, now: number): boolean {
  const states = budgetStates(board.queue.budget, spentToday(board.spent, now), agent === undefined ? [] : [agent]);
  return states.some((state) => state.agentId === agent && state.limitUsd === limitUsd && state.level === level);
}
