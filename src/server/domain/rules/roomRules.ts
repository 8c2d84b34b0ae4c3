import type { Agent } from '../agent';
import { load, type Board } from '../board';
import type { TowerEvent } from '../event';
import { Refusal } from '../refusal';

/** How many agents the board holds: whoever has a token may come under one name after the other. */
export const MAX_AGENTS = 1_000;

/**
 * The events with which an agent is new on the board. On a full one others are forgotten for it, in the order they came, and first those
 * that never worked.
 * @throws {Refusal} when none can be.
 */
export function registered(board: Board, agent: Agent): TowerEvent[] {
  const event: TowerEvent = { type: 'AgentRegistered', agent };
  const tooMany = board.agents.size + 1 - MAX_AGENTS;
  if (tooMany <= 0) return [event];
  const idle = [...board.agents.values()].filter((one) => isForgettable(board, one));
  const out = [...idle.filter(hasNoPast), ...idle.filter((one) => !hasNoPast(one))].slice(0, tooMany);
  if (out.length === 0) {
    const full = `This tower knows ${board.agents.size} agents, each of them connected, at work or in its settings`;
    throw new Refusal('unavailable', `${full}. Come under a name that it knows, or later.`);
  }
  return [event, ...out.map(({ id }): TowerEvent => ({ type: 'AgentForgotten', agentId: id }))];
}

/** It is not there, has no work, and the settings say nothing of it. */
function isForgettable(board: Board, { id, managed, account, present }: Agent): boolean {
  return !managed && account === undefined && !present && load(board, id) === 0;
}

function hasNoPast({ totals, failure, limitedUntil, passedOverUntil }: Agent): boolean {
  const worked = totals.completed + totals.failed + totals.cancelled > 0;
  return !worked && !failure && limitedUntil === undefined && passedOverUntil === undefined;
}
