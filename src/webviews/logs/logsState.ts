import * as l10n from '@vscode/l10n';
import type { LogMatch, LogScope } from '../../server/domain/logQuery';
import type { KeptLogs, LogColumn } from '../protocol';

/** What the panel keeps over a reload. */
export interface LogsState extends KeptLogs {
  find: LogMatch;
  /** Lines that match alone, with so many around each. */
  only: boolean;
  context: number;
  /** The number of the wish of the extension that was carried out last. */
  asked: number;
}

const NOTHING: LogMatch = { text: '', regex: false, wholeWord: false, matchCase: false };
export const FIRST_STATE: LogsState = { scope: {}, wrap: false, hidden: [], find: NOTHING, only: false, context: 0, asked: 0 };
export const COLUMNS: readonly { key: LogColumn; text: string }[] = [
  { key: 'time', text: l10n.t('Time') },
  { key: 'level', text: l10n.t('Level') },
  { key: 'agent', text: l10n.t('Agent') },
  { key: 'task', text: l10n.t('Task') },
];

/** What the page kept, else what was kept of the panel that was open last, as far as it can be used. */
export function restoredState(own: unknown, kept: Partial<KeptLogs> | undefined): LogsState {
  const state = { ...FIRST_STATE, ...usable(kept), ...usable(own) };
  return { ...state, find: { ...NOTHING, ...state.find } };
}

function usable(kept: unknown): Partial<LogsState> {
  if (typeof kept !== 'object' || kept === null) return {};
  const known = Object.entries(kept).filter(
    ([key, value]) => key === 'last' || typeof value === typeof FIRST_STATE[key as keyof LogsState],
  );
  return Object.fromEntries(known);
}

/** What outlives the window. */
export function keptOf({ scope, last, wrap, hidden }: LogsState): KeptLogs {
  return { scope, ...(last === undefined ? {} : { last }), wrap, hidden };
}

/** The same with every line. */
export function withoutFilter({ last: _, ...state }: LogsState): LogsState {
  return { ...state, scope: {}, only: false };
}

/** The filter as the tower is asked: "the last hour" begins at a time. */
export function scopeAt({ scope, last }: Pick<LogsState, 'scope' | 'last'>, now: number): LogScope {
  return last === undefined ? scope : { ...scope, from: now - last };
}

/** True when every line passes. */
export function isUnfiltered({ scope, last, only }: Pick<LogsState, 'scope' | 'last' | 'only'>): boolean {
  return Object.values(scope).every((value) => value === undefined) && last === undefined && !only;
}
