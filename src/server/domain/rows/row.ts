import type { EstimateOf } from '../analytics';
import type { Board } from '../board';
import type { Live } from '../live';
import type { Attempt } from '../task';
import { cleanLine, shorten } from '../text';

/** A row of a tree, before it becomes VS Code's. Pure, so that tests read it as text. */
export interface Row {
  id: string;
  label: string;
  description: string;
  /** A codicon, and the theme colour it takes. */
  icon: string;
  color?: string;
  contextValue: string;
  /** What a screen reader says. */
  spoken: string;
}

/** All a row may look at. */
export interface Scene {
  board: Board;
  live: Live;
  /** ms */
  now: number;
  /** How long like tasks took; without it nothing is estimated. */
  estimateOf?: EstimateOf;
}

/** The name of an agent, or its id when it is gone. */
export function agentName(board: Board, id: string | undefined): string {
  return id === undefined ? '' : (board.agents.get(id)?.name ?? id);
}

/** How long an attempt has worked, without the time it waited for a person, ms. */
export function runningMs(attempt: Attempt, now: number): number {
  const waiting = attempt.askedAt === undefined ? 0 : now - attempt.askedAt;
  return Math.max(0, (attempt.endedAt ?? now) - attempt.startedAt - attempt.waitedMs - waiting);
}

/** Foreign text as a part of one line. */
export function oneLine(text: string | undefined, max: number): string {
  return shorten(cleanLine(text ?? ''), max);
}

/** The facts that are there, in one line. */
export function join(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}
