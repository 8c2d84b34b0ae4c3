import * as l10n from '@vscode/l10n';
import { agentStatus } from '../server/domain/agentStatus';
import type { Board } from '../server/domain/board';
import { budgetName, usedBudget, type BudgetState } from '../server/domain/budget';
import { clock, costSum, counted, duration } from '../server/domain/format';
import type { Live } from '../server/domain/live';
import type { Standing } from '../server/sharedTower';
import { calmLine, needsYou } from '../server/domain/needsYou';
import { openAttempt, taskName } from '../server/domain/task';
import { waitReason } from '../server/domain/waiting';
import { Command } from './manifest';
import { askRow } from '../server/domain/rows/askRow';
import { join, runningMs } from '../server/domain/rows/row';

/** What the one status-bar item says. */
export interface StatusText {
  text: string;
  /** Lines of the tooltip, plain text. */
  tooltip: string[];
  command: string;
  background?: 'warning' | 'error';
}

/** Where the window stands towards its tower. */
export type TowerState =
  | { kind: 'starting' }
  | { kind: 'down'; message: string }
  | { kind: 'running'; board: Board; live: Live; standing: Exclude<Standing, { role: 'down' }>; isTrusted: boolean };

/** One icon, at most two facts; a background only when something is broken. @param machine where it listens, when that is another machine. */
export function statusText(state: TowerState, now: number, machine?: string): StatusText {
  const status = textOf(state, now);
  if (machine === undefined || state.kind !== 'running' || !('address' in state.standing)) return status;
  return {
    ...status,
    tooltip: [...status.tooltip, l10n.t('The tower listens on {0}, at {1}; agents there find it.', machine, state.standing.address.url)],
  };
}

function textOf(state: TowerState, now: number): StatusText {
  switch (state.kind) {
    case 'starting':
      return { text: '$(loading~spin) Tasktower', tooltip: [l10n.t('Reading history...')], command: Command.focusTasks };
    case 'down':
      return { text: `$(error) ${l10n.t('Tasktower stopped')}`, tooltip: [state.message], command: Command.showLog, background: 'error' };
    case 'running':
      return standing(state, now);
  }
}

function standing({ board, live, standing, isTrusted }: Extract<TowerState, { kind: 'running' }>, now: number): StatusText {
  switch (standing.role) {
    case 'looking':
      return isTrusted
        ? { text: `$(lock) ${l10n.t('Read-only')}`, tooltip: [standing.reason], command: Command.showLog, background: 'warning' }
        : { text: `$(workspace-untrusted) ${l10n.t('Read-only')}`, tooltip: [standing.reason], command: Command.manageTrust };
    case 'reconnecting':
      if (standing.team !== undefined)
        return {
          text: `$(debug-disconnect) ${l10n.t('Tower offline')}`,
          tooltip: [l10n.t('{0} cannot be reached. Showing the board of {1}.', standing.team, clock(standing.since, now))],
          command: Command.showLog,
        };
      return {
        text: `$(debug-disconnect) ${l10n.t('Reconnecting')}`,
        tooltip: [
          l10n.t('Showing the board of {0}. The window that ran the tower is gone or does not answer.', clock(standing.since, now)),
        ],
        command: Command.showLog,
      };
    case 'owner':
      return running(board, live, now);
    case 'follower': {
      const status = running(board, live, now);
      const where = standing.team === undefined ? ownerLine(standing.address) : l10n.t('Connected to {0}.', standing.team);
      return { ...status, tooltip: [...status.tooltip, where] };
    }
  }
}

/** Which window runs the tower, in words. */
export function ownerLine({ pid, folders }: Extract<Standing, { role: 'follower' }>['address']): string {
  if (folders.length === 0) return l10n.t('Another window (process {0}) runs the tower; this one follows it.', pid);
  return l10n.t('Another window on {0} (process {1}) runs the tower; this one follows it.', folders.join(', '), pid);
}

