import { agentStatus } from '../server/domain/agentStatus';
import type { Board } from '../server/domain/board';
import { budgetName, usedBudget, type BudgetState } from '../server/domain/budget';
import { clock, costSum, duration, plural } from '../server/domain/format';
import type { Live } from '../server/domain/live';
import type { Standing } from '../server/sharedTower';
import { calmLine, needsYou } from '../server/domain/needsYou';
import { openAttempt, taskName } from '../server/domain/task';
import { waitReason } from '../server/domain/waiting';
import { Command } from './manifest';
import { askRow } from '../server/domain/rows/askRow';
import { runningMs } from '../server/domain/rows/row';

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
    tooltip: [...status.tooltip, `The tower listens on ${machine}, at ${state.standing.address.url}; agents there find it.`],
  };
}

function textOf(state: TowerState, now: number): StatusText {
  switch (state.kind) {
    case 'starting':
      return { text: '$(loading~spin) Tasktower', tooltip: ['Reading history...'], command: Command.focusTasks };
    case 'down':
      return { text: '$(error) Tasktower stopped', tooltip: [state.message], command: Command.showLog, background: 'error' };
    case 'running':
      return standing(state, now);
  }
}

function standing({ board, live, standing, isTrusted }: Extract<TowerState, { kind: 'running' }>, now: number): StatusText {
  switch (standing.role) {
    case 'looking':
      return isTrusted
        ? { text: '$(lock) Read-only', tooltip: [standing.reason], command: Command.showLog, background: 'warning' }
        : { text: '$(workspace-untrusted) Read-only', tooltip: [standing.reason], command: Command.manageTrust };
    case 'reconnecting':
      if (standing.team !== undefined)
        return {
          text: '$(debug-disconnect) Tower offline',
          tooltip: [`${standing.team} cannot be reached. Showing the board of ${clock(standing.since, now)}.`],
          command: Command.showLog,
        };
      return {
        text: '$(debug-disconnect) Reconnecting',
        tooltip: [`Showing the board of ${clock(standing.since, now)}. The window that ran the tower is gone or does not answer.`],
        command: Command.showLog,
      };
    case 'owner':
      return running(board, live, now);
    case 'follower': {
      const status = running(board, live, now);
      const where = standing.team === undefined ? ownerLine(standing.address) : `Connected to ${standing.team}.`;
      return { ...status, tooltip: [...status.tooltip, where] };
    }
  }
}

/** Which window runs the tower, in words. */
export function ownerLine({ pid, folders }: Extract<Standing, { role: 'follower' }>['address']): string {
  const where = folders.length > 0 ? ` on ${folders.join(', ')}` : '';
  return `Another window${where} (process ${pid}) runs the tower; this one follows it.`;
}

function running(board: Board, live: Live, now: number): StatusText {
  const busy = board.byStatus.running.size;
  const pending = board.byStatus.pending.size;
  const asks = needsYou(board, live);
  const used = usedBudget(board, now);
  if (live.trouble !== undefined)
    return { text: '$(error) Disk full', tooltip: [live.trouble], command: Command.deleteOld, background: 'error' };
  if (asks.length > 0) {
    const lines = asks.slice(0, 5).map((ask) => {
      const { label, description } = askRow({ board, live, now }, ask);
      return `${label}: ${description}`;
    });
    if (asks.length > 5) lines.push(`${asks.length - 5} more`);
    if (used) lines.push(`${sentence(budgetName(board, used))} is used up.`);
    const text = `$(bell-dot) ${busy > 0 ? `${busy} busy · ` : ''}${asks.length} need${asks.length === 1 ? 's' : ''} you`;
    return { text, tooltip: lines, command: Command.nextNeedsMe };
  }
  if (used)
    return {
      text: '$(warning) Intake paused',
      tooltip: [`${sentence(budgetName(board, used))} is used up.`, ...spentLines(used, busy, pending)],
      command: Command.raiseLimit,
      background: 'warning',
    };
  if (board.queue.state !== 'open') {
    const text = board.queue.state === 'paused' ? 'Paused' : 'Pausing';
    return {
      text: `$(debug-pause) ${text} · ${pending} pending`,
      tooltip: ['Running tasks go on. Nothing new starts.'],
      command: Command.resumeQueue,
    };
  }
  if (busy > 0)
    return { text: `$(radio-tower) ${busy} busy`, tooltip: [working(board), ...runningLines(board, now)], command: Command.openDashboard };
  if (pending > 0) return waiting(board, live, pending, now);
  const parked = [...board.byStatus.parked].flatMap((id) => board.tasks.get(id) ?? []);
  if (parked.length > 0) {
    const next = Math.min(...parked.map((task) => task.notBefore ?? now));
    return {
      text: `$(debug-pause) Parked until ${clock(next, now)}`,
      tooltip: parked.slice(0, 5).map(taskName),
      command: Command.focusTasks,
    };
  }
  const idle = [...board.agents.values()].filter((agent) => agentStatus(board, live, agent) === 'idle').length;
  if (idle > 0)
    return {
      text: `$(radio-tower) ${idle} idle`,
      tooltip: [`${calmLine(board)} ${plural(idle, 'agent')} idle.`],
      command: Command.openDashboard,
    };
  const known = board.agents.size > 0 ? 'No agent is connected.' : 'No agent yet. Connect one in five minutes.';
  return { text: '$(radio-tower) Tasktower', tooltip: [known], command: Command.addAgent };
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}

/** What was spent, which of it is not known, and what that means for the tasks. */
function spentLines({ spent }: BudgetState, busy: number, pending: number): string[] {
  const money = `Spent today: ${costSum(spent)}.`;
  const goesOn = `${busy} running ${busy === 1 ? 'goes' : 'go'} on. `;
  return [
    money,
    `${busy > 0 ? goesOn : ''}${pending} pending ${pending === 1 ? 'waits' : 'wait'} until midnight, or until you raise the limit.`,
  ];
}

function working(board: Board): string {
  return `${board.byStatus.running.size} working, ${board.byStatus.pending.size} pending. Nothing needs you.`;
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
  if (stuck) return { text: `$(radio-tower) ${pending} pending · no agent`, tooltip, command: Command.addAgent };
  return { text: `$(radio-tower) ${pending} pending`, tooltip, command: Command.focusTasks };
}
