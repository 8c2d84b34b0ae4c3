import type { Board } from '../board';
import { budgetStates } from '../budget';
import type { TowerEvent } from '../event';
import { localDay, newDay, spend, spentToday, type MetBudget } from '../spent';
import type { Decision, RuleContext } from './context';

/** Adds to what a command makes happen that a day began, and which budgets are met by it for the first time that day. */
export function counted({ board, now }: Pick<RuleContext, 'board' | 'now'>, events: Decision): Decision {
  const isNew = !spentToday(board.spent, now) && !events.some(({ type }) => type === 'DayBegan');
  const began = isNew && events.some(isCounted) ? [dayBegan(now)] : [];
  const met = budgetsMet(board, now, events);
  return began.length + met.length > 0 ? [...began, ...events, ...met] : events;
}

/** The event with which the day of `now`, ms, begins. */
export function dayBegan(now: number): TowerEvent {
  return { type: 'DayBegan', ...localDay(now) };
}

/** True when the last day on which something was spent is over, so that its budgets are new. */
export function isDayOver({ spent }: Pick<Board, 'spent'>, now: number): boolean {
  const last = spent.at(-1);
  return last !== undefined && last.until <= now && Object.keys(last.agents).length > 0;
}

function isCounted(event: TowerEvent): boolean {
  return event.type === 'UsageReported' || (event.type === 'AttemptEnded' && event.outcome !== 'declined');
}

function budgetsMet(board: Board, now: number, events: Decision): TowerEvent[] {
  const configured = events.find((event) => event.type === 'QueueConfigured');
  const budget = configured ? configured.budget : board.queue.budget;
  const told = events.filter((event) => event.type === 'UsageReported');
  if (!budget || (told.length === 0 && !configured)) return [];
  const { met, ...day } = structuredClone(spentToday(board.spent, now) ?? newDay(localDay(now)));
  for (const { taskId, attempt: n, cost } of told) {
    const attempt = board.tasks.get(taskId)?.attempts[n - 1];
    if (attempt && cost) spend(day, attempt, cost);
  }
  return budgetStates(budget, day, Object.keys(day.agents)).flatMap(({ agentId, limitUsd, level }): TowerEvent[] => {
    if (level === 'open') return [];
    const news: MetBudget = { ...(agentId === undefined ? {} : { agent: agentId }), level, limitUsd };
    return met.some((before) => isTold(before, news)) ? [] : [{ type: 'BudgetMet', ...news }];
  });
}

/** True when nothing new is said by `news`: the same was met, or it was used up and is not quite any more. */
function isTold(before: MetBudget, news: MetBudget): boolean {
  const isSame = before.agent === news.agent && before.limitUsd === news.limitUsd;
  return isSame && (before.level === news.level || before.level === 'used');
}