function running(board: Board, live: Live, now: number): StatusText {
  const busy = board.byStatus.running.size;
  const pending = board.byStatus.pending.size;
  const asks = needsYou(board, live);
  const used = usedBudget(board, now);
  if (live.trouble !== undefined)
    return { text: `$(error) ${l10n.t('Disk full')}`, tooltip: [live.trouble], command: Command.deleteOld, background: 'error' };
  if (asks.length > 0) {
    const lines = asks.slice(0, 5).map((ask) => {
      const { label, description } = askRow({ board, live, now }, ask);
      return `${label}: ${description}`;
    });
    if (asks.length > 5) lines.push(l10n.t('{0} more', asks.length - 5));
    if (used) lines.push(l10n.t('{0} is used up.', sentence(budgetName(board, used))));
    const need = asks.length === 1 ? l10n.t('{0} needs you', asks.length) : l10n.t('{0} need you', asks.length);
    const text = `$(bell-dot) ${join(busy > 0 ? l10n.t('{0} busy', busy) : '', need)}`;
    return { text, tooltip: lines, command: Command.nextNeedsMe };
  }
  if (used)
    return {
      text: `$(warning) ${l10n.t('Intake paused')}`,
      tooltip: [l10n.t('{0} is used up.', sentence(budgetName(board, used))), ...spentLines(used, busy, pending)],
      command: Command.raiseLimit,
      background: 'warning',
    };
  if (board.queue.state !== 'open') {
    const text = board.queue.state === 'paused' ? l10n.t('Paused') : l10n.t('Pausing');
    return {
      text: `$(debug-pause) ${text} · ${l10n.t('{0} pending', pending)}`,
      tooltip: [l10n.t('Running tasks go on. Nothing new starts.')],
      command: Command.resumeQueue,
    };
  }
  if (busy > 0)
    return {
      text: `$(radio-tower) ${l10n.t('{0} busy', busy)}`,
      tooltip: [working(board), ...runningLines(board, now)],
      command: Command.openDashboard,
    };
  if (pending > 0) return waiting(board, live, pending, now);
  const parked = [...board.byStatus.parked].flatMap((id) => board.tasks.get(id) ?? []);
  if (parked.length > 0) {
    const next = Math.min(...parked.map((task) => task.notBefore ?? now));
    return {
      text: `$(debug-pause) ${l10n.t('Parked until {0}', clock(next, now))}`,
      tooltip: parked.slice(0, 5).map(taskName),
      command: Command.focusTasks,
    };
  }
  const idle = [...board.agents.values()].filter((agent) => agentStatus(board, live, agent) === 'idle').length;
  if (idle > 0)
    return {
      text: `$(radio-tower) ${l10n.t('{0} idle', idle)}`,
      tooltip: [`${calmLine(board)} ${l10n.t('{0} idle.', counted(idle, l10n.t('{0} agent'), l10n.t('{0} agents')))}`],
      command: Command.openDashboard,
    };
  const known = board.agents.size > 0 ? l10n.t('No agent is connected.') : l10n.t('No agent yet. Connect one in five minutes.');
  return { text: '$(radio-tower) Tasktower', tooltip: [known], command: Command.addAgent };
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}

/** What was spent, which of it is not known, and what that means for the tasks. */
function spentLines({ spent }: BudgetState, busy: number, pending: number): string[] {
  const money = l10n.t('Spent today: {0}.', costSum(spent));
  const goesOn = busy === 1 ? l10n.t('{0} running goes on.', busy) : l10n.t('{0} running go on.', busy);
  const waits =
    pending === 1
      ? l10n.t('{0} pending waits until midnight, or until you raise the limit.', pending)
      : l10n.t('{0} pending wait until midnight, or until you raise the limit.', pending);
  return [money, [...(busy > 0 ? [goesOn] : []), waits].join(' ')];
}

function working(board: Board): string {
  return l10n.t('{0} working, {1} pending. Nothing needs you.', board.byStatus.running.size, board.byStatus.pending.size);
}

function runningLines(board: Board, now: number): string[] {
  return [...board.byStatus.running].slice(0, 5).flatMap((id) => {
    const task = board.tasks.get(id);
    const attempt = task && openAttempt(task);
    return task && attempt ? [`${taskName(task)} · ${duration(runningMs(attempt, now))}`] : [];
  });
}

function waiting(board: Board, live: Live, pending: number, now: number): StatusText {
  const first = board.tasks.get(board.waiting[0] ?? '');
  const reason = first && waitReason(board, live, first, now);
  const stuck = reason?.cause === 'no_agent' || reason?.cause === 'agent_offline';
  const tooltip = first && reason ? [`${taskName(first)}: ${reason.text}.`] : [];
  if (stuck)
    return {
      text: `$(radio-tower) ${l10n.t('{0} pending', pending)} · ${l10n.t('no agent')}`,
      tooltip,
      command: Command.addAgent,
    };
  return { text: `$(radio-tower) ${l10n.t('{0} pending', pending)}`, tooltip, command: Command.focusTasks };
}
