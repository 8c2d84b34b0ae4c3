import * as l10n from '@vscode/l10n';
import type { Board } from '../../server/domain/board';
import type { LogScope } from '../../server/domain/logQuery';
import { clock } from '../../server/domain/format';
import { LogLevel } from '../../server/domain/report';
import { isFinal, taskName } from '../../server/domain/task';
import type { Choice } from './chip';
import { LEVELS } from './levels';
import type { LogsState } from './logsState';
import type { BoardNames } from './names';

const MINUTE = 60_000;
/** Spans back from now that can be chosen. */
const SPANS: readonly { ms: number; text: string }[] = [
  { ms: 5 * MINUTE, text: l10n.t('Last 5 minutes') },
  { ms: 60 * MINUTE, text: l10n.t('Last hour') },
  { ms: 24 * 60 * MINUTE, text: l10n.t('Last 24 hours') },
  { ms: 7 * 24 * 60 * MINUTE, text: l10n.t('Last 7 days') },
];

type Change = { [Key in keyof LogScope]?: LogScope[Key] | undefined };

export function agentChoices(board: Board | undefined, scope: LogScope): Choice[] {
  const agents = [...(board?.agents.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  return agents.map(({ id, name }) => ({ key: id, text: name, isOn: scope.agents?.includes(id) ?? false }));
}

/** Tasks, those under way first, then the newest. */
export function taskChoices(board: Board | undefined, scope: LogScope): Choice[] {
  const tasks = [...(board?.tasks.values() ?? [])].filter(({ attempts }) => attempts.length > 0);
  tasks.sort((a, b) => Number(isFinal(a.status)) - Number(isFinal(b.status)) || b.number - a.number);
  return tasks.map((task) => ({ key: task.id, text: taskName(task), isOn: scope.taskIds?.includes(task.id) ?? false }));
}

export function levelChoices(scope: LogScope): Choice[] {
  const levels = LogLevel.options.slice(1).map((level) => ({ key: level, text: LEVELS[level].chip, isOn: scope.level === level }));
  return [{ key: '', text: l10n.t('All levels'), isOn: scope.level === undefined && scope.only === undefined }, ...levels];
}

export function timeChoices({ scope, last }: LogsState): Choice[] {
  const spans = SPANS.map(({ ms, text }) => ({ key: String(ms), text, isOn: last === ms }));
  return [{ key: '', text: l10n.t('Any time'), isOn: last === undefined && scope.from === undefined && scope.to === undefined }, ...spans];
}

export function attemptChoices(attempts: number, scope: LogScope): Choice[] {
  const each = Array.from({ length: attempts }, (_, index) => attempts - index);
  return [
    { key: '', text: l10n.t('All attempts'), isOn: scope.attempt === undefined },
    ...each.map((n) => ({ key: String(n), text: l10n.t('Attempt {0}', n), isOn: scope.attempt === n })),
  ];
}

/** One more, or one less, of several; none = all. */
export function toggled(all: readonly string[] | undefined, key: string): string[] | undefined {
  const next = all?.includes(key) ? all.filter((one) => one !== key) : [...(all ?? []), key];
  return next.length > 0 ? next : undefined;
}

export function agentText({ agents }: LogScope, names: BoardNames): string {
  if (!agents) return l10n.t('All agents');
  return agents.length === 1 ? names.agent(agents[0] ?? '') : l10n.t('{0} agents', agents.length);
}

export function taskText({ taskIds }: LogScope, names: BoardNames): string {
  if (!taskIds) return l10n.t('All tasks');
  return taskIds.length === 1 ? names.task(taskIds[0] ?? '') || l10n.t('One task') : l10n.t('{0} tasks', taskIds.length);
}

export function levelText({ level, only }: LogScope): string {
  if (only) return l10n.t('Only {0}', LEVELS[only].word.toLowerCase());
  return level ? LEVELS[level].chip : l10n.t('All levels');
}

export function timeText({ scope: { from, to }, last }: LogsState, now: number): string {
  if (last !== undefined) return SPANS.find(({ ms }) => ms === last)?.text ?? l10n.t('Recent');
  if (from === undefined && to === undefined) return l10n.t('Any time');
  if (from === undefined) return l10n.t('Until {0}', clock(to ?? now, now));
  return to === undefined ? l10n.t('{0} on', clock(from, now)) : l10n.t('{0} to {1}', clock(from, now), clock(to, now));
}

export function levelChange(key: string): Change {
  return { level: key === '' ? undefined : LogLevel.parse(key), only: undefined };
}
